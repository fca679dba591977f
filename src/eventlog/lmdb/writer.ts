// The group commit. Whatever is appended or committed while a transaction is on its way gathers;
// the next transaction takes all of it, one block for each partition, and one fsync makes it
// durable for everyone:
//
//   append, append, commit …  →  gathering  →  transaction (offsets given, blocks put, fsync)  →  all resolve
//
// Invariants: offsets are given inside the write transaction, so writers in other threads and
// processes cannot give the same ones; what gathered goes whole or not at all.
import { Outage } from '../../base/errors.ts'
import type { NewRecord, Position, Topic } from '../event-log.ts'
import { partitionOf } from '../partition.ts'
import { addRecord, BlockBuilder, endBlocks, keyCharsMax, resetBuilder, sealBlock } from './block.ts'
import { encodeBlockKey, plainVersion } from './block-key.ts'
import type { Environment } from './environment.ts'
import { beginEpoch } from './identity.ts'
import { appendedAtOf, bytesOf, endOf, loadBounds, setBounds, storeBounds, type TopicBounds } from './topic-bounds.ts'
import type { StoredClock } from './stored-clock.ts'
import type { StoredTopic, TopicRegistry } from './topic-registry.ts'

export type LogWriterOptions = {
  readonly env: Environment
  readonly topics: TopicRegistry
  readonly clock: StoredClock
  /** Bytes that may gather while a commit is on its way. */
  readonly gatheredBytesMax: number
  /** Throws once the log is closed. */
  readonly refuseClosed: () => void
  /** Told after each commit which topics grew, and by how many bytes. */
  readonly committed: (grown: ReadonlyMap<Topic, number>) => void
}

/** Something else to do in the transaction of the records, and how many bytes it stores. */
export type Rider = { readonly bytes: number; readonly work: () => void }

export type Writer = {
  /** As `EventLog.append`; with a rider also where there are no records. */
  readonly append: (records: readonly NewRecord[], rider?: Rider) => Promise<Position[]>
  /** Resolves when nothing is gathered or on its way. */
  idle(): Promise<void>
}

type Call = {
  readonly positions: Position[]
  readonly resolve: (positions: Position[]) => void
  readonly reject: (error: unknown) => void
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] }
/** The records of one partition that wait. */
type Growing = { readonly topic: StoredTopic; readonly builder: BlockBuilder }
/** The builders of one topic, by partition. */
type Builders = { readonly topic: StoredTopic; readonly growing: (Growing | undefined)[] }
type Gathering = { calls: Call[]; riders: Rider[]; touched: Growing[]; bytes: number }

const newGathering = (): Gathering => ({ calls: [], riders: [], touched: [], bytes: 0 })
/** LMDB keeps a value of this size or more on pages of its own; smaller ones share. */
const pageBytes = 4096

export function createWriter(options: LogWriterOptions): Writer {
  const { env, topics, clock, gatheredBytesMax, refuseClosed, committed } = options
  const builders = new Map<Topic, Builders>()
  /** Those of the record before: most come by the topic. */
  let latest: Builders | undefined
  let gathering = newGathering()
  let hasBegun = false
  let running: Promise<void> | undefined

  const buildersOf = (topic: Topic): Builders => {
    if (latest?.topic.name === topic) return latest
    latest = builders.get(topic)
    if (latest === undefined) builders.set(topic, (latest = { topic: topics.of(topic), growing: [] }))
    return latest
  }

  const growingOf = ({ topic, growing }: Builders, partition: number): Growing =>
    (growing[partition] ??= { topic, builder: new BlockBuilder(topic.id, partition) })

  const encode = (record: NewRecord): Position => {
    const own = buildersOf(record.topic)
    const partition = partitionOf(record.key, own.topic.partitions)
    const growing = growingOf(own, partition)
    if (growing.builder.count === 0) gathering.touched.push(growing)
    return { topic: record.topic, partition, offset: addRecord(growing.builder, record) }
  }

  const append = async (records: readonly NewRecord[], rider?: Rider): Promise<Position[]> => {
    refuseClosed()
    if (records.length === 0 && rider === undefined) return []
    let bytes = rider?.bytes ?? 0
    for (const { topic, key, value } of records) {
      buildersOf(topic)
      if (key.length > keyCharsMax)
        throw new RangeError(`A record key has at most ${keyCharsMax} characters; this one has ${key.length}.`)
      bytes += value.byteLength
    }
    if (gathering.bytes + bytes > gatheredBytesMax && gathering.bytes > 0) throw busy(env.dir, gatheredBytesMax)
    gathering.bytes += bytes
    if (rider !== undefined) gathering.riders.push(rider)
    const positions = records.map(encode)
    return new Promise((resolve, reject) => {
      gathering.calls.push({ positions, resolve, reject })
      running ??= run()
    })
  }

  const run = async (): Promise<void> => {
    while (gathering.calls.length > 0) {
      let taken: Gathering | undefined
      try {
        const grown = await env.transact(() => {
          taken = gathering
          gathering = newGathering()
          if (!hasBegun) beginEpoch(env)
          const stored = store(env, taken, clock.now())
          clock.keep()
          for (const { positions } of taken.calls) finishPositions(positions)
          return stored
        })
        hasBegun = true
        committed(grown)
        for (const { resolve, positions } of taken!.calls) resolve(positions)
      } catch (error) {
        // No transaction came about: what gathered meanwhile must not wait for the next one with
        // offsets of its own.
        if (taken === undefined) {
          taken = gathering
          gathering = newGathering()
          taken.touched.forEach(reset)
        }
        for (const { reject } of taken.calls) reject(error)
      }
    }
    running = undefined
  }

  /** Until now each offset was the index within what gathered. */
  const finishPositions = (positions: readonly Mutable<Position>[]): void => {
    for (const position of positions)
      position.offset += growingOf(buildersOf(position.topic), position.partition).builder.base
  }

  return {
    append,
    idle: async () => {
      await running
    },
  }
}

/** Runs inside the transaction, and gives by how many bytes each topic grew. The builders are empty
 *  afterwards, whether it succeeds or not. */
function store(env: Environment, { touched, riders, bytes }: Gathering, now: number): Map<Topic, number> {
  const grown = new Map<Topic, number>()
  try {
    env.reserve(bytes + touched.length * pageBytes)
    touched.sort((a, b) => a.topic.id - b.topic.id || a.builder.partition - b.builder.partition)
    for (let i = 0; i < touched.length;) {
      const { topic } = touched[i]!
      const bounds = loadBounds(env, topic)
      let topicBytes = 0
      for (; touched[i]?.topic.id === topic.id; i++) {
        storeBlocks(env, touched[i]!, bounds, now)
        topicBytes += touched[i]!.builder.end
      }
      storeBounds(env, topic.id, bounds)
      grown.set(topic.name, topicBytes)
    }
    for (const { work } of riders) work()
    return grown
  } finally {
    touched.forEach(reset)
  }
}

/** Puts what the builder holds behind what the partition has. Only inside a transaction; whoever
 *  calls stores the bounds. */
export function storeBlocks(env: Environment, { topic, builder }: Growing, bounds: TopicBounds, now: number): void {
  const { partition } = builder
  const appendedAt = Math.max(now, appendedAtOf(bounds, partition))
  builder.base = endOf(bounds, partition)
  let base = builder.base
  for (const span of endBlocks(builder)) {
    const bytes = span.end - span.start
    const key = encodeBlockKey({
      topicId: topic.id,
      partition,
      base,
      span: span.count,
      bytes,
      appendedAt,
      version: plainVersion,
    })
    env.blocks.putSync(key, sealBlock(builder, span, key))
    base += span.count
  }
  setBounds(bounds, partition, { end: base, appendedAt, bytes: bytesOf(bounds, partition) + builder.end })
}

const reset = ({ builder }: Growing): void => resetBuilder(builder)

const busy = (dir: string, gatheredBytesMax: number): Outage =>
  new Outage(
    'LOG_BUSY',
    `The event log in ${dir} has ${gatheredBytesMax} bytes waiting for the disk, its limit. Wait for appends to resolve before giving more.`,
    { retryable: true },
  )
