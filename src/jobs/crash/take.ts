// How messages become what the crash job remembers.
import { doubtsAlone, isWithoutFix } from '../../plausibility/alone.ts'
import { clockDoubt } from '../../model/car-clock.ts'
import type { EventMessage, Sample, SampleClock, SamplesMessage, SignalValue } from '../../model/message.ts'
import type { Place } from '../../model/place.ts'
import type { Input, Now } from '../../engine/job.ts'
import { lowerBound } from '../../engine/lower-bound.ts'
import { isSettled, type Evidence, type State } from './crash-state.ts'
import { airbagSilenceMs, stillKmh } from './crash-rules.ts'
import { addAirbag, type SeenAirbag } from './evidence.ts'
import {
  addPlace,
  addReceipt,
  addSeen,
  addSpeed,
  addWhole,
  blockOf,
  blockOfSecond,
  greatestIn,
  isPlaceWanted,
  leastIn,
  newMotion,
  secondOf,
  secondsOfBlock,
  seen,
  speedless,
  type Motion,
} from './motion.ts'
import { addReading, addReadingBeside, fiftiethOf } from './readings.ts'
import type { Thresholds } from './thresholds.ts'

type Signals = Sample['signals']

/** Those that are looked for in each sample; of other seats the message tells where one is
 *  deployed. */
const airbagSignals = [
  'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed',
  'Vehicle.Cabin.Seat.Row1.PassengerSide.Airbag.IsDeployed',
] as const
const rotations = [
  'Vehicle.AngularVelocity.Yaw',
  'Vehicle.AngularVelocity.Roll',
  'Vehicle.AngularVelocity.Pitch',
] as const

/** Instants that motion is kept of. A reading outside them stands for no instant of a car. */
const sinceAt = Date.UTC(2000, 0, 1)
const untilAt = Date.UTC(2100, 0, 1)

export function takeEvent(
  state: State,
  { event, at }: EventMessage,
  { receivedAt, lateBefore }: Input,
  now: Now,
): void {
  if (event === 'airbag-deployed') takeAirbag(state, at, { receivedAt, place: null, clock: null }, now)
  const motion = at < lateBefore ? undefined : motionAt(state, at)
  if (motion !== undefined && addSpeed(motion, at, undefined)) state.put('motion', motion.block, motion)
}

/** Questions asked of every sample. */
type Taking = { readonly now: Now; readonly thresholds: Thresholds }

export function takeSamples(state: State, { samples, deployed }: SamplesMessage, input: Input, taking: Taking): void {
  if (deployed !== undefined) for (const index of deployed) takeDeployed(state, samples[index]!, input, taking.now)
  for (let index = 0; index < samples.length; index += 1)
    if (takeSample(state, samples[index]!, input, taking)) takeBeside(state, samples, index, input.lateBefore, taking)
}

/** True when its acceleration is beyond the threshold. */
function takeSample(state: State, sample: Sample, input: Input, { now, thresholds }: Taking): boolean {
  const { at, signals, clock } = sample
  const { receivedAt, lateBefore } = input
  // By the instant of a sending or a receipt nobody knows how fast the car changed its speed, for
  // how long it was pushed, or since when its unit is silent.
  const isMeasured = clock === undefined
  const airbag = airbagOf(signals)
  if (airbag === true) takeDeployed(state, sample, input, now)
  const motion = at < lateBefore ? undefined : motionAt(state, at)
  if (motion === undefined) return false
  const x = numberIn(signals, 'Vehicle.Acceleration.Longitudinal') ?? 0
  const y = numberIn(signals, 'Vehicle.Acceleration.Lateral') ?? 0
  const isFaster = isMeasured && addSpeed(motion, at, speedOf(signals))
  const isBeyond = isMeasured && Math.hypot(x, y) >= thresholds.readingMs2
  const isRead = isBeyond && addReading(motion, at, x, y)
  let changed = isFaster || isRead
  if (isMeasured) changed = addReceipt(motion, at, receivedAt) || changed
  if (isPlaceWanted(motion, at)) changed = addPlace(motion, at, placeOf(signals)) || changed
  if (airbag === false) changed = addWhole(motion, at) || changed
  changed =
    addSeen(motion, at, isMeasured ? bitsOf(signals, thresholds) : bitsOf(signals, thresholds) & ~seen.rotation) ||
    changed
  if (changed) state.put('motion', motion.block, motion)
  if (isRead) suspect(state, motion.block, now)
  if (isFaster) suspectLoss(state, motion, secondOf(at), { now, thresholds })
  return isBeyond
}

/** The readings of a message beside one beyond the threshold, in its fiftieth of a second, up to
 *  the next beyond it. */
function takeBeside(
  state: State,
  samples: readonly Sample[],
  index: number,
  lateBefore: number,
  { thresholds }: Taking,
): void {
  const fiftieth = fiftiethOf(samples[index]!.at)
  const motion = motionAt(state, samples[index]!.at)!
  for (const step of [-1, 1])
    for (let other = samples[index + step], by = step; other !== undefined; other = samples[index + (by += step)]) {
      const { at, signals, clock } = other
      if (fiftiethOf(at) !== fiftieth || at < lateBefore) break
      if (clock !== undefined) continue
      const x = numberIn(signals, 'Vehicle.Acceleration.Longitudinal')
      const y = numberIn(signals, 'Vehicle.Acceleration.Lateral')
      if (x === undefined && y === undefined) continue
      if (Math.hypot(x ?? 0, y ?? 0) >= thresholds.readingMs2) break
      if (addReadingBeside(motion, at, x ?? 0, y ?? 0)) state.put('motion', motion.block, motion)
    }
}

/** Undefined for an instant that motion is not kept of. */
function motionAt(state: State, at: number): Motion | undefined {
  if (at < sinceAt || at >= untilAt) return undefined
  const block = blockOf(at)
  const known = state.get('motion', block)
  if (known !== undefined) return known
  const motion = newMotion(block)
  // In place: a car whose clock is wrong may have thousands of them.
  const blocks = state.get('blocks') ?? []
  blocks.splice(lowerBound(blocks, block), 0, block)
  state.put('blocks', undefined, blocks)
  state.put('motion', block, motion)
  return motion
}

/** On each side of a second, within which a loss of speed is one. */
const besideSeconds = 3

/** Whatever its second and those beside it make a loss of speed beyond tyres, as it is known so
 *  far. */
function suspectLoss(state: State, motion: Motion, second: number, { now, thresholds: { lossKmh } }: Taking): void {
  if (!mayHaveLost(motion, second, lossKmh)) return
  const motionOf = (block: number): Motion | undefined => (block === motion.block ? motion : state.get('motion', block))
  const greatest = greatestIn(motionOf, second)
  if (greatest >= speedless) return
  const least = leastIn(motionOf, second)
  const isLoss = (from: number, to: number): boolean => from < speedless && to < speedless && from - to >= lossKmh
  if (isLoss(greatest, least)) suspect(state, motion.block, now)
  for (let by = 1; by <= besideSeconds; by += 1) {
    if (isLoss(greatestIn(motionOf, second - by), least)) suspect(state, motion.block, now)
    if (isLoss(greatest, leastIn(motionOf, second + by))) suspect(state, blockOfSecond(second + by), now)
  }
}

/** False where the speeds around a second, which are all of one block, are too near each other for
 *  a loss: nearly always. */
function mayHaveLost({ greatest, least }: Motion, second: number, lossKmh: number): boolean {
  const place = second % secondsOfBlock
  if (place < besideSeconds || place + besideSeconds >= secondsOfBlock) return true
  let most = -Infinity
  let fewest = Infinity
  for (let index = place - besideSeconds; index <= place + besideSeconds; index += 1) {
    if (greatest[index]! >= speedless) continue
    if (greatest[index]! > most) most = greatest[index]!
    if (least[index]! < fewest) fewest = least[index]!
  }
  return most - fewest >= lossKmh
}

function suspect(state: State, block: number, now: Now): void {
  const evidence = state.get('evidence') ?? noEvidence(now)
  if (evidence.suspects.includes(block)) return
  const suspects = [...evidence.suspects, block].sort((a, b) => a - b)
  state.put('evidence', undefined, { ...evidence, suspects })
}

const takeDeployed = (state: State, { at, signals, clock }: Sample, { receivedAt }: Input, now: Now): void =>
  takeAirbag(state, at, { receivedAt, place: placeOf(signals), clock: clock ?? null }, now)

/** An airbag by its instant, whatever that says. */
function takeAirbag(
  state: State,
  at: number,
  {
    receivedAt,
    place,
    clock,
  }: { readonly receivedAt: number; readonly place: Place | null; readonly clock: SampleClock | null },
  now: Now,
): void {
  const doubt = clockDoubt(at, receivedAt, now.clockAheadMs)
  const seenAirbag: SeenAirbag = { at: doubt === null ? at : receivedAt, receivedAt, place, clock, clockDoubt: doubt }
  const evidence = state.get('evidence') ?? noEvidence(now)
  const airbags = addAirbag(evidence.airbags, seenAirbag)
  if (airbags === evidence.airbags) return
  const overdue = isOverdue(evidence, seenAirbag.at, now) ? [...evidence.overdue, seenAirbag.at] : evidence.overdue
  state.put('evidence', undefined, { ...evidence, airbags, overdue })
}

/** Whether an airbag came when no alert of its time can change any more, and none that is known is
 *  of the same crash. */
const isOverdue = ({ airbags }: Evidence, at: number, now: Now): boolean =>
  isSettled(at, now) &&
  airbags.every(({ firstAt, lastAt }) => at < firstAt - airbagSilenceMs || at > lastAt + airbagSilenceMs)

const noEvidence = ({ reachedAt, eventAt }: Now): Evidence => ({
  suspects: [],
  airbags: [],
  overdue: [],
  said: [],
  saidAt: reachedAt,
  knownTo: eventAt,
})

function numberIn(signals: Signals, path: string): number | undefined {
  const value: SignalValue | undefined = signals[path]
  return typeof value === 'number' ? value : undefined
}

/** km/h, either way. That the car stands is unknown where the receiver has no fix: in a tunnel its
 *  speed is 0. */
function speedOf(signals: Signals): number | undefined {
  const told = numberIn(signals, 'Vehicle.Speed')
  const speed = told === undefined ? undefined : Math.abs(told)
  return speed !== undefined && speed <= stillKmh && isWithoutFix(signals) ? undefined : speed
}

/** Where the sample says that the car is; null where it says nothing, or nothing to be believed. */
function placeOf(signals: Signals): Place | null {
  const lat = numberIn(signals, 'Vehicle.CurrentLocation.Latitude')
  const lon = numberIn(signals, 'Vehicle.CurrentLocation.Longitude')
  if (lat === undefined || lon === undefined || doubtsAlone(signals) !== undefined) return null
  return { lat: Math.round(lat * 1e7) / 1e7, lon: Math.round(lon * 1e7) / 1e7 }
}

/** Of the driver and the passenger beside: true when one is deployed, false when what is said of
 *  them is that they are whole. */
function airbagOf(signals: Signals): boolean | undefined {
  let whole: boolean | undefined
  for (const path of airbagSignals) {
    if (signals[path] === true) return true
    if (signals[path] === false) whole = false
  }
  return whole
}

function bitsOf(signals: Signals, { rotationDegS }: Thresholds): number {
  let bits = 0
  const hazard = signals['Vehicle.Body.Lights.Hazard.IsSignaling']
  const belt = signals['Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted']
  if (hazard === true) bits |= seen.hazardOn
  if (belt === true) bits |= seen.belted
  if (belt === false) bits |= seen.unbelted
  for (const path of rotations) if (Math.abs(numberIn(signals, path) ?? 0) >= rotationDegS) bits |= seen.rotation
  return bits
}
