// From readings and speeds to pulses, each with how much it counts for:
//
//   strong   no glitch and no driving: a delta-v by acceleration, a loss of speed beyond tyres, or one of both in a lesser degree
//   weak     two readings beyond 4 g, or one with a loss of speed beside it
//   lone     a reading of which nothing else is known: no crash by itself
//
// A reading is here what a fiftieth of a second holds.
import { clockDoubt, type ClockDoubt } from '../../model/car-clock.ts'
import * as rules from './crash-rules.ts'
import { deltaV, stepsOf, type Step } from './delta-v.ts'
import type { Known } from './known.ts'
import { greatestIn, receiptOf, secondOf, secondsOfBlock, speedless, unheard, type MotionOf } from './motion.ts'
import { fiftiethsIn, sizeOf, type Fiftieth } from './readings.ts'
import { isRestless } from './restless.ts'
import { lostBeside, lostIn } from './speeds.ts'
import type { Thresholds } from './thresholds.ts'

export type Pulse = {
  readonly grade: 'strong' | 'weak' | 'lone'
  /** When it happened: by the car's clock, or its receipt where that cannot be believed. */
  readonly at: number
  readonly clockDoubt: ClockDoubt | null
  readonly receivedAt: number | null
  /** The instant by which what was measured around it is found. */
  readonly aroundAt: number
  /** Null where no reading was beyond `readingMs2`. */
  readonly peakMs2: number | null
  /** km/h: by acceleration, and what the speed lost; null where it could not be integrated, and
   *  where none was lost. */
  readonly deltaVKmh: number | null
  readonly lostKmh: number | null
  readonly isSevere: boolean
  /** By acceleration beyond driving: a delta-v, two readings beyond 4 g, or one beside the speed
   *  that was lost, which is another sensor's word. */
  readonly isFelt: boolean
  /** A loss that a full brake may be, with one little reading beside it. */
  readonly isLikeBraking: boolean
}

/** The pulses in some blocks, in order of time. */
export function pulsesIn(known: Known, blocks: readonly number[]): Pulse[] {
  const { motionOf } = known
  const readings = blocks.flatMap((block) => {
    const motion = motionOf(block)
    return motion === undefined ? [] : fiftiethsIn(motion).map(readingOf)
  })
  const found = runsOf(withoutStuck(readings)).map((run) => ({ run, pulse: pulseOf(run, known) }))
  const pulses = found.flatMap(({ pulse }) => pulse ?? [])
  const beside = new Set(found.flatMap(({ run, pulse }) => (pulse === undefined ? [] : secondsBeside(run))))
  const losses = blocks.flatMap((block) => lossesIn(known, block).filter((second) => !beside.has(second)))
  for (const second of losses) {
    const time = timeOf(known, second * 1000)
    pulses.push({
      grade: 'strong',
      ...time,
      peakMs2: null,
      deltaVKmh: null,
      lostKmh: lostIn(motionOf, second),
      isSevere: false,
      isFelt: false,
      isLikeBraking: false,
    })
  }
  return pulses.sort((a, b) => a.at - b.at || a.aroundAt - b.aroundAt)
}

/** A fiftieth of a second: its mean, in the axes of a reading, and its greatest, in m/s². */
type Reading = {
  readonly at: number
  readonly x: number
  readonly y: number
  readonly peak: number
  readonly all: Fiftieth
}

const readingOf = (all: Fiftieth): Reading => ({
  at: all[0]!.at,
  x: all.reduce((sum, { x }) => sum + x, 0) / all.length,
  y: all.reduce((sum, { y }) => sum + y, 0) / all.length,
  peak: Math.round(all.reduce((most, each) => Math.max(most, sizeOf(each)), 0) * 10) / 10,
  all,
})

/** Of equal readings that last, the first: the sensor may have got stuck in a pulse. */
function withoutStuck(readings: readonly Reading[]): Reading[] {
  const kept: Reading[] = []
  for (let from = 0; from < readings.length;) {
    const first = readings[from]!
    let to = from + 1
    while (isSame(readings[to - 1]!, readings[to])) to += 1
    const isStuck = readings[to - 1]!.at - first.at >= rules.stuckMs
    kept.push(...(isStuck ? [first] : readings.slice(from, to)))
    from = to
  }
  return kept
}

/** Whether a reading repeats the one before it. Equal ones that are further apart are two. */
const isSame = (before: Reading, after: Reading | undefined): boolean =>
  after !== undefined && after.x === before.x && after.y === before.y && after.at - before.at <= rules.stuckGapMs

function runsOf(readings: readonly Reading[]): Reading[][] {
  const runs: Reading[][] = []
  for (const reading of readings) {
    const last = runs.at(-1)
    if (last !== undefined && reading.at - last.at(-1)!.at <= rules.runGapMs) last.push(reading)
    else runs.push([reading])
  }
  return runs
}

/** Undefined where the sensor does not measure the car, or not in m/s². */
function pulseOf(run: readonly Reading[], known: Known): Pulse | undefined {
  const { motionOf, thresholds } = known
  const [first] = run
  const last = run.at(-1)
  if (first === undefined || last === undefined) return undefined
  const isLong = last.at - first.at > rules.runMs
  const time = timeOf(known, first.at)
  const lasts = isLong ? 0 : last.at - first.at
  const lost = lostBeside(motionOf, time.aroundAt, time.aroundAt + lasts)
  const steps = isLong ? null : stepsOf(run.map(({ all }) => all))
  const total = steps && deltaV(steps, Infinity)
  if ((total?.soundKmh ?? 0) > rules.deltaVMaxKmh || isRestless(motionOf, first.at)) return undefined
  const isBySpeed = lost >= thresholds.lossBesideReadingKmh
  const isSevere = run.length >= rules.readingsMin && (total?.soundKmh ?? 0) >= thresholds.severeKmh
  const isByAcceleration = hasDeltaV(run, steps, thresholds)
  const grade = isBySpeed || isByAcceleration ? 'strong' : gradeOfFew(run, lost, thresholds)
  const isFelt = isByAcceleration || strongReadings(run, thresholds) >= (isBySpeed ? 1 : 2)
  const peakMs2 = run.reduce((most, { peak }) => Math.max(most, peak), 0)
  const isLikeBraking = run.length === 1 && isLittle(first, thresholds) && lost < thresholds.lossKmh
  const lostKmh = lost >= thresholds.triggerKmh ? lost : null
  return { grade, ...time, peakMs2, deltaVKmh: total?.kmh ?? null, lostKmh, isSevere, isFelt, isLikeBraking }
}

/** `steps` are null where they cannot be integrated. */
function hasDeltaV(run: readonly Reading[], steps: readonly Step[] | null, thresholds: Thresholds): boolean {
  if (steps === null) return false
  if (run.length >= rules.readingsMin && deltaV(steps, rules.triggerMs).soundKmh >= thresholds.triggerKmh) return true
  return strongReadings(run, thresholds) >= 2 && deltaV(steps, Infinity).soundKmh >= thresholds.severeKmh
}

function gradeOfFew(run: readonly Reading[], lost: number, thresholds: Thresholds): Pulse['grade'] {
  const strong = strongReadings(run, thresholds)
  return strong >= 2 || (strong === 1 && lost >= thresholds.triggerKmh) ? 'weak' : 'lone'
}

/** Whether a reading may be of driving, a wheel that locks or a kerb: below what no driving is, or
 *  of a sensor that is quiet within the same fiftieth of a second. */
const isLittle = ({ peak, all }: Reading, { pulseMs2, readingMs2 }: Thresholds): boolean =>
  peak < pulseMs2 || all.some((each) => sizeOf(each) < readingMs2)

const strongReadings = (run: readonly Reading[], { pulseMs2 }: Thresholds): number =>
  run.filter(({ peak }) => peak >= pulseMs2).length

/** Seconds in which a loss of speed beyond the tyres of most cars shows. */
const lossesIn = ({ motionOf, thresholds: { lossKmh } }: Known, block: number): number[] =>
  slowerSeconds(motionOf, block, lossKmh).filter((second) => lostIn(motionOf, second) >= lossKmh)

/** The seconds that are slower by so much than one of the three before: nearly always none, which a
 *  look at the bytes shows. */
function slowerSeconds(motionOf: MotionOf, block: number, byKmh: number): number[] {
  const motion = motionOf(block)
  if (motion === undefined) return []
  const { greatest, least } = motion
  const first = block * secondsOfBlock
  const speedAt = (index: number): number => {
    const speed = index >= 0 ? greatest[index]! : greatestIn(motionOf, first + index)
    return speed >= speedless ? 0 : speed
  }
  const seconds: number[] = []
  for (let index = 0; index < secondsOfBlock; index += 1) {
    if (greatest[index]! >= speedless) continue
    const most = Math.max(speedAt(index), speedAt(index - 1), speedAt(index - 2), speedAt(index - 3))
    if (most - least[index]! >= byKmh) seconds.push(first + index)
  }
  return seconds
}

/** The seconds whose loss of speed is that of the run. */
function secondsBeside(run: readonly Reading[]): number[] {
  const from = secondOf(run[0]!.at) - 1
  const count = Math.min(secondOf(run.at(-1)!.at) - from, 4) + 2
  return Array.from({ length: count }, (_, index) => from + index)
}

type Time = Pick<Pulse, 'at' | 'clockDoubt' | 'receivedAt' | 'aroundAt'>

/** A car whose clock is off as a whole is judged by what it measured at its own time; what
 *  carries a lone wrong instant by what was measured when it was heard: by the one of which more
 *  is known. */
function timeOf({ motionOf, clockAheadMs }: Known, at: number): Time {
  const heardAt = receiptOf(motionOf, at)
  // The receipt is of the first of ten seconds.
  const receivedAt = heardAt !== undefined && heardAt < at && heardAt >= at - 10_000 ? at : (heardAt ?? null)
  const doubt = receivedAt === null ? null : clockDoubt(at, receivedAt, clockAheadMs)
  if (doubt === null || receivedAt === null) return { at, clockDoubt: null, receivedAt, aroundAt: at }
  return {
    at: receivedAt,
    clockDoubt: doubt,
    receivedAt,
    aroundAt: heardAround(motionOf, at) < heardAround(motionOf, receivedAt) ? receivedAt : at,
  }
}

/** In how many of the forty seconds around an instant the vehicle was heard. */
function heardAround(motionOf: MotionOf, at: number): number {
  const second = secondOf(at)
  let heard = 0
  for (let other = second - rules.talkedS; other <= second + rules.talkedS; other += 1)
    if (greatestIn(motionOf, other) !== unheard) heard += 1
  return heard
}
