// The port of the event log: an append-only, partitioned log. Every promise of the product stands
// on this one. `event-log.contract.ts` is its executable form; each adapter passes it. Readers
// follow a log through `log-reader.ts`, the one place where positions are reckoned with.

/** The name of a topic. Slices declare the topics they own, and a log is opened with them. */
export type Topic = string

export type TopicSpec = {
  readonly name: Topic
  /** Fixed when the topic is made; those of the log when absent. */
  readonly partitions?: number
  /** Whole batches of records are dropped, oldest first, a minute or so after their newest record
   *  is older than `ms` by append time, or while the topic takes more than `bytes`. A batch is of
   *  an append, or packed from those of at most an hour. Kept for ever when absent. */
  readonly retention?: { readonly ms?: number; readonly bytes?: number }
  /** `delete`, or nothing: retention alone. `compact`: of the records of a key that are old enough
   *  the newest stays, a tombstone only for a time. Offsets do not change, and what went leaves no
   *  gap that a reader is told of. */
  readonly cleanup?: 'delete' | 'compact'
}

export type NewRecord = {
  readonly topic: Topic
  /** `tenant/vehicle`; the partition is murmur2 of its UTF-8 bytes, as in Kafka's Java client (see
   *  partition.ts). */
  readonly key: string
  /** The bytes as they came. Copied before `append` returns: the caller may reuse the memory at
   *  once. Empty = tombstone. */
  readonly value: Uint8Array
  /** Few and short: reason codes, stream names. */
  readonly headers?: Readonly<Record<string, string>>
  /** Event time, epoch milliseconds, by the clock of the car. */
  readonly at: number
  /** When we took it from the car, whole epoch milliseconds by the log's clock. The time of the
   *  append when absent. */
  readonly receivedAt?: number
}

export type Position = { readonly topic: Topic; readonly partition: number; readonly offset: number }

export type StoredRecord = NewRecord & {
  readonly partition: number
  /** Grows within (topic, partition). Neither dense nor from 0: retention, compaction and
   *  transactions leave gaps. */
  readonly offset: number
  /** When the log took it, epoch milliseconds by the log's clock; never less than that of the
   *  record before it. */
  readonly appendedAt: number
  readonly receivedAt: number
}

/** The records that a reader has consumed: the next offset to read, by partition of a topic
 *  (`"telemetry/3": 1042`), and beside them under `epochKey` which life of the log they were read
 *  in. */
export type Positions = Readonly<Record<string, number>>

export const positionKey = (topic: Topic, partition: number): string => `${topic}/${partition}`
export const epochPrefix = 'epoch/'
export const epochKey = (logId: string): string => `${epochPrefix}${logId}`

/** Names a record: no other has it. */
export const placeOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}/${offset}`

/** The position that `placeOf` named. */
export function positionOf(place: string): Position {
  const beforeOffset = place.lastIndexOf('/')
  const beforePartition = place.lastIndexOf('/', beforeOffset - 1)
  return {
    topic: place.slice(0, beforePartition),
    partition: Number(place.slice(beforePartition + 1, beforeOffset)),
    offset: Number(place.slice(beforeOffset + 1)),
  }
}

export type ReadLimits = {
  readonly records: number
  /** Of values. One record is always given, however large. */
  readonly bytes: number
}

/** Offsets [from, to) of a partition that were passed over: dropped before they were read, or
 *  stored in a block that is damaged. */
export type Gap = {
  readonly topic: Topic
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly why: 'retention' | 'damaged'
}

/** A range that was found damaged: its records can no longer be read, and are read past. */
export type Damage = Pick<Gap, 'topic' | 'partition' | 'from' | 'to'> & {
  /** How many records it held; null when that is not known. */
  readonly records: number | null
  readonly foundAt: number
}

/** A stretch of one partition, in one snapshot of the log. */
export type Segment = {
  /** Oldest first; empty when there is nothing from there on yet. */
  readonly records: readonly StoredRecord[]
  /** Where to read on: after the last record, and after gaps that follow it. */
  readonly next: number
  /** Gaps of the stretch read, ascending. */
  readonly gaps: readonly Gap[]
  /** The oldest kept offset, and that of the next record to come. */
  readonly start: number
  readonly end: number
  /** The newest epoch of the log; 0 before the first append. */
  readonly epoch: number
}

/** The oldest kept offset and the next to be given: `start === end` when empty. */
export type Bounds = {
  readonly start: number
  /** After the last record that readers are given. */
  readonly end: number
  /** Offsets from there to the end of the log, of transactions that are not ended; absent where
   *  there are none. */
  readonly withheld?: number
}

/** An append-only, partitioned log. Order holds within a partition; offsets only grow. Any number
 *  of callers at once; whoever opened it disposes it, which waits for the appends under way. */
export interface EventLog extends AsyncDisposable {
  /** The number of partitions of a topic that does not say another; fixed when the log is
   *  created. */
  readonly partitions: number

  /** The number of partitions of a topic. A RangeError names a topic that was not declared, here as
   *  in `append` and `read`. */
  partitionsOf(topic: Topic): number

  /** Random, given when the log was created: another id is another log. */
  readonly id: string

  /** The lives of the log, oldest first. An opener's first append begins a new one, a number at
   *  random below 2^48, so that a copy of the log put back later is told from the log that went on:
   *  it does not know the later ones. */
  epochs(): Promise<readonly number[]>

  /** Stores the records and resolves when all are durable (fsynced, or acknowledged by all in-sync
   *  replicas), giving their positions in the order given. Records of one key keep the order of the
   *  calls. Concurrent calls commit together. Rejects with Outage LOG_FULL (retryable; none of the
   *  records is stored) when the disk or the set size is used up, LOG_CLOSED after disposal; on any
   *  other Outage some records may be stored: ids make a second append harmless. */
  append(records: readonly NewRecord[]): Promise<Position[]>

  /** The records of one partition from `offset` on, within the limits. Starts at the oldest kept
   *  record when `offset` is gone (a gap tells), passes over what is damaged (a gap tells), and
   *  gives nothing when `offset` is at or beyond the end. Rejects with Outage LOG_CLOSED after
   *  disposal, another Outage when the log does not answer. */
  read(topic: Topic, partition: number, offset: number, limits: ReadLimits): Promise<Segment>

  bounds(topic: Topic, partition: number): Promise<Bounds>

  /** The log's time, by which records are stamped: epoch milliseconds that pass as a steady clock
   *  does, whatever the wall clock is set to (log-clock.ts). Instants that are compared with
   *  records, or kept over a restart, go by it. Cheap enough for every read. */
  now(): number

  /** The append time of a record that is `ms` old now. Age passes as a steady clock does, whatever
   *  the wall clock is set to. */
  agedAt(ms: number): number

  /** Damage that readers have found and retention has not yet dropped. */
  damage(): Promise<readonly Damage[]>

  /** Resolves after anything was appended to one of `topics` since the call, by any process on this
   *  log, or when the signal aborts, or at the latest after `timeoutMs`. May resolve early: read
   *  and see. */
  appended(topics: readonly Topic[], signal: AbortSignal, timeoutMs: number): Promise<void>
}
