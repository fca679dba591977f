// The event log and the state store in memory: the reference the contract suites were written
// against, and what tests of jobs and roles run on. It keeps every promise but durability.
import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { SweptLog } from '../state-store.ts'
import {
  positionKey,
  type Bounds,
  type EventLog,
  type Gap,
  type NewRecord,
  type Position,
  type StoredRecord,
  type Topic,
  type TopicSpec,
} from '../event-log.ts'
import { createLogClock } from '../log-clock.ts'
import { partitionOf } from '../partition.ts'
import { checkTopics, compactionTimes, undeclared, withoutPartition, type CompactionTimes } from '../topics.ts'
import { createWaiters } from '../waiters.ts'
import { memoryBlockOf, compact, dropOldBlocks, readBlocks, recordBytes, type Partition } from './memory-blocks.ts'
import { createMemoryStateStore } from './memory-state-store.ts'

export type MemoryLogOptions = {
  readonly partitions: number
  /** When absent, every topic is taken, as tests of jobs and roles want. */
  readonly topics?: readonly TopicSpec[]
  readonly clock?: Clock
  /** With it, the wall clock is believed only as log-clock.ts says; without, always. */
  readonly steady?: Clock
  /** Bytes that all records and state together may take; unlimited when absent. */
  readonly bytesMax?: number
  readonly compaction?: CompactionTimes
}

/** Opens an empty log. It sweeps only when told, as its users have clocks of their own. Disposing
 *  the result disposes its `log`; both reject with LOG_CLOSED from then on. */
export function openMemoryLog(options: MemoryLogOptions): SweptLog {
  const {
    partitions,
    topics,
    clock: wall = systemClock,
    steady,
    bytesMax = Infinity,
    compaction = compactionTimes,
  } = options
  const parts = new Map<string, Partition>()
  const waiters = createWaiters()
  const clock =
    steady === undefined
      ? { now: () => wall.now(), agedAt: (ms: number) => wall.now() - ms }
      : createLogClock({ wall, steady, stored: undefined, newestAt: 0, accept: false, onJump: () => {} })
  if (topics !== undefined) checkTopics(topics)
  const partitionsBy = topics && new Map(topics.map((topic) => [topic.name, topic.partitions ?? partitions]))
  let usedBytes = 0
  let closed = false
  let hasBegun = false

  const partitionsOf = (topic: Topic): number => {
    if (partitionsBy === undefined) return partitions
    const found = partitionsBy.get(topic)
    if (found === undefined) throw undeclared(topic)
    return found
  }

  const partitionAt = (topic: Topic, partition: number): Partition => {
    const count = partitionsOf(topic)
    if (!(partition >= 0 && partition < count)) throw withoutPartition({ name: topic, partitions: count }, partition)
    const key = positionKey(topic, partition)
    let found = parts.get(key)
    if (found === undefined) parts.set(key, (found = { blocks: [], end: 0, appendedAt: -Infinity }))
    return found
  }

  const refuseClosed = (): void => {
    if (closed) throw new Outage('LOG_CLOSED', 'The event log is closed.', { retryable: false })
  }

  const reserve = (bytes: number): void => {
    if (usedBytes + bytes > bytesMax)
      throw new Outage(
        'LOG_FULL',
        `The event log in memory is full: it may take ${bytesMax} bytes. Shorten the retention or raise bytesMax.`,
        {
          retryable: true,
        },
      )
    usedBytes += bytes
  }

  /** All of the records or, when there is no room, none. `extraBytes` is what else the caller is
   *  about to store. */
  const store = (records: readonly NewRecord[], extraBytes = 0): Position[] => {
    refuseClosed()
    for (const { topic } of records) partitionsOf(topic)
    reserve(records.reduce((sum, record) => sum + recordBytes(record), extraBytes))
    const fresh = new Map<Partition, StoredRecord[]>()
    const now = clock.now()
    const positions = records.map((record) => {
      const partition = partitionOf(record.key, partitionsOf(record.topic))
      const part = partitionAt(record.topic, partition)
      part.appendedAt = Math.max(part.appendedAt, now)
      const offset = part.end++
      const { appendedAt } = part
      const receivedAt = Math.floor(record.receivedAt ?? appendedAt)
      const stored = { ...copyRecord(record), partition, offset, appendedAt, receivedAt }
      const block = fresh.get(part)
      if (block === undefined) fresh.set(part, [stored])
      else block.push(stored)
      return { topic: record.topic, partition, offset }
    })
    for (const [part, block] of fresh) part.blocks.push(memoryBlockOf(block[0]!.offset, block, part.appendedAt))
    hasBegun ||= records.length > 0
    waiters.wake(new Set(records.map((record) => record.topic)))
    return positions
  }

  const boundsOf = (topic: Topic, partition: number): Bounds => {
    refuseClosed()
    const { blocks, end } = partitionAt(topic, partition)
    return { start: blocks[0]?.base ?? end, end }
  }

  const epoch = randomBytes(6).readUIntBE(0, 6)
  const log: EventLog = {
    partitions,
    partitionsOf,
    id: randomBytes(8).toString('hex'),
    epochs: async () => {
      refuseClosed()
      return hasBegun ? [epoch] : []
    },
    read: async (topic, partition, offset, limits) => {
      const { start, end } = boundsOf(topic, partition)
      const gaps: Gap[] = offset < start ? [{ topic, partition, from: offset, to: start, why: 'retention' }] : []
      const found = readBlocks(partitionAt(topic, partition), Math.max(offset, start), limits)
      return { ...found, gaps, start, end, epoch: hasBegun ? epoch : 0 }
    },
    bounds: async (topic, partition) => boundsOf(topic, partition),
    now: () => clock.now(),
    agedAt: (ms) => clock.agedAt(ms),
    damage: async () => [],
    append: async (records) => store(records),
    appended: async (topics, signal, timeoutMs) => {
      if (!closed) await waiters.wait(topics, signal, timeoutMs)
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      waiters.wakeAll()
    },
  }

  const state = createMemoryStateStore({
    refuseClosed,
    store,
    release: (bytes) => {
      usedBytes -= bytes
    },
  })

  const sweep = async (): Promise<void> => {
    refuseClosed()
    for (const { name, retention: { ms, bytes = Infinity } = {}, cleanup } of topics ?? []) {
      const parts = Array.from({ length: partitionsOf(name) }, (_, partition) => partitionAt(name, partition))
      usedBytes -= dropOldBlocks(parts, ms === undefined ? -Infinity : clock.agedAt(ms), bytes)
      if (cleanup === 'compact')
        for (const part of parts)
          usedBytes -= compact(part, clock.agedAt(compaction.lagMs), clock.agedAt(compaction.tombstoneMs))
    }
  }
  return { log, state, sweep, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() }
}

const copyRecord = ({ topic, key, value, headers, at }: NewRecord): NewRecord => ({
  topic,
  key,
  value: new Uint8Array(value),
  at,
  ...(headers !== undefined && Object.keys(headers).length > 0 ? { headers: { ...headers } } : {}),
})
