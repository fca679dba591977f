// The next batch of one consumer, from all partitions of its topics in turn: none waits because another has much to say.
import { positionKey, type EventLog, type LogTopic, type Positions, type StoredRecord } from '../eventlog/event-log.ts'

export type BatchLimits = {
  readonly records: number
  /** Of values. A batch ends after the record that reaches it. */
  readonly bytes: number
}

export type ReadBatch = {
  readonly records: readonly StoredRecord[]
  /** Where to read on, of the partitions that gave records or lost some. */
  readonly positions: Positions
  /** Records that the log had dropped before they were read. */
  readonly lost: number
  /** Partitions that are read again from their oldest record: the position was beyond their end, so it belongs to another log. */
  readonly restarted: number
  /** A limit ended the batch: there is more to read at once. */
  readonly isFull: boolean
}

/** Reads from `positions` on; `turn` says which partition comes first. */
export function readBatch(log: EventLog, topics: readonly LogTopic[], positions: Positions, limits: BatchLimits, turn: number): ReadBatch {
  const sources = topics.flatMap((topic) => Array.from({ length: log.partitions }, (_, partition) => ({ topic, partition })))
  const share = Math.max(1, Math.ceil(limits.records / sources.length))
  const next: Record<string, number> = {}
  const records: StoredRecord[] = []
  let bytes = 0
  let lost = 0
  let restarted = 0
  const isFull = (): boolean => records.length >= limits.records || bytes >= limits.bytes

  // One round of equal shares, then one for whatever room is left.
  for (const most of [share, limits.records]) {
    for (let i = 0; i < sources.length && !isFull(); i++) {
      const { topic, partition } = sources[(turn + i) % sources.length]!
      const key = positionKey(topic, partition)
      const from = next[key] ?? positions[key] ?? 0
      const room = Math.min(most, limits.records - records.length)
      const found = log.readSync(topic, partition, from, { records: room, bytes: limits.bytes - bytes })
      const [first] = found
      const last = found.at(-1)
      if (first === undefined || last === undefined) {
        const { start, end } = log.boundsSync(topic, partition)
        if (from > end) {
          next[key] = start
          restarted++
        }
        continue
      }
      if (positions[key] !== undefined) lost += first.offset - from
      next[key] = last.offset + 1
      for (const record of found) bytes += record.value.byteLength
      records.push(...found)
    }
  }
  return { records, positions: next, lost, restarted, isFull: isFull() }
}
