// A city of cars that live by themselves: pure of clock and network. The same options give the same
// happenings, byte for byte and in the same order, however the time is cut into steps.
import type { City } from '../city/city.ts'
import { newCar, type Car } from './car.ts'
import { weatherAt, type Weather } from './climate.ts'
import { incidentKinds, usualRates, type IncidentKind, type IncidentRates, type PlannedIncident } from './incidents.ts'
import { crashNow, liveSecond, tripTruth, type WorldSink, type World } from './life.ts'
import { openLanes } from './lanes.ts'
import { drawCrash, startMishap } from './mishap.ts'
import type { Random } from './random.ts'
import { placeOnRoute } from './drive.ts'
import { openStreets } from './streets.ts'
import { drawFirstStayMs, type Activity } from './trip-plan.ts'
import { toldBy, type UnitKind } from './unit.ts'

export type WorldOptions = {
  readonly city: City
  /** A whole number; what it is does not matter, only that it is the same. */
  readonly seed: number
  readonly cars: number
  /** The cars are `PREFIX-00001` and so on; `car` by default. */
  readonly prefix?: string | undefined
  /** Epoch milliseconds of the world's first instant. */
  readonly startAt: number
  /** The units of the cars, in turn; all of them `full` by default. */
  readonly units?: readonly UnitKind[]
  readonly activity?: Activity
  readonly rates?: IncidentRates
  readonly incidents?: readonly PlannedIncident[]
}

export type CarWorld = {
  readonly cars: readonly Car[]
  /** Lives on until `toAt` (not included): every car's seconds before it, in order of time. */
  readonly step: (toAt: number, sink: WorldSink) => void
  /** Tells the truth of what is still under way. */
  readonly finish: (sink: WorldSink) => void
}

export const carsMax = 50_000
const weatherEveryS = 60

/** Builds the world: a second or so for 10,000 cars, most of it the road graph. */
export function openWorld(options: WorldOptions): CarWorld {
  const { city, seed, startAt, activity = 'lively', rates = usualRates, units = ['full'] } = options
  if (!Number.isInteger(options.cars) || options.cars < 1 || options.cars > carsMax)
    throw new RangeError(`"cars" is a whole number from 1 to ${carsMax}, not ${options.cars}.`)
  const streets = openStreets(city, seed)
  const cars = Array.from({ length: options.cars }, (_, index) =>
    newCar(seed, index, { prefix: options.prefix, unit: units[index % units.length] }),
  )
  const lanes = openLanes(cars.length, streets.graph.edgeCount, (car) => cars[car]!.motion.s)
  const order = [...cars].sort((a, b) => a.phaseMs - b.phaseMs || a.index - b.index)
  const planned = [...(options.incidents ?? [])].sort((a, b) => a.afterMs - b.afterMs)

  let second = 0
  let next = 0
  let weather: Weather = weatherAt(startAt, seed)
  const worldFor = (sink: WorldSink): World => ({
    streets,
    lanes,
    cars,
    plane: streets.graph.plane,
    startAt,
    activity,
    sink: throughUnits(sink),
    get weather() {
      return weather
    },
  })
  for (const car of cars) parkSomewhere(car, worldFor(silentSink), activity, startAt)

  return {
    cars,
    step: (toAt, sink) => {
      const world = worldFor(sink)
      for (;;) {
        const car = order[next]!
        const at = startAt + second * 1000 + car.phaseMs
        if (at >= toAt) return
        if (next === 0 && second % weatherEveryS === 0) weather = weatherAt(at, seed)
        if (!meetIncident(car, world, at, planned, rates)) liveSecond(car, world, at)
        if (++next === order.length) {
          next = 0
          second++
        }
      }
    },
    finish: (sink) => {
      for (const car of cars) if (car.phase !== 'parked') sink.truth(tripTruth(car, worldFor(sink), null))
    },
  }
}

const throughUnits = (sink: WorldSink): WorldSink => ({
  ...sink,
  uplink: (car, stream, utterance) => {
    const told = toldBy(car.unit, utterance)
    if (told !== undefined) sink.uplink(car, stream, told)
  },
})

const silentSink: WorldSink = { uplink: () => {}, truth: () => {}, network: () => {} }

function parkSomewhere(car: Car, world: World, activity: Activity, startAt: number): void {
  const { edge, s } = world.streets.drawKerb(car.random)
  car.motion.route = Uint32Array.of(edge)
  car.motion.s = s
  placeOnRoute(car, world)
  car.motion.heading = world.streets.graph.pointBearing[world.streets.graph.pointStart[edge]!]!
  car.phaseStartAt = startAt + car.phaseMs
  car.phaseEndsAt = startAt + drawFirstStayMs(car, activity, startAt)
}

/** An incident that is asked for, or one by chance. Gives true when it took the place of the car's
 *  second. */
function meetIncident(car: Car, world: World, at: number, planned: PlannedIncident[], rates: IncidentRates): boolean {
  if (car.phase !== 'driving' || car.phaseEndsAt !== 0) return false
  for (let i = 0; i < planned.length && at - world.startAt >= planned[i]!.afterMs; i++) {
    const { kind, car: wanted } = planned[i]!
    if (wanted !== null && wanted !== car.index) continue
    const happened = start(kind, car, world, at)
    if (happened === 'no') continue
    planned.splice(i, 1)
    return happened === 'instead'
  }
  const kind = drawKind(rates, car.luck)
  return kind !== null && start(kind, car, world, at) === 'instead'
}

const secondsAnHour = 3600

function drawKind(rates: IncidentRates, luck: Random): IncidentKind | null {
  let left = luck.unit() * secondsAnHour
  for (const kind of incidentKinds) {
    left -= rates[kind]
    if (left < 0) return kind
  }
  return null
}

function start(kind: IncidentKind, car: Car, world: World, at: number): 'no' | 'also' | 'instead' {
  if (kind === 'crash' || kind === 'minor-crash') {
    const pulse = drawCrash(kind, car)
    if (pulse === null) return 'no'
    crashNow(car, world, at, pulse)
    return 'instead'
  }
  if (!startMishap(kind, car, at)) return 'no'
  if (kind === 'pothole') {
    const peakG = Math.round((car.mishaps.shock.vertical / 9.81) * 100) / 100
    world.sink.truth({ kind, vehicle: car.id, at, peakG })
  }
  return 'also'
}
