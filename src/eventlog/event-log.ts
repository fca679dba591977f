// The port of the event log: an append-only, partitioned log. Every promise of the product stands on this one.
// `event-log.contract.ts` is its executable form; each adapter passes it.
import type { UplinkStream } from '../model/topic.ts'

/** The log topics. Each uplink stream has one, with what cars publish; `dead-letter` what was refused;
 *  the rest is derived by jobs. */
export const derivedTopics = ['twin', 'track', 'trip', 'alert', 'ledger'] as const
export type DerivedTopic = (typeof derivedTopics)[number]
export type LogTopic = UplinkStream | DerivedTopic | 'dead-letter'

export type NewRecord = {
  readonly topic: LogTopic
  /** `tenant/vehicle`; the partition is murmur2 of its UTF-8 bytes, as in Kafka's Java client (see partition.ts). */
  readonly key: string
  /** The bytes as they came. Copied before `append` returns: the caller may reuse the memory at once. Empty = tombstone. */
  readonly value: Uint8Array
  /** Few and short: reason codes, stream names. */
  readonly headers?: Readonly<Record<string, string>>
  /** Event time, epoch milliseconds, by the clock of the car. */
  readonly at: number
}

export type Position = { readonly topic: LogTopic; readonly partition: number; readonly offset: number }

export type StoredRecord = NewRecord & {
  readonly partition: number
  /** Dense within (topic, partition): the first is 0, the next one more. */
  readonly offset: number
  /** When the log took it, epoch milliseconds by the log's clock; never less than that of the record before it. */
  readonly appendedAt: number
}

/** What a reader has consumed: the next offset to read, by partition of a topic. `"telemetry/3": 1042` */
export type Positions = Readonly<Record<string, number>>

export const positionKey = (topic: LogTopic, partition: number): string => `${topic}/${partition}`

/** An append-only, partitioned log. Order holds within a partition; offsets are dense and only grow.
 *  Any number of callers at once; whoever opened it disposes it, which waits for the appends under way. */
export interface EventLog extends AsyncDisposable {
  /** The number of partitions of every topic; fixed when the log is created. */
  readonly partitions: number

  /** Stores the records and resolves when all are durable (fsynced, or acknowledged by all in-sync replicas), giving
   *  their positions in the order given. Records of one key keep the order of the calls. Concurrent calls commit together.
   *  Rejects with Outage LOG_FULL (retryable; none of the records is stored) when the disk or the set size is used up,
   *  LOG_CLOSED after disposal; on any other Outage some records may be stored: ids make a second append harmless. */
  append(records: readonly NewRecord[]): Promise<Position[]>

  /** The records of one partition from `offset` on, oldest first, at once: empty when there is nothing yet. Starts at the
   *  oldest kept record when `offset` has been trimmed (its `offset` tells the gap). Never more than the limits, save that one record is
   *  always given however large. */
  read(topic: LogTopic, partition: number, offset: number, limits: { readonly records: number; readonly bytes: number }): StoredRecord[]

  /** The oldest kept offset and the next to be given: `start === end` when empty. */
  bounds(topic: LogTopic, partition: number): { readonly start: number; readonly end: number }

  /** Resolves after anything was appended to one of `topics` since the call, by any process on this log, or when the signal aborts, or at the
   *  latest after `timeoutMs`. May resolve early: read and see. */
  appended(topics: readonly LogTopic[], signal: AbortSignal, timeoutMs: number): Promise<void>

  /** Drops whole blocks of records that are older (by append time) than `olderThan` or beyond `bytes` of a topic, oldest first.
   *  Gives how many records went. */
  trim(topic: LogTopic, limits: { readonly olderThan?: number; readonly bytes?: number }): Promise<number>
}
