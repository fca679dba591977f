// The entries of a batch of the message index by vehicle, stream and partition, and the rows they
// become. A batch has tens of thousands, so that each costs no more than a look at its group.
import { positionKey, positionOf } from '../../eventlog/event-log.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import type { MessageEntry } from '../message-index.ts'
import type { Change } from '../projection.ts'
import { hourOf } from './hourly-partitions.ts'
import { encodeChunk, type ChunkEntry } from './message-chunk.ts'

/** In the order they were put. */
export type MessageGroup = VehicleRef & {
  readonly stream: string
  readonly partition: number
  readonly entries: readonly ChunkEntry[]
}

/** A row of `message_index`, but for the log it is of. */
export type ChunkRow = ReturnType<typeof rowOf>

const chunkEntriesMax = 1_000

type OpenGroup = MessageGroup & { readonly entries: ChunkEntry[] }

export function groupEntries(changes: readonly Change<MessageEntry>[]): readonly MessageGroup[] {
  const byPartition = new Map<string, Map<string, OpenGroup>>()
  for (const { id, row } of changes) {
    if (row === null) continue
    const { topic, partition, offset } = positionOf(id)
    const place = positionKey(topic, partition)
    let groups = byPartition.get(place)
    if (groups === undefined) byPartition.set(place, (groups = new Map()))
    const key = vehicleKey(row)
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = openGroup(row, partition)))
    const { at, receivedAt, digest } = row
    group.entries.push({ offset, at, receivedAt, digest })
  }
  return Array.from(byPartition.values(), (groups) => [...groups.values()]).flat()
}

const openGroup = ({ tenant, vehicle, stream }: MessageEntry, partition: number): OpenGroup => ({
  tenant,
  vehicle,
  stream,
  partition,
  entries: [],
})

/** None is of two hours, and none has an offset twice. */
export function chunkRows({ entries, ...group }: MessageGroup): readonly ChunkRow[] {
  const rows: ChunkRow[] = []
  let chunk: ChunkEntry[] = []
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    const last = chunk.at(-1)
    if (last?.offset === entry.offset) continue
    const isAnothers = last !== undefined && hourOf(last.receivedAt) !== hourOf(entry.receivedAt)
    if (isAnothers || chunk.length === chunkEntriesMax) {
      rows.push(rowOf(group, chunk))
      chunk = []
    }
    chunk.push(entry)
  }
  if (chunk.length > 0) rows.push(rowOf(group, chunk))
  return rows
}

function rowOf({ tenant, vehicle, stream, partition }: Omit<MessageGroup, 'entries'>, entries: readonly ChunkEntry[]) {
  const [at_from, at_to] = extentOf(entries, ({ at }) => at)
  const [received_from, received_to] = extentOf(entries, ({ receivedAt }) => receivedAt)
  return {
    tenant,
    vehicle,
    stream,
    log_partition: partition,
    first_offset: entries[0]!.offset,
    received_from,
    received_to,
    at_from,
    at_to,
    entries: encodeChunk(entries),
  }
}

/** The least and the greatest. */
export function extentOf<Each>(all: readonly Each[], of: (each: Each) => number): readonly [from: number, to: number] {
  let [from, to] = [Infinity, -Infinity]
  for (const each of all) {
    from = Math.min(from, of(each))
    to = Math.max(to, of(each))
  }
  return [from, to]
}
