// Where every vehicle of one tenant was last, in columns, and which of it changed when, so that one encoding serves all readers that have the same.
// Vehicles have dense numbers in order of appearance, which never change: a reader knows all names below some number. Order-proof: a value
// measured earlier than the one held is left out.
import { findSignal } from '../../model/vss.ts'
import type { TwinPatch, TwinValue } from '../../model/read-models.ts'

export type PositionTable = {
  /** The newest values of a vehicle. `appendedAt`: when the log took them, for the latency; absent when they are old. False when the table is full. */
  put(patch: Pick<TwinPatch, 'vehicle' | 'signals'>, appendedAt?: number): boolean
  /** The vehicle is not shown to those who come from now on. */
  forget(vehicle: string): void
  /** Ends a round: what `put` changes from now on belongs to the next. Gives the number of the round that ended, from 1. */
  closeRound(): number
  /** The JSON of the columns of up to `rowsMax` vehicles from number `from` on that changed after round `since`; `next` is where to go on, −1 at the end. */
  columns(since: number, from: number, rowsMax: number): Columns
  /** The JSON of `names` from number `from` up to, not including, `to`. */
  names(from: number, to: number): string
  readonly size: number
  /** When the log took the rows of the round that has just ended; every nth of them, at most `max`. */
  appendedInRound(max: number): readonly number[]
}

export type Columns = {
  readonly json: string
  readonly rows: number
  /** One more than the highest number in it. */ readonly upTo: number
  readonly next: number
}

const latitude = 'Vehicle.CurrentLocation.Latitude'
const longitude = 'Vehicle.CurrentLocation.Longitude'
const heading = 'Vehicle.CurrentLocation.Heading'
const speed = 'Vehicle.Speed'
for (const path of [latitude, longitude, heading, speed])
  if (findSignal(path) === undefined) throw new Error(`${path} is not in the catalogue`)

const unknown = -1

type Row = {
  readonly vehicle: string
  latAt: number
  lonAt: number
  headingAt: number
  speedAt: number
  /** Degrees × 1e6, whole; undefined until known. */
  lat: number | undefined
  lon: number | undefined
  heading: number
  speedKmh: number
  appendedAt: number | undefined
  round: number
  forgotten: boolean
}

export function createPositionTable(vehiclesMax: number): PositionTable {
  const rows: Row[] = []
  const byVehicle = new Map<string, number>()
  let round = 1
  /** Encodings of the round: readers that have the same get the same. */
  const columnsMade = new Map<string, Columns>()
  const namesMade = new Map<string, string>()

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
    put({ vehicle, signals }, appendedAt) {
      if (
        signals[latitude] === undefined &&
        signals[longitude] === undefined &&
        signals[speed] === undefined &&
        signals[heading] === undefined
      )
        return true
      const row = rowOf(vehicle)
      if (row === undefined) return false
      if (!take(row, signals)) return true
      row.forgotten = false
      row.round = round
      row.appendedAt = appendedAt
      return true
    },
    forget(vehicle) {
      const row = rows[byVehicle.get(vehicle) ?? -1]
      if (row !== undefined) Object.assign(row, { ...newRow(vehicle), forgotten: true })
    },
    closeRound() {
      columnsMade.clear()
      namesMade.clear()
      return round++
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
    appendedInRound(max) {
      const found = rows.flatMap((row) => (row.round === round - 1 && row.appendedAt !== undefined ? [row.appendedAt] : []))
      const step = Math.max(1, Math.ceil(found.length / max))
      return found.filter((_, index) => index % step === 0)
    },
  }
}

const newRow = (vehicle: string): Row => ({
  vehicle,
  latAt: -Infinity,
  lonAt: -Infinity,
  headingAt: -Infinity,
  speedAt: -Infinity,
  lat: undefined,
  lon: undefined,
  heading: unknown,
  speedKmh: unknown,
  appendedAt: undefined,
  round: 0,
  forgotten: false,
})

/** Takes what is newer. A car that loses its fix keeps its last place, with its time; a speed or heading that is not known is shown as not known. */
function take(row: Row, signals: Readonly<Record<string, TwinValue>>): boolean {
  const { [latitude]: lat, [longitude]: lon, [heading]: course, [speed]: pace } = signals
  let changed = false
  // JSON can hold 1e999, which is Infinity once parsed.
  const isNumber = (value: unknown): value is number => Number.isFinite(value)
  if (lat !== undefined && lat.at >= row.latAt && isNumber(lat.value)) {
    row.lat = Math.round(lat.value * 1e6)
    row.latAt = lat.at
    changed = true
  }
  if (lon !== undefined && lon.at >= row.lonAt && isNumber(lon.value)) {
    row.lon = Math.round(lon.value * 1e6)
    row.lonAt = lon.at
    changed = true
  }
  if (course !== undefined && course.at >= row.headingAt) {
    row.heading = isNumber(course.value) ? Math.round(course.value) % 360 : unknown
    row.headingAt = course.at
    changed = true
  }
  if (pace !== undefined && pace.at >= row.speedAt) {
    row.speedKmh = isNumber(pace.value) ? Math.round(Math.abs(pace.value)) : unknown
    row.speedAt = pace.at
    changed = true
  }
  return changed
}

/** `at` is when the place was measured: a place is as old as that, whatever else the car still says. */
function encodeColumns(rows: readonly Row[], since: number, from: number, rowsMax: number): Columns {
  const number: number[] = []
  const at: number[] = []
  const lat: number[] = []
  const lon: number[] = []
  const headings: number[] = []
  const speeds: number[] = []
  let index = from
  for (; index < rows.length && number.length < rowsMax; index++) {
    const row = rows[index]!
    if (row.round <= since || row.lat === undefined || row.lon === undefined || row.forgotten) continue
    number.push(index)
    at.push(Math.max(row.latAt, row.lonAt))
    lat.push(row.lat)
    lon.push(row.lon)
    headings.push(row.heading)
    speeds.push(row.speedKmh)
  }
  const json = `"number":[${number.join()}],"at":[${at.join()}],"lat":[${lat.join()}],"lon":[${lon.join()}],"heading":[${headings.join()}],"speedKmh":[${speeds.join()}]`
  return { json, rows: number.length, upTo: (number.at(-1) ?? -1) + 1, next: index < rows.length ? index : -1 }
}
