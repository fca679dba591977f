// A process that opens a log as a start does, and says on standard output what it read: a line for
// each record, `topic/partition/offset hash`, one for each damaged range,
// `gap topic/partition from to`, and at last how it ended: `read`, or `refused CODE message`. With
// `salvage` the log is salvaged into a new folder first, whose missing ranges are said as gaps too.
// A log that was read is written to afterwards. Run as: read-log.main.ts DIR [salvage]
import { createHash } from 'node:crypto'
import { checkedOpening } from '../../src/eventlog/lmdb/checked-opening.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { salvageLog } from '../../src/eventlog/lmdb/salvage.ts'
import type { StoredRecord } from '../../src/eventlog/event-log.ts'
import type { SweptLog } from '../../src/eventlog/state-store.ts'
import { Outage } from '../../src/base/errors.ts'
import { flipLog } from './flip-log.ts'

/** Retention goes by what keys say of their blocks. */
const retained = { ...flipLog, topics: flipLog.topics.map((topic) => ({ ...topic, retention: { bytes: 40_000 } })) }
const lines: string[] = []
const said = (line: string): void => void lines.push(line)

function hashOf({ key, value, at, headers, appendedAt, receivedAt }: StoredRecord): string {
  const rest = JSON.stringify([key, at, headers, appendedAt, receivedAt])
  return createHash('sha1').update(rest).update(value).digest('hex')
}

async function readAll(dir: string): Promise<void> {
  using opening = checkedOpening(dir)
  void opening
  await using opened = openLmdbLog({ dir, ...retained, sweepEveryMs: 0 })
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
    for (const [key, value] of opened.state.range(task, ''))
      said(`state ${task} ${key} ${createHash('sha1').update(value).digest('hex')}`)
  }
  await goOn(opened)
}

/** Writes for a while, over free pages and in place of what was there: a log that could be read
 *  must not end the process then. */
async function goOn({ log, state, sweep }: SweptLog): Promise<void> {
  for (let commit = 0; commit < 20; commit += 1) {
    const value = Buffer.alloc(100 + 400 * commit, commit)
    const records = Array.from({ length: 6 }, (_, n) => ({
      topic: flipLog.topics[n % 3]!.name,
      key: `demo/car-${n}`,
      value,
      at: commit,
    }))
    await state.commit(
      [{ task: 'sessions', positions: {}, state: [{ key: `part/${commit}`, value }, { key: `part/${commit + 20}` }] }],
      records,
    )
    for (const { topic, partition, offset } of await log.append(records)) {
      const [record] = (await log.read(topic, partition, offset, { records: 1, bytes: 1 })).records
      if (record?.offset !== offset) throw new Error(`${topic}/${partition}/${offset} was appended and is not there`)
    }
  }
  await sweep()
}

const [dir = '', salvage] = process.argv.slice(2)
try {
  if (salvage === undefined) await readAll(dir)
  else {
    const { partitions, isListGone } = await salvageLog(dir, `${dir}-salvaged`, {
      partitions: flipLog.partitions,
      bytesMax: 2 ** 30,
      now: Date.now,
    })
    for (const { topic, partition, missing } of partitions)
      for (const { from, to } of missing) said(`gap ${topic}/${partition} ${from} ${to}`)
    if (isListGone) said('gap anywhere 0 Infinity')
    await readAll(`${dir}-salvaged`)
  }
  said('read')
} catch (error) {
  if (!(error instanceof Outage)) throw error
  said(`refused ${error.code} ${error.message}`)
}
process.stdout.write(`${lines.join('\n')}\n`)
