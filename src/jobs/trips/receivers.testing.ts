// Made-up ways of cars, and what receivers that wander tell of them, for tests. A way is where the
// car is at each second.
import type { Sample } from '../../model/message.ts'
import type { Random } from '../../sim/random.ts'
import { sample } from './drives.testing.ts'

/** Metres north and east. */
export type Place = readonly [northM: number, eastM: number]

const metresPerDegree = 111_250
const lat = 52.5
const lon = 13.4

export const standing = (seconds: number, at: Place = [0, 0]): Place[] => Array.from({ length: seconds }, () => at)

/** Straight on from a place to others, with a stop of so many seconds at each. */
export function drive(from: Place, kmh: number, stops: readonly (readonly [place: Place, seconds: number])[]): Place[] {
  let start = from
  return stops.flatMap(([to, stopS]) => {
    const [northM, eastM] = [to[0] - start[0], to[1] - start[1]]
    const seconds = Math.ceil(Math.hypot(northM, eastM) / (kmh / 3.6))
    const before = start
    start = to
    const way = Array.from({ length: seconds }, (_, second): Place => {
      const share = (second + 1) / seconds
      return [before[0] + northM * share, before[1] + eastM * share]
    })
    return [...way, ...standing(stopS, to)]
  })
}

export const inDirection = (random: Random, metres: number): Place => {
  const angle = random.between(0, 2 * Math.PI)
  return [metres * Math.cos(angle), metres * Math.sin(angle)]
}

/** How receivers of parked cars wander: about where they are, on and on, to where a reflected
 *  signal puts them and back, slowly off and back, by single places, or in several of these ways
 *  together, as between houses. */
export const wanderings = ['drift', 'walk', 'reflections', 'slow', 'spikes', 'houses'] as const
export type Wandering = (typeof wanderings)[number]

/** They are off by so much at most. */
const furthestM = 300

/** Each second so much of the error is kept, and so much is added in either direction; it begins
 *  with `startM`, and is bounded. */
type Noise = { readonly kept: number; readonly addedM: number; readonly startM: number; readonly withinM: number }

/** A first-order Gauss–Markov process, the usual model of multipath and atmosphere. */
function gaussMarkov(sigmaM: number, memoryS: number): Noise {
  const kept = Math.exp(-1 / memoryS)
  return { kept, addedM: sigmaM * Math.sqrt(1 - kept * kept), startM: sigmaM, withinM: furthestM }
}

const quiet = (random: Random): Noise => gaussMarkov(random.between(2, 5), 60)

type Excursions = {
  readonly everyS: number
  readonly riseS: (random: Random) => number
  readonly holdS: (random: Random) => number
}

const reflections: Excursions = {
  everyS: 1_200,
  riseS: (random) => random.between(1, 20),
  holdS: (random) => 20 + random.exponential(150),
}
/** Further than 100 m off for half an hour at most. */
const slow: Excursions = {
  everyS: 3_600,
  riseS: (random) => random.between(100, 900),
  holdS: (random) => random.between(0, 500),
}
const spikes: Excursions = { everyS: 900, riseS: () => 1, holdS: (random) => random.between(1, 12) }

type Receiver = { readonly noise: (random: Random) => Noise; readonly excursions: readonly Excursions[] }

const receivers: Readonly<Record<Wandering | 'quiet', Receiver>> = {
  quiet: { noise: quiet, excursions: [] },
  drift: { noise: (random) => gaussMarkov(random.between(8, 60), random.between(60, 900)), excursions: [] },
  walk: { noise: (random) => ({ kept: 1, addedM: random.between(0.5, 6), startM: 0, withinM: 150 }), excursions: [] },
  reflections: { noise: quiet, excursions: [reflections] },
  slow: { noise: quiet, excursions: [slow] },
  spikes: { noise: quiet, excursions: [spikes] },
  houses: {
    noise: (random) => gaussMarkov(random.between(5, 15), random.between(60, 900)),
    excursions: [reflections, spikes],
  },
}

/** The error of a receiver at each second; `quiet` under a clear sky. */
export function errors(random: Random, seconds: number, wandering: Wandering | 'quiet'): Place[] {
  const { noise, excursions } = receivers[wandering]
  const off = noisy(random, seconds, noise(random))
  for (const each of excursions) leave(random, off, each)
  return off.map((place) => within(place, furthestM))
}

function within([northM, eastM]: Place, boundM: number): [northM: number, eastM: number] {
  const share = Math.min(1, boundM / Math.hypot(northM, eastM))
  return [northM * share, eastM * share]
}

function noisy(random: Random, seconds: number, { kept, addedM, startM, withinM }: Noise): [number, number][] {
  let place: Place = [random.normal() * startM, random.normal() * startM]
  return Array.from({ length: seconds }, () => {
    const next = within(
      [place[0] * kept + addedM * random.normal(), place[1] * kept + addedM * random.normal()],
      withinM,
    )
    place = next
    return [...next]
  })
}

/** Off and back, one time after the other. */
function leave(random: Random, off: [number, number][], { everyS, riseS, holdS }: Excursions): void {
  for (let from = random.exponential(everyS); from < off.length; from += random.exponential(everyS)) {
    const [rise, hold] = [Math.ceil(riseS(random)), Math.floor(holdS(random))]
    const [northM, eastM] = inDirection(random, random.between(30, furthestM))
    const end = 2 * rise + hold
    for (const [second, error] of off.slice(Math.floor(from), Math.floor(from) + end).entries()) {
      const share = Math.min(1, second / rise, (end - second) / rise)
      error[0] += northM * share
      error[1] += eastM * share
    }
    from += end
  }
}

/** Tellings of units beside places: nothing, OFF once, OFF with every other place, or a speed that
 *  the receiver makes itself. */
export const tellings = ['places', 'off once', 'off by turns', 'own speed'] as const
export type Telling = (typeof tellings)[number]

/** A receiver at rest tells no more, below 3 km/h it tells 0. */
const restKmh = 9

/** The samples of a unit on a way, one every so many seconds. */
export function told(
  way: readonly Place[],
  off: readonly Place[],
  { stepS, telling }: { readonly stepS: number; readonly telling: Telling },
): Sample[] {
  const kmhIn = (places: readonly Place[], second: number): number => {
    const [now, before] = [places[second]!, places[Math.max(0, second - 4)]!]
    return (Math.hypot(now[0] - before[0], now[1] - before[1]) / 4) * 3.6
  }
  return Array.from({ length: Math.ceil(way.length / stepS) }, (_, index) => {
    const second = index * stepS
    const [northM, eastM] = [way[second]![0] + off[second]![0], way[second]![1] + off[second]![1]]
    const isOff = (telling === 'off once' && index === 0) || (telling === 'off by turns' && index % 2 === 0)
    const kmh = Math.floor(Math.max(kmhIn(way, second), Math.min(restKmh, kmhIn(off, second))))
    return sample(second, {
      'CurrentLocation.Latitude': lat + northM / metresPerDegree,
      'CurrentLocation.Longitude': lon + eastM / metresPerDegree / Math.cos((lat * Math.PI) / 180),
      ...(isOff && { LowVoltageSystemState: 'OFF' }),
      ...(telling === 'own speed' && { Speed: kmh < 3 ? 0 : kmh }),
    })
  })
}
