// Merging: the small blocks of many commits, in which most of the log stands, become large packed
// ones soon after. A run is read and packed beside what goes on, and takes the place of its blocks
// in one short transaction, with a few runs of other partitions, if they are still there:
//
//   start ─── merged: packed and full ─── merged to ─── packed, not yet full ─── as appended ─── end
//                                                       └── the next run ──────────┘
//
// A run is full by its bytes, or by the time it covers, so that retention need not keep what is old
// for what came much later. Until then it waits for its blocks to be of some age, and is packed
// again with what came since.
import { pause } from '../../base/wait-out.ts'
import { blockKeyFrom, packedVersion } from './block-key.ts'
import { gatherRun, keysFrom, packRun, replaceRun, type BlockRun } from './block-run.ts'
import type { Environment } from './environment.ts'
import type { TopicPartition } from './reader.ts'
import type { PackedBlock } from './packed-block.ts'
import { loadBounds, startOf, storeBounds } from './topic-bounds.ts'
import type { StoredTopic } from './topic-registry.ts'

export type MergeLimits = {
  /** Of a packed block, before it was packed. */
  readonly bytes: number
  /** How old a block gets before it is packed with fewer others. */
  readonly ageMs: number
  /** Between the oldest and the newest record of a packed block. */
  readonly spanMs: number
  /** Between two runs that are packed beside appends, which are not to be slower for it. */
  readonly restMs: number
}

/** How much is packed, and how fast. */
export type MergePace = {
  /** At most, of all partitions. */
  readonly runs: number
  /** Between two runs. */
  readonly restMs: number
  /** Ends it after the run under way. */
  readonly signal: AbortSignal
}

export type Merger = {
  /** Packs what there is to pack of the topic, whose records are kept for `keptMs`: a run of each
   *  partition by turns, so that the pages that become free lie side by side. */
  merge(topic: StoredTopic, keptMs: number, pace: MergePace): Promise<void>
}

/** Where the next run begins, and the append time of the oldest record of a block there that is
 *  packed and not full; null where there is none. */
type Progress = { readonly to: number; readonly since: number | null }
/** `packed`: none where the run is one packed block, or nothing of it can be read. `after`: the
 *  progress once it is in its place. */
type PackedRun = {
  readonly place: TopicPartition
  readonly run: BlockRun
  readonly packed: PackedBlock | undefined
  readonly progress: Progress
  readonly after: Progress
  readonly isFull: boolean
}
type Range = { readonly from: number; readonly end: number; readonly since: number; readonly isFull: boolean }

/** Runs that one transaction puts into their places: enough that packing adds few commits, and few
 *  enough that no append waits long for one. */
const runsTogether = 4
/** The part of the time for which a topic is kept that its blocks may cover. */
const spanShare = 1 / 24

export const mergeTimes: MergeLimits = { bytes: 256 * 1024, ageMs: 600_000, spanMs: 3_600_000, restMs: 30 }

export function createMerger(env: Environment, agedAt: (ms: number) => number, limits: MergeLimits): Merger {
  const pack = (place: TopicPartition, spanMs: number): PackedRun | undefined => {
    env.refresh()
    const progress = loadProgress(env, place)
    const range = rangeToMerge(env, place, progress, { ...limits, spanMs, oldEnough: agedAt(limits.ageMs) })
    if (range === undefined) return undefined
    const run = gatherRun(env, place, range.from, {
      to: range.end,
      keptBytes: Infinity,
      readBytes: limits.bytes,
      keeps: () => true,
    })
    const isPacked = run.blocks.length === 1 && run.blocks[0]!.place.version === packedVersion
    const packed = run.blocks.length === 0 || isPacked ? undefined : packRun(place, run)
    const end = run.blocks.length === 0 ? range.end : run.end
    const isFull = range.isFull || end < range.end
    const after = isFull ? { to: end, since: null } : { to: range.from, since: range.since }
    return { place, run: { ...run, kept: [] }, packed, progress, after, isFull }
  }

  /** Puts it into its place, and says whether there may be another one after it. Only inside a
   *  transaction. */
  const put = ({ place, run, packed, progress, after, isFull }: PackedRun): boolean => {
    // Retention, or another opener, was faster.
    if (loadProgress(env, place).to !== progress.to || !isThere(env, place, run)) return false
    if (packed !== undefined) {
      const bounds = loadBounds(env, place.topic)
      replaceRun(env, place, run, packed, bounds)
      storeBounds(env, place.topic.id, bounds)
    }
    storeProgress(env, place, after)
    return isFull
  }

  return {
    async merge(topic, keptMs, { runs, restMs, signal }) {
      const spanMs = Math.min(limits.spanMs, keptMs * spanShare)
      const queue = [...Array(topic.partitions).keys()]
      for (let left = runs; left > 0 && queue.length > 0;) {
        const ready: PackedRun[] = []
        for (const partition of queue.splice(0, Math.min(left, runsTogether))) {
          if (signal.aborted) return
          const run = pack({ topic, partition }, spanMs)
          if (run === undefined) continue
          ready.push(run)
          await pause(restMs, signal)
        }
        if (ready.length === 0) continue
        left -= ready.length
        const more = await env.transact(() => ready.filter(put))
        queue.push(...more.map(({ place }) => place.partition))
      }
    },
  }
}

/** Whether all blocks of the run are still there. */
function isThere(env: Environment, { topic, partition }: TopicPartition, { base, end, blocks }: BlockRun): boolean {
  const range = { start: blockKeyFrom(topic.id, partition, base), end: blockKeyFrom(topic.id, partition, end) }
  let found = 0
  for (const key of env.blocks.getKeys(range)) if (blocks[found]?.key.equals(key) === true) found++
  return found === blocks.length
}

/** By the keys of blocks alone. Undefined when there is nothing to gain yet. */
function rangeToMerge(
  env: Environment,
  place: TopicPartition,
  { to, since: sinceBefore }: Progress,
  { bytes: bytesMax, spanMs, oldEnough }: MergeLimits & { readonly oldEnough: number },
): Range | undefined {
  const start = startOf(loadBounds(env, place.topic), place.partition)
  const from = Math.max(to, start)
  let since = to >= start ? sinceBefore : null
  let [bytes, end] = [0, from]
  let firstPlainAt = Infinity
  for (const block of keysFrom(env, place, from)) {
    since ??= block.appendedAt
    if (end > from && block.appendedAt > since + spanMs) return { from, end, since, isFull: true }
    bytes += block.bytes
    end = Math.max(end, block.base + block.span)
    if (block.version !== packedVersion) firstPlainAt = Math.min(firstPlainAt, block.appendedAt)
    if (bytes >= bytesMax) return { from, end, since, isFull: true }
  }
  return since !== null && firstPlainAt < oldEnough ? { from, end, since, isFull: false } : undefined
}

const progressKey = ({ topic, partition }: TopicPartition): Buffer => Buffer.from(`merged ${topic.id}/${partition}`)

const loadProgress = ({ meta }: Environment, place: TopicPartition): Progress =>
  meta.getJson(progressKey(place)) ?? { to: 0, since: null }

const storeProgress = ({ meta }: Environment, place: TopicPartition, progress: Progress): void =>
  meta.putJson(progressKey(place), progress)
