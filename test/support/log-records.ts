// Reading logs whole, and randomness that can be had again.
import type { EventLog, LogTopic, StoredRecord } from '../../src/eventlog/event-log.ts'

/** Every kept record of the topics, partition by partition; asserts that the offsets have no hole. */
export function recordsOf(log: EventLog, topics: readonly LogTopic[]): StoredRecord[] {
  const records: StoredRecord[] = []
  for (const topic of topics)
    for (let partition = 0; partition < log.partitions; partition++) {
      const { start, end } = log.boundsSync(topic, partition)
      for (let offset = start; offset < end;) {
        const batch = log.readSync(topic, partition, offset, { records: 10_000, bytes: 64e6 })
        for (const record of batch)
          if (record.offset !== offset++) throw new Error(`${topic}/${partition} has a hole before offset ${record.offset}`)
        if (batch.length === 0) throw new Error(`${topic}/${partition} ends at ${offset}, before its bound ${end}`)
        records.push(...batch)
      }
    }
  return records
}

/** mulberry32: numbers from 0 to below 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
