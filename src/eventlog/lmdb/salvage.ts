// A damaged log into a new one beside it. Blocks keep their offsets, so that a row made of a record keeps its id. The new log
// has an id of its own: readers start over, and what they make replaces what they had made.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Outage } from '../../base/errors.ts'
import { openEnvironment, type Environment } from './environment.ts'
import { gatherEntries, type Gathered, type WholeBlock } from './gather-entries.ts'
import { openPageFile } from './page-file.ts'
import { parseFormat } from './format.ts'
import type { Fault } from './page-tree.ts'
import { damagedOutage } from './sealed-values.ts'
import { appendedAtOf, endOf, setBounds, startOf, storeBounds, type TopicBounds } from './topic-bounds.ts'

export type SalvagedPartition = {
  readonly topic: string
  readonly partition: number
  /** The offsets [start, end) the partition has, and those of them that are missing. */
  readonly start: number
  readonly end: number
  readonly missing: readonly { readonly from: number; readonly to: number }[]
}

export type Salvage = {
  readonly faults: readonly Fault[]
  readonly partitions: readonly SalvagedPartition[]
  /** Entries of stored state, such as clients' sessions, that were copied, and that were damaged. */
  readonly state: { readonly copied: number; readonly damaged: number }
}

type Topic = { readonly name: string; readonly id: number; readonly partitions: number }

const batchBytes = 16 * 2 ** 20
/** Of the log that was, not of the new one. */
const notCopied = new Set(['id', 'epoch', 'epochs', 'format', 'damage'])

/** Copies what can be read of the log in `from` into a new one in `to`, which must not be there. Rejects with Outage LOG_DAMAGED when nothing
 *  says what log it was, LOG_UNAVAILABLE when `to` is there or cannot be written. */
export async function salvageLog(from: string, to: string, bytesMax: number): Promise<Salvage> {
  if (existsSync(to)) throw new Outage('LOG_UNAVAILABLE', `${to} is there already. Move it away first.`, { retryable: false })
  using file = openPageFile(join(from, 'data.mdb'))
  const found = gatherEntries(file)
  const topics = topicsOf(found, from)
  const env = openEnvironment({ dir: to, partitions: partitionsOf(found, topics), bytesMax })
  try {
    await env.transact(() => {
      for (const [name, value] of found.meta)
        if (!notCopied.has(name) && name.length > 1) env.meta.putSync(Buffer.from(name, 'latin1'), value)
    })
    const partitions: SalvagedPartition[] = []
    for (const topic of topics) partitions.push(...(await copyTopic(env, found, topic)))
    return { faults: found.faults, partitions, state: await copyState(env, found) }
  } finally {
    await env.close()
  }
}

/** Where the log does not say, what most of its topics have. */
function partitionsOf({ meta }: Gathered, topics: readonly Topic[]): number {
  const stored = meta.get('format')
  const format = stored && parseFormat(stored)
  if (format !== undefined) return format.partitions
  const counts = Map.groupBy(topics, ({ partitions }) => partitions)
  return [...counts].reduce((most, next) => (next[1].length > most[1].length ? next : most), [1, [] as Topic[]])[0]
}

function topicsOf({ meta }: Gathered, dir: string): readonly Topic[] {
  const stored = meta.get('topics')
  if (stored !== undefined) return JSON.parse(stored.toString()) as readonly Topic[]
  throw damagedOutage(dir, 'the list of its topics is gone, so that nothing can be copied: restore the directory from a backup')
}

async function copyTopic(env: Environment, found: Gathered, topic: Topic): Promise<SalvagedPartition[]> {
  const stored = found.meta.get(String.fromCharCode(topic.id))
  const bounds: TopicBounds = new Float64Array(topic.partitions * 4)
  if (stored?.byteLength === bounds.byteLength) new Uint8Array(bounds.buffer).set(stored)
  const partitions: SalvagedPartition[] = []
  for (let partition = 0; partition < topic.partitions; partition += 1) {
    const blocks = found.blocks.get(`${topic.id}/${partition}`) ?? []
    partitions.push({ topic: topic.name, partition, ...(await copyPartition(env, blocks, bounds, partition)) })
  }
  await env.transact(() => storeBounds(env, topic.id, bounds))
  return partitions
}

/** Copies the blocks, and puts into `bounds` what the partition then has. Without known bounds it is what the blocks cover. */
async function copyPartition(
  env: Environment,
  blocks: readonly WholeBlock[],
  bounds: TopicBounds,
  partition: number,
): Promise<Omit<SalvagedPartition, 'topic' | 'partition'>> {
  const isKnown = endOf(bounds, partition) > 0
  const start = isKnown ? startOf(bounds, partition) : (blocks[0]?.place.base ?? 0)
  const missing: { from: number; to: number }[] = []
  const writer = batches(env)
  let next = start
  let appendedAt = appendedAtOf(bounds, partition)
  for (const { key, place, value } of blocks) {
    // Pages that are no longer in use hold blocks that retention has dropped, or compaction has rewritten.
    const bytes = place.base < next ? undefined : value()
    if (bytes === undefined) continue
    if (place.base > next) missing.push({ from: next, to: place.base })
    next = place.base + place.span
    appendedAt = Math.max(appendedAt, place.appendedAt)
    await writer.put(key, bytes)
  }
  const copiedBytes = await writer.end()
  const end = Math.max(next, endOf(bounds, partition))
  if (next < end) missing.push({ from: next, to: end })
  setBounds(bounds, partition, start, end, appendedAt, copiedBytes)
  return { start, end, missing }
}

/** Blocks on their way into the new log, some megabytes a transaction. `end` gives the bytes of all. */
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

async function copyState(env: Environment, { state, tasks, opened }: Gathered): Promise<Salvage['state']> {
  const counts = { copied: 0, damaged: 0 }
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
