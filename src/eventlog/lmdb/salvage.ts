// A damaged log into a new one beside it. Blocks keep their offsets, so that a row made of a record
// keeps its id. The new log has an id of its own: readers start over, and what they make replaces
// what they had made.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Outage } from '../../base/errors.ts'
import type { Damage } from '../event-log.ts'
import { recordHeadBytes } from './block.ts'
import { putDamage } from './damage.ts'
import { openEnvironment, type Environment } from './environment.ts'
import { gatherEntries, type GatheredEntries, type WholeBlock } from './gather-entries.ts'
import { openPageFile, type PageFile } from './page-file.ts'
import { parseFormat } from './format.ts'
import type { Fault } from './page-tree.ts'
import { damagedOutage } from './sealed-values.ts'
import {
  appendedAtOf,
  endOf,
  newBounds,
  partitionsIn,
  setBounds,
  startOf,
  storeBounds,
  type TopicBounds,
} from './topic-bounds.ts'
import { firstTopics } from './topic-registry.ts'

export type SalvagedPartition = {
  readonly topic: string
  readonly partition: number
  /** The offsets [start, end) the partition has, and those of them that are missing. */
  readonly start: number
  readonly end: number
  readonly missing: readonly Missing[]
}

/** Offsets [from, to). `isBound`: at most so many, as nothing says where the partition ended. */
type Missing = { readonly from: number; readonly to: number; readonly isBound?: true }

export type Salvage = {
  readonly faults: readonly Fault[]
  readonly partitions: readonly SalvagedPartition[]
  /** Blocks that could be read, of topics whose names are gone. */
  readonly nameless: number
  /** The list of topics is gone: what is not among the partitions may have been there. */
  readonly isListGone: boolean
  /** Entries of stored state, such as clients' sessions, that were copied, and that were damaged;
   *  `isWhole`: there were no others. */
  readonly state: { readonly copied: number; readonly damaged: number; readonly isWhole: boolean }
}

type Topic = { readonly name: string; readonly id: number; readonly partitions: number }

const batchBytes = 16 * 2 ** 20
/** Of a file that was cut, believed from its first pages. */
const pagesBeyondMost = 2 ** 20
/** Of the log that was, not of the new one. */
const notCopied = new Set(['id', 'epoch', 'epochs', 'format', 'damage'])

export type SalvageOptions = {
  /** Of a topic that does not say another number, where the log itself no longer says it. */
  readonly partitions: number
  readonly bytesMax: number
  readonly now: () => number
}

/** Copies what can be read of the log in `from` into a new one in `to`, which must not be there.
 *  Rejects with Outage LOG_DAMAGED when nothing can be read, LOG_UNAVAILABLE when `to` is there or
 *  cannot be written. */
export async function salvageLog(from: string, to: string, options: SalvageOptions): Promise<Salvage> {
  if (existsSync(to))
    throw new Outage('LOG_UNAVAILABLE', `${to} is there already. Move it away first.`, { retryable: false })
  using file = openPageFile(join(from, 'data.mdb'))
  const found = gatherEntries(file)
  const topics = topicsOf(found, options.partitions)
  if (topics.length === 0) throw damagedOutage(from, 'nothing of it can be read, so that only a backup helps')
  const env = openEnvironment({
    dir: to,
    partitions: partitionsOf(found, topics, options.partitions),
    bytesMax: options.bytesMax,
  })
  try {
    const partitions: SalvagedPartition[] = []
    for (const topic of topics) partitions.push(...(await copyTopic(env, found, topic, file)))
    await env.transact(() => {
      for (const [name, value] of found.meta)
        if (!notCopied.has(name) && name.length > 1) env.meta.putSync(Buffer.from(name, 'latin1'), value)
      if (!found.meta.has('topics')) env.meta.putSync(Buffer.from('topics'), Buffer.from(JSON.stringify(topics)))
      putDamage(env, unboundedDamage(partitions, options.now()))
    })
    const known = new Set(topics.map(({ id }) => id))
    const nameless = [...found.blocks.values()].flat().filter(({ place }) => !known.has(place.topicId)).length
    const isListGone = !found.meta.has('topics')
    return { faults: found.faults, partitions, nameless, isListGone, state: await copyState(env, found) }
  } finally {
    await env.close()
  }
}

/** Damage that readers cannot count; all else that is missing they find and note themselves. */
const unboundedDamage = (partitions: readonly SalvagedPartition[], foundAt: number): Damage[] =>
  partitions.flatMap(({ topic, partition, missing }) =>
    missing.flatMap(({ from, to, isBound }) =>
      isBound ? [{ topic, partition, from, to, records: null, foundAt }] : [],
    ),
  )

function partitionsOf({ meta }: GatheredEntries, topics: readonly Topic[], otherwise: number): number {
  const stored = meta.get('format')
  return (stored && parseFormat(stored)?.partitions) ?? topics[0]?.partitions ?? otherwise
}

/** Where the list of topics is gone: those whose numbers every log has given to the same names. */
function topicsOf({ meta, blocks }: GatheredEntries, otherwise: number): readonly Topic[] {
  const stored = meta.get('topics')
  if (stored !== undefined) return JSON.parse(stored.toString()) as readonly Topic[]
  const places = [...blocks.keys()].map((name) => name.split('/').map(Number) as [id: number, partition: number])
  return firstTopics.flatMap(({ name, id }) => {
    const own = places.filter(([topicId]) => topicId === id).map(([, partition]) => partition + 1)
    const bounds = meta.get(String.fromCharCode(id))
    if (own.length === 0 && bounds === undefined) return []
    return [
      { name, id, partitions: bounds === undefined ? Math.max(otherwise, ...own) : partitionsIn(bounds.byteLength) },
    ]
  })
}

async function copyTopic(
  env: Environment,
  found: GatheredEntries,
  topic: Topic,
  file: PageFile,
): Promise<SalvagedPartition[]> {
  const name = String.fromCharCode(topic.id)
  const stored = found.meta.get(name)
  const bounds: TopicBounds = newBounds(topic.partitions)
  if (stored?.byteLength === bounds.byteLength) new Uint8Array(bounds.buffer).set(stored)
  const beyond = found.isCurrent(name) ? 0 : recordsMost(file)
  const partitions: SalvagedPartition[] = []
  for (let partition = 0; partition < topic.partitions; partition += 1) {
    const blocks = found.blocks.get(`${topic.id}/${partition}`) ?? []
    partitions.push({
      topic: topic.name,
      partition,
      ...(await copyPartition(env, blocks, { bounds, partition, beyond })),
    })
  }
  await env.transact(() => storeBounds(env, topic.id, bounds))
  return partitions
}

/** No file holds more records than its pages have room for. */
function recordsMost({ metas, bytes, pageBytes }: PageFile): number {
  const pages = Math.max(bytes / pageBytes, ...metas.map((meta) => (meta?.lastPage ?? 0) + 1))
  return Math.ceil((Math.min(pages, bytes / pageBytes + pagesBeyondMost) * pageBytes) / recordHeadBytes)
}

type Into = { readonly bounds: TopicBounds; readonly partition: number; readonly beyond: number }

/** Copies the blocks, and puts into `bounds` what the partition then has. Without known bounds it
 *  is what the blocks cover, and `beyond` offsets are left free, so that no new record takes the
 *  place of one that is lost. */
async function copyPartition(
  env: Environment,
  blocks: readonly WholeBlock[],
  { bounds, partition, beyond }: Into,
): Promise<Omit<SalvagedPartition, 'topic' | 'partition'>> {
  const isKnown = endOf(bounds, partition) > 0
  const start = isKnown ? startOf(bounds, partition) : (blocks[0]?.place.base ?? 0)
  const missing: Missing[] = []
  const writer = batches(env)
  let next = start
  let appendedAt = appendedAtOf(bounds, partition)
  for (const { key, place, value } of blocks) {
    // Pages that are no longer in use hold blocks that retention has dropped, or compaction has
    // rewritten.
    const bytes = place.base < next ? undefined : value()
    if (bytes === undefined) continue
    if (place.base > next) missing.push({ from: next, to: place.base })
    next = place.base + place.span
    appendedAt = Math.max(appendedAt, place.appendedAt)
    await writer.put(key, bytes)
  }
  const copiedBytes = await writer.end()
  const end = Math.max(next, endOf(bounds, partition)) + beyond
  if (next < end) missing.push({ from: next, to: end, ...(beyond > 0 && { isBound: true }) })
  setBounds(bounds, partition, { start, end, appendedAt, bytes: copiedBytes })
  return { start, end, missing }
}

/** Blocks on their way into the new log, some megabytes a transaction. `end` gives the bytes of
 *  all. */
function batches(env: Environment) {
  let batch: { readonly key: Buffer; readonly value: Buffer }[] = []
  let bytes = 0
  let total = 0
  const flush = async (): Promise<void> => {
    const put = batch
    batch = []
    total += bytes
    bytes = 0
    await env.transact(() => {
      for (const { key, value } of put) env.blocks.putSync(key, value)
    })
  }
  return {
    async put(key: Buffer, value: Buffer): Promise<void> {
      batch.push({ key, value })
      bytes += value.byteLength
      if (bytes >= batchBytes) await flush()
    },
    async end(): Promise<number> {
      if (batch.length > 0) await flush()
      return total
    },
  }
}

async function copyState(
  env: Environment,
  { state, tasks, isStateWhole, opened }: GatheredEntries,
): Promise<Salvage['state']> {
  const counts = { copied: 0, damaged: 0, isWhole: isStateWhole }
  for (const [entries, values] of [
    [state, env.state],
    [tasks, env.tasks],
  ] as const)
    await env.transact(() => {
      for (const { key, value } of entries) {
        const bytes = opened(key, value())
        if (bytes !== undefined) values.putSync(Buffer.from(key), bytes)
        counts[bytes === undefined ? 'damaged' : 'copied'] += 1
      }
    })
  return counts
}
