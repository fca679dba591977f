// The trips and crashes that the jobs find in a simulated city whose units are at fault, against
// what happened in it. Nobody can know to the second an end that lies in a silence: it is right
// when it is found within.
import type { City } from '../../src/city/city.ts'
import type { Alert } from '../../src/read-models/alerts/alerts.ts'
import type { Trip } from '../../src/read-models/trips/trips.ts'
import { tripDistanceM } from '../../src/jobs/trips/trip-rules.ts'
import { usualRates } from '../../src/sim/incidents.ts'
import { simulateOffline } from '../../src/sim/offline.ts'
import type { TripTruth, Truth } from '../../src/sim/truth.ts'
import { openJobs, startAt, type SimulationToScore } from './score-simulation.ts'
import { throwFaults, type FaultKind, type FaultRates, type Span } from './throw-faults.ts'

export type FaultScore = {
  readonly carHours: number
  readonly messages: number
  readonly thrown: Readonly<Record<FaultKind, number>>
  readonly trips: {
    /** Driven, and not wholly within a silence. */
    readonly driven: number
    readonly found: number
    readonly right: number
    /** Driven ones that are one with the next, whose whole pause lies in one silence. */
    readonly joined: number
    /** Those not found of which less was heard than an end may be off by; they are not among the
     *  driven. */
    readonly barelyHeard: number
    readonly missed: readonly TripTruth[]
    readonly falseOnes: readonly Trip[]
    /** Of the trips found whose truth is a kilometre or more: how far what was driven, heard and
     *  unheard, is off, in per cent, ascending. Ones of which it is not known how far they went
     *  unheard are counted instead. */
    readonly distancePercent: readonly number[]
    readonly unknownWays: number
  }
  readonly crashes: {
    /** Those whose pulse was heard, and those of them that no standing alert tells. */
    readonly heard: number
    readonly missed: readonly Truth[]
    readonly confirmed: number
    readonly falseConfirmed: readonly Alert[]
    readonly falsePossible: number
    /** Possible ones that were no crash and were withdrawn, of all that were told as possible or
     *  confirmed. */
    readonly withdrawn: number
    readonly told: number
  }
}

const nearMs = 30_000
const crashNearMs = 5_000
const longM = 1_000

export function scoreWithFaults(city: City, options: SimulationToScore & { readonly rates: FaultRates }): FaultScore {
  const truths: Truth[] = []
  const durationMs = options.hours * 3_600_000
  const incidents = { ...usualRates, crash: options.crashesPerHour, 'minor-crash': options.crashesPerHour }
  const sent = simulateOffline({
    city,
    ...options,
    startAt,
    durationMs,
    rates: incidents,
    onTruth: (truth) => truths.push(truth),
  })
  const thrown = throwFaults(sent, options.rates, options.seed)
  const jobs = openJobs()
  const messages = jobs.feedAll(thrown.messages())
  const silencesOf = (vehicle: string): readonly Span[] => asOne(thrown.holes.get(vehicle) ?? [])
  return {
    carHours: options.cars * options.hours,
    messages,
    thrown: thrown.counts,
    trips: scoreTrips(truths, [...jobs.trips.values()], silencesOf, startAt + durationMs),
    crashes: scoreCrashes(truths, [...jobs.alerts.values()], silencesOf),
  }
}

/** The score of two cities together. */
export function bothOf(one: FaultScore, other: FaultScore): FaultScore {
  return {
    carHours: one.carHours + other.carHours,
    messages: one.messages + other.messages,
    thrown: together(one.thrown, other.thrown),
    trips: {
      ...together(one.trips, other.trips),
      distancePercent: [...one.trips.distancePercent, ...other.trips.distancePercent].sort((a, b) => a - b),
    },
    crashes: together(one.crashes, other.crashes),
  }
}

/** Counts added up, and lists one after the other. */
const together = <Counts extends object>(one: Counts, other: Counts): Counts =>
  Object.fromEntries(
    Object.entries(one).map(([name, value]: [string, unknown]) => {
      const more: unknown = other[name as keyof Counts]
      return [name, Array.isArray(value) ? [...value, ...(more as unknown[])] : Number(value) + Number(more)]
    }),
  ) as Counts

/** Silences that follow each other within what an end may be off by are one. */
function asOne(spans: readonly Span[]): Span[] {
  const found: Span[] = []
  for (const span of spans) {
    const last = found.at(-1)
    if (last !== undefined && span.fromAt - last.toAt <= nearMs)
      found[found.length - 1] = { fromAt: last.fromAt, toAt: span.toAt }
    else found.push(span)
  }
  return found
}

type SilencesOf = (vehicle: string) => readonly Span[]

const isIn = (at: number, { fromAt, toAt }: Span, slackMs: number): boolean =>
  at >= fromAt - slackMs && at <= toAt + slackMs

/** Whether an end is found where it was, or in the silence it lies in. */
const isEnd = (found: number, truth: number, silences: readonly Span[]): boolean =>
  Math.abs(found - truth) <= nearMs || silences.some((span) => isIn(truth, span, 0) && isIn(found, span, nearMs))

function scoreTrips(
  truths: readonly Truth[],
  trips: readonly Trip[],
  silencesOf: SilencesOf,
  untilAt: number,
): FaultScore['trips'] {
  const left = new Set(trips)
  const byVehicle = Map.groupBy(trips, ({ vehicle }) => vehicle)
  const missed: TripTruth[] = []
  const distancePercent: number[] = []
  let driven = 0
  let joined = 0
  let unknownWays = 0
  let barelyHeard = 0
  const driving = Map.groupBy(
    truths.filter((truth): truth is TripTruth => truth.kind === 'trip'),
    ({ vehicle }) => vehicle,
  )
  for (const [vehicle, all] of driving) {
    const silences = silencesOf(vehicle)
    const heard = all.filter(
      (truth) => !silences.some((span) => isIn(truth.startAt, span, 0) && isIn(truth.endAt ?? untilAt, span, 0)),
    )
    driven += heard.length
    const startsWith = (trip: Trip, { startAt: at }: TripTruth): boolean =>
      left.has(trip) && isEnd(trip.startAt, at, silences)
    const own = byVehicle.get(vehicle) ?? []
    for (let index = 0; index < heard.length; index += 1) {
      const first = heard[index]!
      const chain = [first]
      while (isPauseSilent(chain.at(-1)!, heard[index + chain.length], silences))
        chain.push(heard[index + chain.length]!)
      const found = findTrip(
        own.filter((trip) => startsWith(trip, first)),
        chain,
        silences,
      )
      if (found === undefined) {
        if (first.endAt === null && first.distanceM < 2 * tripDistanceM) driven -= 1
        else if (isBarelyHeard(first, silences, untilAt)) {
          driven -= 1
          barelyHeard += 1
        } else missed.push(first)
        continue
      }
      const { trip, last } = found
      left.delete(trip)
      const from = index
      index = heard.indexOf(last)
      joined += index - from
      if (last.endAt === null || drivenM(first, last, all) < longM) continue
      if (trip.unheardM === null || trip.bridgedM === null) {
        unknownWays += 1
        continue
      }
      const toldM = trip.distanceM + trip.unheardM
      const off = Math.min(...waysOf(first, last, all, silences).map((m) => Math.abs(toldM / m - 1) * 100))
      distancePercent.push(off)
    }
  }
  return {
    driven,
    found: trips.length,
    right: trips.length - left.size,
    joined,
    missed,
    falseOnes: [...left],
    distancePercent: distancePercent.sort((a, b) => a - b),
    unknownWays,
    barelyHeard,
  }
}

/** How far the car went from the first trip to the last, and how far with those before and after
 *  that lie in the same silence as its end: nobody can tell them apart. */
function waysOf(first: TripTruth, last: TripTruth, all: readonly TripTruth[], silences: readonly Span[]): number[] {
  const [from, to] = [all.indexOf(first), all.indexOf(last)]
  const ownM = drivenM(first, last, all)
  const leads = [0]
  const tails = [0]
  for (let index = from; index > 0 && isPauseSilent(all[index - 1]!, all[index], silences); index -= 1)
    leads.push(leads.at(-1)! + all[index - 1]!.distanceM)
  for (let index = to; isPauseSilent(all[index]!, all[index + 1], silences); index += 1)
    tails.push(tails.at(-1)! + all[index + 1]!.distanceM)
  return leads.flatMap((leadM) => tails.map((tailM) => leadM + ownM + tailM))
}

const drivenM = (first: TripTruth, last: TripTruth, all: readonly TripTruth[]): number =>
  all.slice(all.indexOf(first), all.indexOf(last) + 1).reduce((sum, { distanceM }) => sum + distanceM, 0)

/** The trip of a chain of trips that silences may make one, and the last of them it has: by where
 *  it ends, else the first of them, which may end anywhere in its silence. */
function findTrip(
  trips: readonly Trip[],
  chain: readonly TripTruth[],
  silences: readonly Span[],
): { readonly trip: Trip; readonly last: TripTruth } | undefined {
  const isAt = (trip: Trip, { startAt: at, endAt }: TripTruth): boolean =>
    endAt === null ? trip.endAt >= at : Math.abs(trip.endAt - endAt) <= nearMs
  for (const trip of trips) {
    const last =
      chain.find((each) => isAt(trip, each)) ??
      chain.find(({ endAt }) => endAt !== null && isEnd(trip.endAt, endAt, silences))
    if (last !== undefined) return { trip, last }
  }
  return undefined
}

/** Whether less of it was heard than an end may be off by. */
const isBarelyHeard = ({ startAt: at, endAt }: TripTruth, silences: readonly Span[], untilAt: number): boolean =>
  silences.some((span) => isIn(at, span, nearMs) && isIn(endAt ?? untilAt, span, nearMs))

const isPauseSilent = ({ endAt }: TripTruth, next: TripTruth | undefined, silences: readonly Span[]): boolean =>
  endAt !== null && next !== undefined && silences.some((span) => isIn(endAt, span, 0) && isIn(next.startAt, span, 0))

function scoreCrashes(
  truths: readonly Truth[],
  alerts: readonly Alert[],
  silencesOf: SilencesOf,
): FaultScore['crashes'] {
  const left = new Set(alerts.filter(({ status }) => status !== 'withdrawn'))
  const heard = truths.filter(
    (truth) => truth.kind === 'crash' && !silencesOf(truth.vehicle).some((span) => isIn(truth.at, span, 0)),
  )
  let confirmed = 0
  const missed = heard.filter((truth) => {
    const alert = [...left].find(
      ({ vehicle, at }) => vehicle === truth.vehicle && 'at' in truth && Math.abs(at - truth.at) <= crashNearMs,
    )
    if (alert !== undefined) left.delete(alert)
    if (alert?.status === 'confirmed') confirmed += 1
    return alert === undefined
  })
  const falseConfirmed = [...left].filter(({ status }) => status === 'confirmed')
  return {
    heard: heard.length,
    missed,
    confirmed,
    falseConfirmed,
    falsePossible: left.size - falseConfirmed.length,
    withdrawn: alerts.filter(({ status }) => status === 'withdrawn').length,
    told: alerts.length,
  }
}
