// The sums of a run of samples: distance, times at rest, readings. Two that follow each other join
// into one, so that the figures of a trip are folded from minutes and minutes from samples, always
// in order of time. A trip's are of exactly the samples in its span: whole minutes as they were
// summed up, and what the span cuts out of those at its ends.
import { isAhead } from '../../model/car-clock.ts'
import { isHeard, isPlaced, type DriveSample } from './drive-sample.ts'
import { joinWays } from './driven.ts'
import { milestonesOf, noMilestones, type Milestones } from './milestones.ts'
import { onePlace, type LazyPath } from './path.ts'
import { joinReadings, newReadings, setReadings, type Readings } from './readings.ts'

/** NaN = none. */
export type Sums = Readings & {
  /** The first and last instant with any reading, and with a speed, a place or the ignition; how
   *  many of the latter there are. */
  fromAt: number
  toAt: number
  firstAt: number
  lastAt: number
  samples: number
  /** Instants that thinning left out. */
  thinned: number
  /** The newest receipt of its samples, and 1 when one of its instants is marked. */
  receivedAt: number
  ahead: number
  /** Of the samples that tell how it was driven, the rank of the clock that says least. */
  clock: number
  /** 1 where it has a speed or a silence: then its way has ends that are not known before more
   *  is. */
  parted: number
  /** Metres driven between them, how much of that time was not measured by speeds, and what was
   *  guessed by them. */
  drivenM: number
  gapMs: number
  guessM: number
  /** Metres driven in silences, over how long, and over how long the lines between places tell
   *  nothing. */
  bridgedM: number
  silentMs: number
  unknownMs: number
  /** Metres that odometers tell beside it, and how much of what was not known they tell. */
  moreM: number
  knownMs: number
  idleMs: number
  /** How much of the time two speeds close to each other enclose: what `idleMs` is known of. */
  speedMs: number
  maxKmh: number
  /** The first speed, unless a silence lies before it, and the last one, unless one lies behind it;
   *  and the intervals next to them. */
  speedFirstAt: number
  speedFirstKmh: number
  firstStepMs: number
  speedLastAt: number
  speedLastKmh: number
  lastStepMs: number
  /** The first and last place. */
  placeFirstAt: number
  placeFirstLat: number
  placeFirstLon: number
  placeLastAt: number
  placeLastLat: number
  placeLastLon: number
  /** Its places up to the first speed or silence, and from the last one on; all of them are in
   *  `head` where there is none. One place is the first place in `head`, and the last one in
   *  `tail`. */
  head: LazyPath
  tail: LazyPath
  milestones: Milestones
}

const none = Number.isNaN

/** The sums of no sample. */
export const newSums = (): Sums => ({
  ...newReadings(),
  fromAt: NaN,
  toAt: NaN,
  firstAt: NaN,
  lastAt: NaN,
  samples: 0,
  thinned: 0,
  receivedAt: NaN,
  ahead: 0,
  clock: 0,
  parted: 0,
  drivenM: 0,
  gapMs: 0,
  guessM: 0,
  bridgedM: 0,
  silentMs: 0,
  unknownMs: 0,
  moreM: 0,
  knownMs: 0,
  idleMs: 0,
  speedMs: 0,
  maxKmh: NaN,
  speedFirstAt: NaN,
  speedFirstKmh: NaN,
  firstStepMs: NaN,
  speedLastAt: NaN,
  speedLastKmh: NaN,
  lastStepMs: NaN,
  placeFirstAt: NaN,
  placeFirstLat: NaN,
  placeFirstLon: NaN,
  placeLastAt: NaN,
  placeLastLat: NaN,
  placeLastLon: NaN,
  head: null,
  tail: null,
  milestones: noMilestones,
})

/** Makes sums of no sample, or of one, those of this one. */
function setSums(sums: Sums, sample: DriveSample, clockAheadMs: number, burnLhMost: number): Sums {
  const { at, receivedAt, speedKmh, odometerM } = sample
  const isDrive = isHeard(sample)
  const isPlace = isPlaced(sample)
  const isSpeed = !none(speedKmh)
  setReadings(sums, sample, burnLhMost)
  sums.fromAt = sums.toAt = at
  sums.firstAt = sums.lastAt = isDrive ? at : NaN
  sums.samples = isDrive ? 1 : 0
  sums.receivedAt = receivedAt
  sums.clock = isDrive ? sample.clock : 0
  sums.ahead = isAhead(at, receivedAt, clockAheadMs) ? 1 : 0
  sums.parted = isSpeed ? 1 : 0
  sums.maxKmh = speedKmh
  sums.speedFirstAt = sums.speedLastAt = isSpeed ? at : NaN
  sums.speedFirstKmh = sums.speedLastKmh = speedKmh
  sums.placeFirstLat = sums.placeLastLat = isPlace ? sample.lat : NaN
  sums.placeFirstLon = sums.placeLastLon = isPlace ? sample.lon : NaN
  sums.placeFirstAt = sums.placeLastAt = isPlace ? at : NaN
  sums.head = isPlace ? onePlace : null
  // Where a speed was measured one way ends and the next begins.
  sums.tail = isSpeed ? sums.head : null
  sums.milestones = none(odometerM) ? noMilestones : milestonesOf(at, odometerM)
  return sums
}

/** Sums are large: those of each sample are made in one place. */
const oneSample = newSums()

/** The sums of samples in order of time; null where there are none. */
export function sumUp(samples: readonly DriveSample[], clockAheadMs: number, burnLhMost: number): Sums | null {
  if (samples.length === 0) return null
  const sums = setSums(newSums(), samples[0]!, clockAheadMs, burnLhMost)
  for (let index = 1; index < samples.length; index += 1)
    join(sums, setSums(oneSample, samples[index]!, clockAheadMs, burnLhMost), burnLhMost)
  return sums
}

/** Makes `a` the sums of both. `b` follows it, has no silence in it (as no minute has), and is left
 *  as it is. */
export function join(a: Sums, b: Sums, burnLhMost: number): void {
  joinReadings(a, b, burnLhMost)
  joinWays(a, b)
  joinPlaces(a, b)
  a.toAt = b.toAt
  if (none(a.firstAt)) a.firstAt = b.firstAt
  if (!none(b.lastAt)) a.lastAt = b.lastAt
  a.samples += b.samples
  a.thinned += b.thinned
  a.receivedAt = Math.max(a.receivedAt, b.receivedAt)
  a.ahead = Math.max(a.ahead, b.ahead)
  a.clock = Math.max(a.clock, b.clock)
  if (none(a.maxKmh) || b.maxKmh > a.maxKmh) a.maxKmh = b.maxKmh
}

function joinPlaces(a: Sums, b: Sums): void {
  if (none(a.placeFirstAt)) {
    a.placeFirstAt = b.placeFirstAt
    a.placeFirstLat = b.placeFirstLat
    a.placeFirstLon = b.placeFirstLon
  }
  if (none(b.placeLastAt)) return
  a.placeLastAt = b.placeLastAt
  a.placeLastLat = b.placeLastLat
  a.placeLastLon = b.placeLastLon
}
