// The group commit. Whatever is appended or committed while a transaction is on its way gathers; the next transaction
// takes all of it, one block for each partition, and one fsync makes it durable for everyone:
//
//   append, append, commit …  →  gathering  →  transaction (offsets given, blocks put, fsync)  →  all resolve
//
// Invariants: offsets are given inside the write transaction, so writers in other threads and processes cannot give the
// same ones; what gathered goes whole or not at all.
import { Outage } from '../../base/errors.ts'
import type { Clock } from '../../base/clock.ts'
import { type LogTopic, type NewRecord, type Position } from '../event-log.ts'
import { partitionOf } from '../partition.ts'
import { addRecord, createBlockBuilder, endBlocks, keyCharsMax, resetBuilder, sealBlock, type BlockBuilder } from './block.ts'
import { encodeBlockKey, topicIds, topicsById } from './block-key.ts'
import type { Environment } from './environment.ts'
import { beginEpoch } from './identity.ts'
import { appendedAtOf, bytesOf, endOf, loadBounds, setBounds, startOf, storeBounds } from './topic-bounds.ts'

export type WriterOptions = {
  readonly env: Environment
  readonly partitions: number
  readonly clock: Clock
  /** What may gather while a commit is on its way. */
  readonly gatheredBytesMax: number
  /** Told after each commit which topics grew. */
  readonly committed: (topics: ReadonlySet<LogTopic>) => void
}

/** Something else to do in the transaction of the records, and how many bytes it stores. */
export type Rider = { readonly bytes: number; readonly work: () => void }

export type Writer = {
  append(records: readonly NewRecord[], rider?: Rider): Promise<Position[]>
  /** Resolves when nothing is gathered or on its way. */
  idle(): Promise<void>
}

type Call = {
  readonly positions: Position[]
  readonly resolve: (positions: Position[]) => void
  readonly reject: (error: unknown) => void
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Gathering = { calls: Call[]; riders: Rider[]; touched: BlockBuilder[]; bytes: number }

const newGathering = (): Gathering => ({ calls: [], riders: [], touched: [], bytes: 0 })
/** LMDB keeps a value of this size or more on pages of its own; smaller ones share. */
const pageBytes = 4096

export function createWriter({ env, partitions, clock, gatheredBytesMax, committed }: WriterOptions): Writer {
  const builders: (BlockBuilder | undefined)[] = []
  let gathering = newGathering()
  let hasBegun = false
  let running: Promise<void> | undefined

  const builderOf = (topicId: number, partition: number): BlockBuilder =>
    (builders[topicId * partitions + partition] ??= createBlockBuilder(topicId, partition))

  const encode = (record: NewRecord): Position => {
    const { topic } = record
    const partition = partitionOf(record.key, partitions)
    const builder = builderOf(topicIds[topic], partition)
    if (builder.count === 0) gathering.touched.push(builder)
    return { topic, partition, offset: addRecord(builder, record) }
  }

  const append = (records: readonly NewRecord[], rider?: Rider): Promise<Position[]> => {
    let bytes = rider?.bytes ?? 0
    for (const { key, value } of records) {
      if (key.length > keyCharsMax) throw new RangeError(`A record key has at most ${keyCharsMax} characters; this one has ${key.length}.`)
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
        await env.transact(() => {
          taken = gathering
          gathering = newGathering()
          if (!hasBegun) beginEpoch(env)
          store(env, taken, { partitions, now: Math.max(0, Math.floor(clock.now())) })
          for (const { positions } of taken.calls) finishPositions(positions)
        })
        hasBegun = true
        settle(taken!)
      } catch (error) {
        // No transaction came about: what gathered meanwhile must not wait for the next one with offsets of its own.
        if (taken === undefined) {
          taken = gathering
          gathering = newGathering()
          taken.touched.forEach(resetBuilder)
        }
        for (const { reject } of taken.calls) reject(error)
      }
    }
    running = undefined
  }

  /** Until now each offset was the index within what gathered. */
  const finishPositions = (positions: readonly Mutable<Position>[]): void => {
    for (const position of positions) position.offset += builderOf(topicIds[position.topic], position.partition).base
  }

  const settle = ({ calls, touched }: Gathering): void => {
    committed(new Set(touched.map(({ topicId }) => topicsById.get(topicId)!)))
    for (const { resolve, positions } of calls) resolve(positions)
  }

  return {
    append,
    idle: async () => {
      await running
    },
  }
}

/** Runs inside the transaction. The builders are empty afterwards, whether it succeeds or not. */
function store(env: Environment, { touched, riders, bytes }: Gathering, { partitions, now }: { partitions: number; now: number }): void {
  try {
    env.reserve(bytes + touched.length * pageBytes)
    touched.sort((a, b) => a.topicId - b.topicId || a.partition - b.partition)
    for (let i = 0; i < touched.length;) {
      const { topicId } = touched[i]!
      const bounds = loadBounds(env, topicId, partitions)
      for (; touched[i]?.topicId === topicId; i++) {
        const builder = touched[i]!
        const { partition } = builder
        const appendedAt = Math.max(now, appendedAtOf(bounds, partition))
        builder.base = endOf(bounds, partition)
        let base = builder.base
        for (const span of endBlocks(builder)) {
          const bytes = span.end - span.start
          const key = encodeBlockKey({ topicId, partition, base, span: span.count, bytes, appendedAt, isSparse: false })
          env.blocks.putSync(key, sealBlock(builder, span, key))
          base += span.count
        }
        setBounds(bounds, partition, startOf(bounds, partition), base, appendedAt, bytesOf(bounds, partition) + builder.end)
      }
      storeBounds(env, topicId, bounds)
    }
    for (const { work } of riders) work()
  } finally {
    touched.forEach(resetBuilder)
  }
}

const busy = (dir: string, gatheredBytesMax: number): Outage =>
  new Outage(
    'LOG_BUSY',
    `The event log in ${dir} has ${gatheredBytesMax} bytes waiting for the disk, its limit. Wait for appends to resolve before giving more.`,
    { retryable: true },
  )
