// Compaction keeps the newest record of each key of a topic. A pass goes over one partition from
// its start to where the records are old enough, a run of blocks at a time, and each run is
// rewritten in one transaction as a packed block that covers the same offsets. A crash leaves some
// runs rewritten and others not, which reads the same:
//
//   start ─── clean: one record a key ─── compacted to ─── dirty ─── old enough ─── too young ─── end
//             rewritten where the dirty part has newer         searched for the newest of each key
//
// Runs go in ascending order, so what a tombstone covers is gone before the tombstone is.
import type { StoredRecord } from '../event-log.ts'
import type { CompactionTimes } from '../topics.ts'
import { readBlock, type Found } from './block-reading.ts'
import { blocksFrom, gatherRun, keysFrom, packRun, replaceRun } from './block-run.ts'
import type { Environment } from './environment.ts'
import type { TopicPartition } from './reader.ts'
import { loadBounds, startOf, storeBounds } from './topic-bounds.ts'
import type { StoredTopic } from './topic-registry.ts'

export type CompactionLimits = CompactionTimes & {
  /** Bytes of blocks that one sweep reads. */
  readonly workBytes: number
}

export type Compactor = {
  /** Goes on with the passes over the topic's partitions, or begins them where there is reason
   *  to. */
  compact(topic: StoredTopic): Promise<void>
}

/** How far a partition is clean, and the append time of its oldest tombstone. */
type Progress = { readonly to: number; readonly tombstoneAt: number | null }

type Pass = {
  readonly before: Progress
  /** The newest offset of each key in the dirty part. */
  readonly newest: ReadonlyMap<string, number>
  readonly to: number
  /** Where the next run begins. */
  next: number
  tombstoneAt: number | null
}

/** Keys a pass remembers; a dirty part with more takes several passes. */
const keysMax = 500_000
const runBytesMax = 1024 * 1024
/** Bytes kept of a run, so that its block is neither tiny nor long to unpack. */
const keptBytesMax = 64 * 1024
const everything = { records: Infinity, bytes: Infinity }

export function createCompactor(env: Environment, agedAt: (ms: number) => number, limits: CompactionLimits): Compactor {
  const passes = new Map<string, Pass>()

  const compactPartition = async (place: TopicPartition, workBytes: number): Promise<number> => {
    const name = `${place.topic.id}/${place.partition}`
    const pass = passes.get(name) ?? beginPass(env, place, agedAt, limits)
    if (pass === undefined) return 0
    passes.set(name, pass)
    let bytes = 0
    while (bytes < workBytes && passes.has(name)) {
      const step = await env.transact(() => stepPass(env, place, pass, agedAt(limits.tombstoneMs)))
      bytes += step.bytes
      if (step.isDone) passes.delete(name)
    }
    return bytes
  }

  return {
    compact: async (topic) => {
      let bytes = 0
      for (let partition = 0; partition < topic.partitions && bytes < limits.workBytes; partition++)
        bytes += await compactPartition({ topic, partition }, limits.workBytes - bytes)
    },
  }
}

/** Undefined when there is nothing to gain: no record that is old enough and not clean, no
 *  tombstone whose time has come, or so little of the former that reading a large clean part again
 *  is not worth it. */
function beginPass(
  env: Environment,
  place: TopicPartition,
  agedAt: (ms: number) => number,
  limits: CompactionLimits,
): Pass | undefined {
  env.refresh()
  const before = loadProgress(env, place)
  const start = startOf(loadBounds(env, place.topic), place.partition)
  const oldEnough = agedAt(limits.lagMs)
  let cleanBytes = 0
  let dirtyBytes = 0
  let dirtyFrom = before.to
  for (const block of keysFrom(env, place, start)) {
    if (block.base + block.span <= before.to) cleanBytes += block.bytes
    else if (block.appendedAt < oldEnough) {
      dirtyBytes += block.bytes
      // Packed meanwhile, the first may begin among records that are clean.
      dirtyFrom = Math.min(dirtyFrom, block.base)
    } else break
  }
  const isTombstoneDue = before.tombstoneAt !== null && before.tombstoneAt < agedAt(limits.tombstoneMs)
  const isWorthIt = dirtyBytes > 0 && (cleanBytes <= limits.workBytes || dirtyBytes >= cleanBytes / 2)
  if (!isTombstoneDue && !isWorthIt) return undefined
  return { before, ...searchDirty(env, place, dirtyFrom, oldEnough, limits.workBytes), next: start, tombstoneAt: null }
}

function searchDirty(
  env: Environment,
  place: TopicPartition,
  from: number,
  oldEnough: number,
  bytesMax: number,
): { readonly newest: Map<string, number>; readonly to: number } {
  const newest = new Map<string, number>()
  let to = from
  let bytes = 0
  for (const block of blocksFrom(env, place, from)) {
    if (block.place.appendedAt >= oldEnough || newest.size >= keysMax || bytes >= bytesMax) break
    const found: Found = { records: [], bytes: 0 }
    if (readBlock({ topic: place.topic.name, ...block }, 0, everything, found) === 'damaged') continue
    for (const { key, offset } of found.records) newest.set(key, offset)
    to = Math.max(to, block.place.base + block.place.span)
    bytes += block.place.bytes
  }
  return { newest, to }
}

/** One run. Only inside a transaction. */
function stepPass(
  env: Environment,
  place: TopicPartition,
  pass: Pass,
  tombstonesBefore: number,
): { readonly bytes: number; readonly isDone: boolean } {
  const { to } = loadProgress(env, place)
  // Another opener has finished a pass meanwhile: this one would set the progress back.
  if (to !== pass.before.to) return { bytes: 0, isDone: true }
  const bounds = loadBounds(env, place.topic)
  let dropped = 0
  const keeps = (record: StoredRecord): boolean => {
    const isOld = (pass.newest.get(record.key) ?? -1) > record.offset
    const isKept = !isOld && (record.value.byteLength > 0 || record.appendedAt >= tombstonesBefore)
    if (!isKept) dropped++
    return isKept
  }
  const run = gatherRun(env, place, Math.max(pass.next, startOf(bounds, place.partition)), {
    to: pass.to,
    keptBytes: keptBytesMax,
    readBytes: runBytesMax,
    keeps,
  })
  if (dropped > 0 || run.blocks.length > 1) {
    replaceRun(env, place, run, packRun(place, run), bounds)
    storeBounds(env, place.topic.id, bounds)
  }
  for (const { value, appendedAt } of run.kept)
    if (value.byteLength === 0) pass.tombstoneAt = Math.min(pass.tombstoneAt ?? Infinity, appendedAt)
  pass.next = run.end
  const isDone = run.isLast
  if (isDone) storeProgress(env, place, { to: Math.max(pass.to, pass.before.to), tombstoneAt: pass.tombstoneAt })
  return { bytes: run.bytes, isDone }
}

const progressKey = ({ topic, partition }: TopicPartition): Buffer => Buffer.from(`compacted ${topic.id}/${partition}`)

function loadProgress({ meta }: Environment, place: TopicPartition): Progress {
  return meta.getJson(progressKey(place)) ?? { to: 0, tombstoneAt: null }
}

function storeProgress({ meta }: Environment, place: TopicPartition, progress: Progress): void {
  meta.putJson(progressKey(place), progress)
}
