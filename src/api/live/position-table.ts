// Where every vehicle of one tenant was last, in columns, and which of it changed when, so that one
// encoding serves all readers that have the same. Vehicles have dense numbers in order of
// appearance, which never change: a reader knows all names below some number. The twin job decides
// which value is newest, as it knows samples, boots and receipts: here the later patch of the
// partition stands, and instants are not compared again. They could not be: one that is a day ahead
// would hold its place for a day, whatever the car says meanwhile.
import { findSignal } from '../../model/vss.ts'
import type { ListedSignal, TwinPatch } from '../../model/twin.ts'

export type PositionPatch = Pick<TwinPatch, 'vehicle' | 'receivedAt' | 'signals'>

export type PositionTable = {
  /** The next patch of a vehicle in its partition. `appendedAt`: when the log took it, for the
   *  latency. False when the table is full. */
  put(patch: PositionPatch, appendedAt: number): boolean
  /** A stored twin, in which patches may be that were put already, or will be: it fills in what no
   *  patch has said. False when the table is full. */
  fill(twin: PositionPatch): boolean
  /** The vehicle is not shown to those who come from now on. */
  forget(vehicle: string): void
  /** Ends a round: what `put` changes from now on belongs to the next. Gives the number of the
   *  round that ended, from 1. */
  closeRound(): number
  /** The JSON of the columns of up to `rowsMax` vehicles from number `from` on that changed after
   *  round `since`; `next` is where to go on, −1 at the end. */
  columns(since: number, from: number, rowsMax: number): Columns
  /** The JSON of `names` from number `from` up to, not including, `to`. */
  names(from: number, to: number): string
  /** The part of the table with the vehicles that are asked for when it is made or they come. It
   *  has numbers of its own: those of the table would tell how many other vehicles there are. */
  part(has: (vehicle: string) => boolean): PositionPart
  readonly size: number
  /** When the log took the rows of the round that has just ended; every nth of them, at most
   *  `max`. */
  appendedInRound(max: number): readonly number[]
}

export type PositionPart = Pick<PositionTable, 'columns' | 'names'> & {
  /** The round of the table has ended: takes in vehicles that are new since the last one. */
  roundClosed(): void
  /** In the order of their numbers. */
  readonly vehicles: readonly string[]
}

export type Columns = {
  readonly json: string
  readonly rows: number
  /** One more than the highest number in it. */ readonly upTo: number
  readonly next: number
}

const latitude = 'Vehicle.CurrentLocation.Latitude' satisfies ListedSignal
const longitude = 'Vehicle.CurrentLocation.Longitude' satisfies ListedSignal
const heading = 'Vehicle.CurrentLocation.Heading' satisfies ListedSignal
const speed = 'Vehicle.Speed' satisfies ListedSignal
export const shownSignals = [latitude, longitude, heading, speed] as const
for (const path of shownSignals) if (findSignal(path) === undefined) throw new Error(`${path} is not in the catalogue`)

const unknown = -1

type Row = {
  readonly vehicle: string
  /** Degrees × 1e6, whole, and when it was measured; undefined until known. */
  lat: Coordinate | undefined
  lon: Coordinate | undefined
  /** Undefined until a patch or stored twin has said it, be it that it is not known. */
  heading: number | undefined
  speedKmh: number | undefined
  receivedAt: number
  appendedAt: number | undefined
  round: number
  /** No longer shown. */
  forgotten: boolean
  /** Nothing stored is of it any more. */
  begunAnew: boolean
}

type Coordinate = { readonly e6: number; readonly at: number }

export function createPositionTable(vehiclesMax: number): PositionTable {
  const rows: Row[] = []
  const byVehicle = new Map<string, number>()
  let round = 1
  const encoded = createEncodings(rows)

  const rowOf = (vehicle: string): Row | undefined => {
    const number = byVehicle.get(vehicle)
    if (number !== undefined) return rows[number]
    if (rows.length >= vehiclesMax) return undefined
    const row = newRow(vehicle)
    byVehicle.set(vehicle, rows.push(row) - 1)
    return row
  }

  return {
    get size() {
      return rows.length
    },
    put(patch, appendedAt) {
      // A car that never said where it is takes no place in the table.
      if (!byVehicle.has(patch.vehicle) && shownSignals.every((path) => patch.signals[path] === undefined)) return true
      const row = rowOf(patch.vehicle)
      if (row === undefined) return false
      take(row, patch)
      row.forgotten = false
      row.round = round
      row.appendedAt = appendedAt
      return true
    },
    fill(twin) {
      if (!byVehicle.has(twin.vehicle) && shownSignals.every((path) => twin.signals[path] === undefined)) return true
      const row = rowOf(twin.vehicle)
      if (row === undefined) return false
      if (row.begunAnew) return true
      const { lat, lon, heading, speedKmh } = row
      take(row, twin)
      row.lat = lat ?? row.lat
      row.lon = lon ?? row.lon
      row.heading = heading ?? row.heading
      row.speedKmh = speedKmh ?? row.speedKmh
      row.round = round
      row.appendedAt = undefined
      return true
    },
    forget(vehicle) {
      const row = rowOf(vehicle)
      if (row !== undefined) Object.assign(row, newRow(vehicle), { forgotten: true, begunAnew: true })
    },
    closeRound() {
      encoded.forget()
      return round++
    },
    columns: encoded.columns,
    names: encoded.names,
    part(has) {
      const own: Row[] = []
      const encodedOwn = createEncodings(own)
      let looked = 0
      const takeIn = (): void => {
        for (; looked < rows.length; looked += 1) if (has(rows[looked]!.vehicle)) own.push(rows[looked]!)
      }
      takeIn()
      return {
        columns: encodedOwn.columns,
        names: encodedOwn.names,
        roundClosed() {
          encodedOwn.forget()
          takeIn()
        },
        get vehicles() {
          return own.map(({ vehicle }) => vehicle)
        },
      }
    },
    appendedInRound(max) {
      const found = rows.flatMap((row) =>
        row.round === round - 1 && row.appendedAt !== undefined ? [row.appendedAt] : [],
      )
      const step = Math.max(1, Math.ceil(found.length / max))
      return found.filter((_, index) => index % step === 0)
    },
  }
}

/** Encodings of the rows in a round: readers that have the same get the same. */
function createEncodings(rows: readonly Row[]): Pick<PositionTable, 'columns' | 'names'> & { forget(): void } {
  const columnsMade = new Map<string, Columns>()
  const namesMade = new Map<string, string>()
  return {
    forget() {
      columnsMade.clear()
      namesMade.clear()
    },
    columns(since, from, rowsMax) {
      const key = `${since}/${from}/${rowsMax}`
      let made = columnsMade.get(key)
      if (made === undefined) columnsMade.set(key, (made = encodeColumns(rows, since, from, rowsMax)))
      return made
    },
    names(from, to) {
      const key = `${from}/${to}`
      let made = namesMade.get(key)
      if (made === undefined) {
        made = JSON.stringify(rows.slice(from, to).map(({ vehicle }, index) => [from + index, vehicle]))
        namesMade.set(key, made)
      }
      return made
    },
  }
}

const newRow = (vehicle: string): Row => ({
  vehicle,
  lat: undefined,
  lon: undefined,
  heading: undefined,
  speedKmh: undefined,
  receivedAt: unknown,
  appendedAt: undefined,
  round: 0,
  forgotten: false,
  begunAnew: false,
})

/** A car that loses its fix, or tells a place that is doubted, keeps its last one, with its time; a
 *  speed or heading that is not known is shown as not known, and so is a speed that is doubted or
 *  whose instant is marked: it is not that of now. */
function take(row: Row, { receivedAt, signals }: PositionPatch): void {
  const { [latitude]: lat, [longitude]: lon, [heading]: course, [speed]: pace } = signals
  if (receivedAt !== null && receivedAt > row.receivedAt) row.receivedAt = receivedAt
  if (isNumber(lat?.value) && lat.doubt === undefined) row.lat = { e6: Math.round(lat.value * 1e6), at: lat.at }
  if (isNumber(lon?.value) && lon.doubt === undefined) row.lon = { e6: Math.round(lon.value * 1e6), at: lon.at }
  if (course !== undefined) row.heading = isNumber(course.value) ? Math.round(course.value) % 360 : unknown
  if (pace !== undefined)
    row.speedKmh =
      isNumber(pace.value) && pace.clockDoubt === undefined && pace.doubt === undefined
        ? Math.round(Math.abs(pace.value))
        : unknown
}

/** JSON can hold 1e999, which is Infinity once parsed. */
const isNumber = (value: unknown): value is number => Number.isFinite(value)

/** `at` is when the place was measured: a place is as old as that, whatever else the car still
 *  says. `receivedAt` is when the car was heard: its state goes by that, so that a car whose
 *  instants are long past, or yet to come, is where it says while it speaks, and silent when it
 *  does not. */
function encodeColumns(rows: readonly Row[], since: number, from: number, rowsMax: number): Columns {
  const number: number[] = []
  const at: number[] = []
  const receivedAt: number[] = []
  const lat: number[] = []
  const lon: number[] = []
  const headings: number[] = []
  const speeds: number[] = []
  let index = from
  for (; index < rows.length && number.length < rowsMax; index++) {
    const row = rows[index]!
    if (row.round <= since || row.lat === undefined || row.lon === undefined || row.forgotten) continue
    number.push(index)
    at.push(Math.max(row.lat.at, row.lon.at))
    receivedAt.push(row.receivedAt)
    lat.push(row.lat.e6)
    lon.push(row.lon.e6)
    headings.push(row.heading ?? unknown)
    speeds.push(row.speedKmh ?? unknown)
  }
  const columns = { number, at, receivedAt, lat, lon, heading: headings, speedKmh: speeds }
  const json = Object.entries(columns)
    .map(([name, values]) => `"${name}":[${values.join()}]`)
    .join()
  return { json, rows: number.length, upTo: (number.at(-1) ?? -1) + 1, next: index < rows.length ? index : -1 }
}
