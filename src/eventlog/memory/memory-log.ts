// The event log and the state store in memory: the reference the contract suites were written against, and what tests of
// jobs and roles run on. It keeps every promise but durability.
import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { SweptLog } from '../state-store.ts'
import {
  positionKey,
  type EventLog,
  type Gap,
  type NewRecord,
  type Position,
  type StoredRecord,
  type Topic,
  type TopicSpec,
} from '../event-log.ts'
import { partitionOf } from '../partition.ts'
import { checkTopics, undeclared, withoutPartition } from '../topics.ts'
import { createWaiters } from '../waiters.ts'
import { createMemoryStateStore } from './memory-state-store.ts'

export type MemoryLogOptions = {
  readonly partitions: number
  /** When absent, every topic is taken, as tests of jobs and roles want. */
  readonly topics?: readonly TopicSpec[]
  readonly clock?: Clock
  /** What all records and state together may take; unlimited when absent. */
  readonly bytesMax?: number
}

/** Records one append brought to one partition: what trimming drops as a whole. */
type Block = { readonly records: readonly StoredRecord[]; readonly bytes: number; readonly appendedAt: number }
type Partition = { blocks: Block[]; end: number; appendedAt: number }

/** Counted for a record on top of its key, value and headers, as a disk would. */
const recordOverheadBytes = 16

/** Opens an empty log. It sweeps only when told, as its users have clocks of their own. Disposing the result disposes its `log`; both reject with LOG_CLOSED from then on. */
export function openMemoryLog({ partitions, topics, clock = systemClock, bytesMax = Infinity }: MemoryLogOptions): SweptLog {
  const parts = new Map<string, Partition>()
  const waiters = createWaiters()
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
      throw new Outage('LOG_FULL', `The event log in memory is full: it may take ${bytesMax} bytes. Trim topics or raise bytesMax.`, {
        retryable: true,
      })
    usedBytes += bytes
  }

  /** All of the records or, when there is no room, none. `extraBytes` is what else the caller is about to store. */
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
    for (const [part, block] of fresh)
      part.blocks.push({ records: block, bytes: block.reduce((sum, record) => sum + recordBytes(record), 0), appendedAt: part.appendedAt })
    hasBegun ||= records.length > 0
    waiters.wake(new Set(records.map((record) => record.topic)))
    return positions
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
      const { start, end } = log.boundsSync(topic, partition)
      const records = log.readSync(topic, partition, offset, limits)
      const gaps: Gap[] = offset < start ? [{ topic, partition, from: offset, to: start, why: 'retention' }] : []
      const last = records.at(-1)
      const next = last === undefined ? Math.max(offset, start) : last.offset + 1
      return { records, next, gaps, start, end, epoch: hasBegun ? epoch : 0 }
    },
    bounds: async (topic, partition) => log.boundsSync(topic, partition),
    append: async (records) => store(records),
    readSync: (topic, partition, offset, limits) => {
      refuseClosed()
      return readBlocks(partitionAt(topic, partition).blocks, offset, limits)
    },
    boundsSync: (topic, partition) => {
      refuseClosed()
      const { blocks, end } = partitionAt(topic, partition)
      return { start: blocks[0]?.records[0]?.offset ?? end, end }
    },
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
  const drop = (kept: readonly Partition[], olderThan: number, bytes: number): void => {
    let topicBytes = kept.reduce((sum, part) => sum + part.blocks.reduce((total, block) => total + block.bytes, 0), 0)
    for (let oldest = oldestOf(kept); oldest !== undefined; oldest = oldestOf(kept)) {
      const block = oldest.blocks[0]!
      if (block.appendedAt >= olderThan && topicBytes <= bytes) return
      oldest.blocks.shift()
      topicBytes -= block.bytes
      usedBytes -= block.bytes
    }
  }

  const sweep = async (): Promise<void> => {
    refuseClosed()
    for (const { name, retention: { ms, bytes = Infinity } = {} } of topics ?? []) {
      const kept = Array.from({ length: partitionsOf(name) }, (_, partition) => partitionAt(name, partition))
      drop(kept, ms === undefined ? -Infinity : clock.now() - ms, bytes)
    }
  }
  return { log, state, sweep, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() }
}

function readBlocks(
  blocks: readonly Block[],
  offset: number,
  limits: { readonly records: number; readonly bytes: number },
): StoredRecord[] {
  const found: StoredRecord[] = []
  let bytes = 0
  for (let index = firstBlock(blocks, offset); index < blocks.length; index++) {
    for (const record of blocks[index]!.records) {
      if (record.offset < offset) continue
      bytes += record.value.byteLength
      if (found.length > 0 && (found.length >= limits.records || bytes > limits.bytes)) return found
      found.push({ ...record, value: record.value.slice() })
    }
  }
  return found
}

/** The index of the first block that holds `offset` or something after it, by bisection. */
function firstBlock(blocks: readonly Block[], offset: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (blocks[middle]!.records.at(-1)!.offset < offset) low = middle + 1
    else high = middle
  }
  return low
}

function oldestOf(parts: readonly Partition[]): Partition | undefined {
  let oldest: Partition | undefined
  for (const part of parts) {
    const block = part.blocks[0]
    if (block !== undefined && block.appendedAt < (oldest?.blocks[0]?.appendedAt ?? Infinity)) oldest = part
  }
  return oldest
}

const copyRecord = ({ topic, key, value, headers, at }: NewRecord): NewRecord => ({
  topic,
  key,
  value: Uint8Array.from(value),
  at,
  ...(headers !== undefined && Object.keys(headers).length > 0 ? { headers: { ...headers } } : {}),
})

function recordBytes({ key, value, headers }: NewRecord): number {
  let bytes = recordOverheadBytes + Buffer.byteLength(key) + value.byteLength
  for (const [name, text] of Object.entries(headers ?? {})) bytes += Buffer.byteLength(name) + Buffer.byteLength(text)
  return bytes
}
