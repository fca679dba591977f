// The report of what is stored, made of looks at it.
import type { DiskRoom, Filling, LogRoom, RoomReport, StoreRoom } from '../model/room-report.ts'
import { daysUntilFull } from './forecast.ts'
import type { FoundStores, FoundStore } from './found-stores.ts'
import { bytesPerDayOf, dayMs, measuring, type SizeSample } from './growth.ts'

/** A look at all that is stored. */
export type Look = FoundStores & {
  /** By a clock that nobody sets, and by the log's. */
  readonly atMs: number
  readonly at: number
  /** Vehicles heard since the first look of the measure. */
  readonly cars: number | null
}

export type LogTime = {
  now(): number
  /** The append time of what is so old now. */
  agedAt(ms: number): number
}

type Reckoned = StoreRoom & {
  /** Null: not known. */
  readonly bytesToCome: number | null
}

/** Beyond it a forecast is a guess. */
const yearsMax = 10

/** `looks`: oldest first, at least one. */
export function roomOf(looks: readonly Look[], time: LogTime): Omit<RoomReport, 'elsewhere'> {
  const last = looks.at(-1)!
  const samples = samplesOf(looks)
  const stores = last.stores.map((store) => reckon(store, { samples: samples.get(keyOf(store)) ?? [], time, ...last }))
  return {
    measuredMs: Math.round(last.atMs - looks[0]!.atMs),
    measuredMsLeast: measuring.settleMs + measuring.leastMs,
    cars: last.cars,
    stores: stores.map(({ bytesToCome: _bytesToCome, ...store }) => store),
    disks: last.disks.map(({ id: _id, ...disk }) => ({
      ...disk,
      ...fillingOfDisk(disk, stores, last.reservedBytes, time),
    })),
    logs: last.logs.map((log) => roomOfLog(log, stores, time)),
  }
}

const keyOf = ({ part, kind, name }: FoundStore): string => `${part}/${kind}/${name}`

function samplesOf(looks: readonly Look[]): ReadonlyMap<string, readonly SizeSample[]> {
  const samples = new Map<string, SizeSample[]>()
  for (const { atMs, stores } of looks)
    for (const store of stores) {
      if (store.sized === null) continue
      const of = samples.get(keyOf(store)) ?? []
      of.push({ ...store.sized, atMs })
      samples.set(keyOf(store), of)
    }
  return samples
}

type Reckoning = {
  readonly samples: readonly SizeSample[]
  readonly time: LogTime
  readonly cars: number | null
}

function reckon(store: FoundStore, { samples, time, cars }: Reckoning): Reckoned {
  const { part, kind, name, retention, sized } = store
  const told = { part, kind, name, retention, bytes: sized?.bytes ?? null }
  const none = { bytesPerDay: null, bytesPerDayPerCar: null }
  if (!store.grows) return { ...told, ...none, isSteady: true, unknown: null, bytesToCome: 0 }
  if (sized === null) return { ...told, ...none, isSteady: null, unknown: store.unknown, bytesToCome: null }
  const bytesPerDay = costOf(store, sized.bytes, bytesPerDayOf(samples), time)
  const bytesToCome = toCome(store, sized.bytes, bytesPerDay, time)
  return {
    ...told,
    bytesPerDay: bytesPerDay === null ? null : Math.round(bytesPerDay),
    bytesPerDayPerCar: bytesPerDay === null || cars === null || cars === 0 ? null : Math.round(bytesPerDay / cars),
    isSteady: bytesToCome === null ? null : bytesToCome === 0 || bytesPerDay === 0,
    unknown: bytesPerDay === null ? 'measuring' : null,
    bytesToCome,
  }
}

/** Room of what was dropped is used again: at its retention a table grows no more, and a day costs
 *  what each of those that are kept takes. */
function costOf(store: FoundStore, bytes: number, measured: number | null, time: LogTime): number | null {
  const { sized, retention } = store
  if (sized?.records !== undefined || retention.keptMs === null) return measured
  const perKeptDay = (bytes / retention.keptMs) * dayMs
  if (measured === null) return isAged(store, retention.keptMs, time) ? perKeptDay : null
  return Math.max(measured, perKeptDay)
}

/** Batches go as a whole, each up to an hour, or a twenty-fourth of the time, after its oldest
 *  record. */
const isAged = ({ oldestAt }: FoundStore, keptMs: number, time: LogTime): boolean =>
  oldestAt !== null && oldestAt - time.agedAt(keptMs) <= keptMs / 24

/** Less room than this until a retention by size is none. */
const restShare = 0.02

/** By how much it still grows; null where that is not known. */
function toCome(store: FoundStore, bytes: number, perDay: number | null, time: LogTime): number | null {
  const { retention, oldestAt, roomBytes } = store
  const { keptMs, bytesMax } = retention
  if (bytesMax !== null && roomBytes <= bytesMax * restShare) return 0
  if (keptMs !== null && isAged(store, keptMs, time)) return 0
  if (perDay === null) return null
  if (keptMs === null) return perDay === 0 ? 0 : roomBytes
  const leftMs = oldestAt === null ? keptMs : oldestAt - time.agedAt(keptMs)
  // How old the rows of a table are is not known, as wrong clocks may say so: as many days as fill
  // it at this rate are behind it.
  const filled = oldestAt === null ? bytes : 0
  return Math.min(roomBytes, Math.max(0, (perDay * leftMs) / dayMs - filled))
}

/** The disk, and the room that is set apart on it. */
function fillingOfDisk(
  { holds, freeBytes }: Pick<DiskRoom, 'holds' | 'freeBytes'>,
  stores: readonly Reckoned[],
  reservedBytes: number,
  time: LogTime,
): Filling {
  const reserved = holds.includes('tables') ? reservedBytes : 0
  const here = stores.filter(({ part }) => holds.includes(part))
  const { bytesToCome, ...filling } = fillingOf(here, freeBytes - reserved, time)
  return { ...filling, bytesToCome: bytesToCome === null ? null : bytesToCome + reserved }
}

/** Pages that are free in its file are used again, and no part of its size. */
function roomOfLog({ part, bytesMax }: Look['logs'][number], stores: readonly Reckoned[], time: LogTime): LogRoom {
  const here = stores.filter((store) => store.part === part && store.kind !== 'free')
  const bytes = here.reduce((sum, store) => sum + (store.bytes ?? 0), 0)
  return { part, bytes, bytesMax, ...fillingOf(here, bytesMax - bytes, time) }
}

function fillingOf(stores: readonly Reckoned[], freeBytes: number, time: LogTime): Filling {
  const growths = stores.flatMap(({ bytesPerDay, bytesToCome }) =>
    bytesToCome === null ? [] : [{ bytesPerDay: bytesPerDay ?? 0, bytesToCome }],
  )
  if (growths.length < stores.length) return { fullAt: null, why: 'unknown', bytesToCome: null }
  const sum = growths.reduce((bytes, each) => bytes + each.bytesToCome, 0)
  const bytesToCome = sum === Infinity ? null : Math.round(sum)
  const days = daysUntilFull(freeBytes, growths)
  if (days === Infinity) return { fullAt: null, why: 'rests', bytesToCome }
  if (days > yearsMax * 365) return { fullAt: null, why: 'years', bytesToCome }
  return { fullAt: Math.round(time.now() + days * dayMs), why: null, bytesToCome }
}
