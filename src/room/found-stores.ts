// A look at all that is stored: each topic, what is remembered beside the logs, each table, and the
// disks they are on. No record and no row is looked at.
import { diskOf, type Disk } from '../base/disk-room.ts'
import { Outage } from '../base/errors.ts'
import type { TopicSpec } from '../eventlog/event-log.ts'
import type { LogSize } from '../eventlog/topic-size.ts'
import type { RoomPart, StoreRetention, StoreRoom } from '../model/room-report.ts'
import type { StorageSize } from '../storage/storage-size.ts'
import type { Sized } from './growth.ts'

export type LogSource = {
  readonly part: 'log' | 'derived'
  readonly dir: string
  /** Undefined: its brokers keep it. */
  readonly size: (() => LogSize) | undefined
  readonly topics: readonly TopicSpec[]
  /** Records and state may take so much. */
  readonly bytesMax: number
}

export type RoomSources = {
  readonly logs: readonly LogSource[]
  readonly tables: {
    readonly dir: string
    /** A server that somebody else runs has them. */
    readonly isElsewhere: boolean
    readonly size: () => Promise<StorageSize>
    /** By the name of the table; for ever where it is not there. */
    readonly retention: Readonly<Record<string, StoreRetention>>
  }
  /** The settings by which topics have their retention. */
  readonly topicSettings: readonly string[]
}

export type FoundStore = Pick<StoreRoom, 'part' | 'kind' | 'name' | 'retention' | 'unknown'> & {
  readonly sized: Sized | null
  readonly oldestAt: number | null
  /** Until its retention by size, in bytes of the disk. */
  readonly roomBytes: number
  /** It grows with what cars send; else its size is that of the moment. */
  readonly grows: boolean
}

export type FoundStores = {
  readonly stores: readonly FoundStore[]
  readonly logs: readonly { readonly part: 'log' | 'derived'; readonly bytesMax: number }[]
  readonly disks: readonly (Disk & { readonly holds: readonly RoomPart[] })[]
  /** By how much the database's log of writes may still grow. */
  readonly reservedBytes: number
}

export const forEver: StoreRetention = { keptMs: null, bytesMax: null, settings: [] }
const plain = { retention: forEver, oldestAt: null, roomBytes: Infinity, unknown: null } as const

export async function findStores(sources: RoomSources): Promise<FoundStores> {
  const { logs, tables } = sources
  const inLogs = logs.flatMap((log) => storesOfLog(log, sources.topicSettings))
  const { stores, reservedBytes } = await storesOfTables(tables)
  const parts = [
    ...logs.filter(({ size }) => size !== undefined),
    ...(tables.isElsewhere ? [] : [{ part: 'tables' as const, dir: tables.dir }]),
  ]
  const local = logs.flatMap(({ part, size, bytesMax }) => (size === undefined ? [] : [{ part, bytesMax }]))
  return { stores: [...inLogs, ...stores], reservedBytes, logs: local, disks: await disksOf(parts) }
}

function storesOfLog({ part, size, topics }: LogSource, settings: readonly string[]): FoundStore[] {
  const specs = new Map(topics.map((spec) => [spec.name, spec]))
  // Topics of jobs that this process does not know have what the others have.
  const usual = topics[0]
  const retentionOf = (topic: string): StoreRetention => {
    const { ms = null, bytes = null } = (specs.get(topic) ?? usual)?.retention ?? {}
    return { keptMs: ms, bytesMax: bytes, settings: ms === null && bytes === null ? [] : settings }
  }
  const unsized = (unknown: 'kafka' | 'no-answer'): FoundStore[] =>
    topics.map(({ name }) => ({
      ...plain,
      part,
      kind: 'topic',
      name,
      sized: null,
      retention: retentionOf(name),
      grows: true,
      unknown,
    }))
  if (size === undefined) return unsized('kafka')
  const found = unlessAway(size)
  if (found === undefined) return unsized('no-answer')
  const { recordBytes, stateBytes, fileBytes } = found
  const allBytes = found.topics.reduce((sum, { bytes }) => sum + bytes, 0)
  // Pages are not quite full: each topic has its part of that.
  const share = allBytes === 0 ? 1 : recordBytes / allBytes
  const inTopics = found.topics.map(({ topic, bytes, appended, kept, oldestAt }): FoundStore => {
    const retention = retentionOf(topic)
    const roomBytes = retention.bytesMax === null ? Infinity : Math.max(0, retention.bytesMax - bytes) * share
    const sized = { bytes: Math.round(bytes * share), records: { appended, kept } }
    return { part, kind: 'topic', name: topic, sized, oldestAt, retention, roomBytes, unknown: null, grows: true }
  })
  const freeBytes = Math.max(0, fileBytes - stateBytes - recordBytes)
  return [
    ...inTopics,
    { ...plain, part, kind: 'state', name: 'state', sized: { bytes: stateBytes }, grows: true },
    { ...plain, part, kind: 'free', name: 'free', sized: { bytes: freeBytes }, grows: false },
  ]
}

async function storesOfTables({ size, retention }: RoomSources['tables']) {
  const part = 'tables' as const
  const found = await unlessAwayLater(size)
  if (found === undefined) {
    const none = { ...plain, part, kind: 'table', name: 'tables', sized: null, grows: true } as const
    return { stores: [{ ...none, unknown: 'no-answer' } satisfies FoundStore], reservedBytes: 0 }
  }
  const stores = found.tables.flatMap(({ table, bytes, oldestAt }): FoundStore[] =>
    bytes === null
      ? []
      : [
          {
            ...plain,
            part,
            kind: 'table',
            name: table,
            sized: { bytes },
            oldestAt,
            retention: retention[table] ?? forEver,
            grows: true,
          },
        ],
  )
  const { writeLog } = found
  if (writeLog === null) return { stores, reservedBytes: 0 }
  const { bytes, bytesMax } = writeLog
  const kept: StoreRetention = { keptMs: null, bytesMax, settings: [] }
  const ofWrites: FoundStore = {
    ...plain,
    part,
    kind: 'write-log',
    name: 'write-log',
    sized: { bytes },
    retention: kept,
    grows: false,
  }
  return { stores: [...stores, ofWrites], reservedBytes: Math.max(0, bytesMax - bytes) }
}

/** Parts on one disk share its room. */
async function disksOf(
  parts: readonly { readonly part: RoomPart; readonly dir: string }[],
): Promise<FoundStores['disks']> {
  const found = await Promise.all(parts.map(async ({ part, dir }) => ({ part, disk: await diskOf(dir) })))
  return [...Map.groupBy(found, ({ disk }) => disk.id).values()].flatMap((together) =>
    together[0] === undefined ? [] : [{ ...together[0].disk, holds: together.map(({ part }) => part) }],
  )
}

function unlessAway<Value>(ask: () => Value): Value | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Outage) return undefined
    throw error
  }
}

async function unlessAwayLater<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Outage) return undefined
    throw error
  }
}
