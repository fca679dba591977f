// Reads a log whole, again and again, and prints the CPU of a message in the middle pass: in a
// process of its own, whose heap holds nothing else to be collected.
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { median } from './support/measured-process.ts'
import { ownMicros } from './support/own-cpu.ts'

const passes = 9
const [dir = '', partitions = ''] = process.argv.slice(2)

await using opened = openLmdbLog({ dir, partitions: Number(partitions), topics: uplinkTopics, sweepEveryMs: 0 })

async function readAll(): Promise<number> {
  let count = 0
  for (const { name } of uplinkTopics)
    for (let partition = 0; partition < opened.log.partitions; partition++)
      for (let offset = 0; ;) {
        const { records, next } = await opened.log.read(name, partition, offset, { records: 1_000, bytes: 2 ** 20 })
        if (records.length === 0) break
        count += records.length
        offset = next
      }
  return count
}

const micros: number[] = []
for (let pass = 0; pass < passes; pass++) {
  const before = process.cpuUsage()
  const count = await readAll()
  micros.push(ownMicros(before) / count)
}
process.stdout.write(String(median(micros)))
