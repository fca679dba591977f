// A process that opens a log as a start does, and says on standard output what it read: a line for each record, `topic/partition/offset hash`, one
// for each damaged range, `gap topic/partition from to`, and at last how it ended: `read`, or `refused CODE message`. With `salvage` the
// log is salvaged into a new folder first, whose missing ranges are said as gaps too. Run as: read-log.main.ts DIR [salvage]
import { createHash } from 'node:crypto'
import { checkedOpening } from '../../src/eventlog/lmdb/checked-opening.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { salvageLog } from '../../src/eventlog/lmdb/salvage.ts'
import type { StoredRecord } from '../../src/eventlog/event-log.ts'
import { Outage } from '../../src/base/errors.ts'
import { flipLog } from './flip-log.ts'

const lines: string[] = []
const said = (line: string): void => void lines.push(line)

function hashOf({ key, value, at, headers, appendedAt, receivedAt }: StoredRecord): string {
  const rest = JSON.stringify([key, at, headers, appendedAt, receivedAt])
  return createHash('sha1').update(rest).update(value).digest('hex')
}

async function readAll(dir: string): Promise<void> {
  using opening = checkedOpening(dir)
  void opening
  await using opened = openLmdbLog({ dir, ...flipLog, sweepEveryMs: 0 })
  for (const { name } of flipLog.topics)
    for (let partition = 0; partition < flipLog.partitions; partition += 1)
      for (let offset = 0, end = Infinity; offset < end;) {
        const segment = await opened.log.read(name, partition, offset, { records: 500, bytes: 1e9 })
        for (const record of segment.records) said(`${name}/${partition}/${record.offset} ${hashOf(record)}`)
        for (const { from, to } of segment.gaps) said(`gap ${name}/${partition} ${from} ${to}`)
        offset = segment.next
        end = segment.end
      }
  for (const task of opened.state.tasks()) {
    opened.state.positions(task)
    for (const [key, value] of opened.state.range(task, '')) said(`state ${task} ${key} ${createHash('sha1').update(value).digest('hex')}`)
  }
}

const [dir = '', salvage] = process.argv.slice(2)
try {
  if (salvage === undefined) await readAll(dir)
  else {
    const { partitions } = await salvageLog(dir, `${dir}-salvaged`, 2 ** 30)
    for (const { topic, partition, missing } of partitions)
      for (const { from, to } of missing) said(`gap ${topic}/${partition} ${from} ${to}`)
    await readAll(`${dir}-salvaged`)
  }
  said('read')
} catch (error) {
  if (!(error instanceof Outage)) throw error
  said(`refused ${error.code} ${error.message}`)
}
process.stdout.write(`${lines.join('\n')}\n`)
