// For tests: what a log holds of a topic.
import type { EventLog, StoredRecord, Topic } from './event-log.ts'
import { openLogReader } from './log-reader.ts'

/** Every kept record, partition by partition. Throws when something of it is damaged. */
export async function readWhole(log: EventLog, topic: Topic): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for (let partition = 0; partition < log.partitionsOf(topic); partition += 1) {
    const reader = openLogReader(log, { topics: [topic], partitions: [partition], order: 'arrival' }, {})
    for (let isBehind = true; isBehind;) {
      const batch = await reader.poll({ records: 100_000, bytes: 64e6 })
      const [gap] = batch.gaps
      if (gap !== undefined) throw new Error(`${topic}/${partition} is ${gap.why} from ${gap.from} to ${gap.to}`)
      records.push(...batch.records)
      isBehind = batch.behind.length > 0
    }
  }
  return records
}
