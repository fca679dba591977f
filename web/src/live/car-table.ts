// The worker's own copy of every car: events go in, a frame of floats comes out. A vehicle has a
// slot from its first position on, and keeps it for the life of the page, also across connections,
// where the feed numbers it anew; when the feed says that the reader sees other vehicles now, all
// slots are given anew. The feed names vehicles before they have a position, and some
// never get one: those have no slot, so whatever is in the frame is somewhere.
import type { PositionsEvent } from '../../../src/api/contract.ts'
import { mercatorX, mercatorY, metresPerUnit } from '../map/mercator.ts'
import { anchor, carAt, carState, carStride, column, neverHeardS, type CarFrame, type CarState } from './car-columns.ts'

export type CarFilter = {
  readonly state: CarState | 'all'
  /** Case-insensitive part of the vehicle id. */
  readonly search: string
  /** Only these vehicles, or all. */
  readonly vehicles: ReadonlySet<string> | null
}

export type CarCounts = {
  readonly total: number
  readonly moving: number
  readonly parked: number
  readonly silent: number
  readonly shown: number
}

export type CarTable = {
  apply(event: PositionsEvent, nowAt: number): void
  /** Numbers are those of one connection. */
  forgetNumbers(): void
  setFilter(filter: CarFilter): void
  /** Recounts and refilters by the time that has passed. */
  count(nowAt: number): CarCounts
  frame(): CarFrame
  /** Names given to slots since the last call. */
  takeNames(): readonly (readonly [slot: number, vehicle: string])[]
  /** Whether all slots were given anew since the last call: no name from before holds. */
  takeAnew(): boolean
}

/** The feed's report of one car: `at` by the car's clock, `receivedAt` by ours; −1 = not known.
 *  Degrees and km/h. */
type Report = {
  readonly at: number
  readonly receivedAt: number
  readonly lat: number
  readonly lon: number
  readonly heading: number
  readonly speedKmh: number
}

function twice<Numbers extends Float32Array | Float64Array>(
  numbers: Numbers,
  kind: new (length: number) => Numbers,
): Numbers {
  const larger = new kind(numbers.length * 2)
  larger.set(numbers)
  return larger
}

/** A car that was that far away did not drive here: it is set down, not drawn flying. */
const jumpM = 400
const glideMs = { min: 200, max: 2500 } as const
/** Seconds in 32 bits lose their milliseconds after some hours: the epoch moves before that. */
const epochMsMax = 3_600_000

export function createCarTable(startedAt: number): CarTable {
  const slots = new Map<string, number>()
  const names: string[] = []
  /** When each car was last set on its way, by the page's clock, and when the place it goes to was
   *  measured, by the car's. */
  let movedAtMs = new Float64Array(1024)
  let measuredAtMs = new Float64Array(1024)
  let floats = new Float32Array(1024 * carStride)
  let vehicleOfNumber: string[] = []
  let fresh: [number, string][] = []
  let isAnew = false
  let epochAt = startedAt
  let filter: CarFilter = { state: 'all', search: '', vehicles: null }

  const frame = (): CarFrame => ({ floats, count: names.length, epochAt })

  function addSlot(vehicle: string): number {
    const slot = names.push(vehicle) - 1
    slots.set(vehicle, slot)
    fresh.push([slot, vehicle])
    if ((slot + 1) * carStride > floats.length) {
      floats = twice(floats, Float32Array)
      movedAtMs = twice(movedAtMs, Float64Array)
      measuredAtMs = twice(measuredAtMs, Float64Array)
    }
    return slot
  }

  function beginAnew(): void {
    slots.clear()
    names.length = 0
    fresh = []
    vehicleOfNumber = []
    isAnew = true
  }

  function rebase(nowAt: number): void {
    if (nowAt - epochAt < epochMsMax) return
    const shiftS = (nowAt - epochAt) / 1000
    for (let base = 0; base < names.length * carStride; base += carStride) {
      floats[base + column.startS] = (floats[base + column.startS] ?? 0) - shiftS
      floats[base + column.measuredAtS] = (floats[base + column.measuredAtS] ?? 0) - shiftS
      const heardAtS = floats[base + column.heardAtS] ?? neverHeardS
      if (heardAtS !== neverHeardS) floats[base + column.heardAtS] = heardAtS - shiftS
    }
    epochAt = nowAt
  }

  function take(vehicle: string, report: Report, nowAt: number): void {
    const known = slots.get(vehicle)
    const slot = known ?? addSlot(vehicle)
    const base = slot * carStride
    // A car may be heard without a word of its place: it goes on with the way it is on.
    if (known === undefined || measuredAtMs[slot] !== report.at) move(slot, report, known !== undefined, nowAt)
    measuredAtMs[slot] = report.at
    floats[base + column.measuredAtS] = (report.at - epochAt) / 1000
    floats[base + column.heardAtS] = report.receivedAt < 0 ? neverHeardS : (report.receivedAt - epochAt) / 1000
    floats[base + column.speedKmh] = report.speedKmh
  }

  function move(slot: number, { lat, lon, heading }: Report, wasShown: boolean, nowAt: number): void {
    const base = slot * carStride
    const x = mercatorX(lon) - anchor.x
    const y = mercatorY(lat) - anchor.y
    const shownAt = wasShown ? carAt(frame(), slot, nowAt) : undefined
    const fromX = shownAt === undefined ? x : shownAt.x - anchor.x
    const fromY = shownAt === undefined ? y : shownAt.y - anchor.y
    const jumped = Math.hypot(x - fromX, y - fromY) * metresPerUnit(lat) > jumpM
    // The next report is expected after as long as this one took: the car arrives just when it
    // comes.
    const durationMs = Math.min(glideMs.max, Math.max(glideMs.min, nowAt - (movedAtMs[slot] ?? 0)))
    const fromHeading = shownAt?.heading ?? heading
    floats[base + column.fromX] = jumped ? x : fromX
    floats[base + column.fromY] = jumped ? y : fromY
    floats[base + column.toX] = x
    floats[base + column.toY] = y
    floats[base + column.startS] = (nowAt - epochAt) / 1000
    floats[base + column.durationS] = durationMs / 1000
    floats[base + column.fromHeading] = heading < 0 ? -1 : fromHeading
    floats[base + column.turn] = heading < 0 ? 0 : ((heading - fromHeading + 540) % 360) - 180
    movedAtMs[slot] = nowAt
  }

  const matches = (slot: number, state: CarState): boolean => {
    if (filter.state !== 'all' && filter.state !== state) return false
    const name = names[slot] ?? ''
    if (filter.search !== '' && !name.toLowerCase().includes(filter.search)) return false
    return filter.vehicles === null || filter.vehicles.has(name)
  }

  return {
    apply(event, nowAt) {
      rebase(nowAt)
      if (event.anew === true) beginAnew()
      for (const [number, vehicle] of event.names) vehicleOfNumber[number] = vehicle
      event.number.forEach((number, index) => {
        const vehicle = vehicleOfNumber[number]
        const at = event.at[index]
        const receivedAt = event.receivedAt[index] ?? -1
        const lat = event.lat[index]
        const lon = event.lon[index]
        if (vehicle === undefined || at === undefined || lat === undefined || lon === undefined) return
        const [heading, speedKmh] = [event.heading[index] ?? -1, event.speedKmh[index] ?? -1]
        take(vehicle, { at, receivedAt, lat: lat / 1e6, lon: lon / 1e6, heading, speedKmh }, nowAt)
      })
    },
    forgetNumbers() {
      vehicleOfNumber = []
    },
    setFilter(next) {
      filter = { ...next, search: next.search.trim().toLowerCase() }
    },
    count(nowAt) {
      const counts = { total: 0, moving: 0, parked: 0, silent: 0, shown: 0 }
      const nowS = (nowAt - epochAt) / 1000
      for (let slot = 0; slot < names.length; slot++) {
        const base = slot * carStride
        const heardAtS = floats[base + column.heardAtS] ?? neverHeardS
        const state = carState((nowS - heardAtS) * 1000, floats[base + column.speedKmh] ?? -1)
        const shown = matches(slot, state)
        floats[base + column.shown] = shown ? 1 : 0
        counts.total++
        counts[state]++
        if (shown) counts.shown++
      }
      return counts
    },
    frame,
    takeNames() {
      const taken = fresh
      fresh = []
      return taken
    },
    takeAnew() {
      const taken = isAnew
      isAnew = false
      return taken
    },
  }
}
