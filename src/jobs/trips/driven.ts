// How far a car was driven in a run of samples. From speed to speed the way is what they tell, up
// to 15 s; in a gap between two speeds it is the line through the places in it, and beside these
// what the speeds would make of the time. The places before the first speed and behind the last one
// are kept apart, as nobody knows the gap that they lie in before the run is joined to the next: so
// a way is counted once, wherever runs are cut.
//
//   places ┤ speed ── speed ── speed ├ places      places ┤ speed ── …
//    head  ┊        drivenM          ┊  tail        head  ┊
//                                    └── one gap ────────┘
import { legM } from './ellipsoid.ts'
import {
  between,
  endStretches,
  joinMilestones,
  mapMilestones,
  movedOn,
  toldBetween,
  type Milestone,
  type Milestones,
  type Stretch,
  type OdometerTold,
  type RunWay,
} from './milestones.ts'
import { isRound, joinPaths, lengthM, onePlace, pathOf, type LazyPath, type Path } from './path.ts'
import type { Sums } from './sums.ts'
import { edgeMs, joinReadingMs, movingKmh, placeAgeMs, silenceMs, speedGapMs } from './trip-rules.ts'

const none = Number.isNaN

/** Makes the ways, speeds and odometers of `a` those of both; `b` follows it, and has no silence in
 *  it. */
export function joinWays(a: Sums, b: Sums): void {
  const isSilent = b.firstAt - a.lastAt > silenceMs
  const hasMilestones = a.milestones.length > 0 || b.milestones.length > 0
  const step = hasMilestones && !isSilent ? stepOf(a, b) : undefined
  if (isSilent) bridge(a, b)
  else if (b.parted === 1) drive(a, b)
  else if (a.parted === 1) a.tail = a.tail === null ? b.head : joinPaths(tailOf(a), headOf(b))
  else a.head = a.head === null ? b.head : joinPaths(headOf(a), headOf(b))
  const to = step === undefined ? undefined : wayWith(a, null)
  a.drivenM += b.drivenM
  a.gapMs += b.gapMs
  a.guessM += b.guessM
  a.idleMs += b.idleMs
  a.speedMs += b.speedMs
  a.moreM += b.moreM
  a.bridgedM += b.bridgedM
  a.knownMs += b.knownMs
  if (!hasMilestones) return
  const next = movedOn(b.milestones, beyond(wayOf(a), wayOf(b)))
  if (isSilent) passMilestones(a, a.milestones, next, { isLastMeasured: true, isFirstMeasured: true })
  else if (step === undefined || to === undefined) passMilestones(a, a.milestones, next, notMeasured)
  else passStep(a, next, step, to)
}

/** From the last speed of a run to the first of the next one: its ends, and the way up to it. */
type Step = {
  readonly fromAt: number
  readonly fromKmh: number
  readonly toAt: number
  readonly toKmh: number
  readonly from: RunWay
  /** The places that follow the car, so that these tell where an odometer was read. */
  readonly followed: Path | null
}

function stepOf(a: Sums, b: Sums): Step | undefined {
  const [fromAt, toAt] = [a.speedLastAt, b.speedFirstAt]
  if (none(toAt - fromAt)) return undefined
  const path = toAt - fromAt <= speedGapMs ? null : joinPaths(tailOf(a), headOf(b))
  const isFollowed = path?.gapMs === 0 && path.firstAt - fromAt <= speedGapMs && toAt - path.lastAt <= speedGapMs
  return {
    fromAt,
    fromKmh: a.speedLastKmh,
    toAt,
    toKmh: b.speedFirstKmh,
    from: wayWith(a, null),
    followed: isFollowed ? path : null,
  }
}

/** The odometers read in a step lie on the way that it has turned out to be; `to` is the way up to
 *  its end. */
function passStep(a: Sums, next: Milestones, { fromAt, fromKmh, toAt, toKmh, from, followed }: Step, to: RunWay): void {
  const stepMs = toAt - fromAt
  const wholeM = evenM(fromKmh, toKmh, stepMs, stepMs)
  const wayM = to.drivenM - from.drivenM
  const within = (milestone: Milestone, apartM: number): Milestone => {
    const { at, drivenM } = milestone
    if (at < fromAt || at > toAt) return milestone
    const isFollowed = followed !== null && at > followed.firstAt && at < followed.lastAt
    const evenShare = wholeM > 0 ? evenM(fromKmh, toKmh, stepMs, at - fromAt) / wholeM : (at - fromAt) / stepMs
    return between(milestone, from, to, isFollowed ? (drivenM + apartM - from.drivenM) / wayM : evenShare)
  }
  const leadM = followed === null ? 0 : evenM(fromKmh, toKmh, stepMs, followed.firstAt - fromAt)
  const trailM = followed === null ? 0 : wholeM - evenM(fromKmh, toKmh, stepMs, followed.lastAt - fromAt)
  const isMeasured = stepMs <= speedGapMs
  const measured = {
    isLastMeasured: isMeasured && (a.milestones.at(-1)?.at ?? -Infinity) >= fromAt,
    isFirstMeasured: isMeasured && (next[0]?.at ?? Infinity) <= toAt,
  }
  const own = mapMilestones(a.milestones, (each) => within(each, leadM))
  passMilestones(
    a,
    own,
    mapMilestones(next, (each) => within(each, -trailM)),
    measured,
  )
}

type Measured = { readonly isLastMeasured: boolean; readonly isFirstMeasured: boolean }
const notMeasured: Measured = { isLastMeasured: false, isFirstMeasured: false }

function passMilestones(a: Sums, own: Milestones, next: Milestones, measured: Measured): void {
  const settled: Stretch[] = []
  a.milestones = joinMilestones(own, next, measured, settled)
  for (const stretch of settled) {
    const { moreM, bridgedM, knownMs } = toldBetween(stretch)
    a.moreM += moreM
    a.bridgedM += bridgedM
    a.knownMs += knownMs
  }
}

const headOf = ({ head, placeFirstAt, placeFirstLat, placeFirstLon }: Sums): Path | null =>
  head === onePlace ? pathOf(placeFirstAt, placeFirstLat, placeFirstLon) : head
const tailOf = ({ tail, placeLastAt, placeLastLat, placeLastLon }: Sums): Path | null =>
  tail === onePlace ? pathOf(placeLastAt, placeLastLat, placeLastLon) : tail
const tailFrom = ({ tail, placeLastAt }: Sums): number =>
  tail === onePlace ? placeLastAt : tail === null ? NaN : tail.firstAt

/** Whether it is no way at all. */
const isOne = (path: LazyPath): path is typeof onePlace | null => path === onePlace || path === null
const drivenOn = (path: LazyPath): number => (isOne(path) ? 0 : path.drivenM)
const gapOn = (path: LazyPath): number => (isOne(path) ? 0 : path.gapMs)

/** The way of a run, as far as its ends are known. */
export const wayOf = (sums: Sums): RunWay => wayWith(sums, sums.tail)

const wayWith = ({ drivenM, gapMs, guessM, silentMs, unknownMs, head }: Sums, tail: LazyPath): RunWay => ({
  drivenM: drivenM + drivenOn(head) + drivenOn(tail),
  gapMs: gapMs + gapOn(head) + gapOn(tail),
  guessM,
  silentMs,
  unknownMs,
})

/** The part of a way beside one that it ends with. */
const beyond = (whole: RunWay, end: RunWay): RunWay => ({
  drivenM: whole.drivenM - end.drivenM,
  gapMs: whole.gapMs - end.gapMs,
  guessM: whole.guessM - end.guessM,
  silentMs: whole.silentMs - end.silentMs,
  unknownMs: whole.unknownMs - end.unknownMs,
})

/** Over a silence: by the line between the places, until odometers tell better. No speed is held
 *  against one before it. */
function bridge(a: Sums, b: Sums): void {
  const silentMs = b.firstAt - a.lastAt
  const lineM = silentLineM(a, b)
  if (a.parted === 1) leave(a, tailOf(a), tailM(a))
  else leave(a, headOf(a))
  if (a.parted === 0) a.head = null
  a.parted = 1
  a.gapMs += silentMs
  a.silentMs += silentMs
  if (none(lineM)) a.unknownMs += silentMs
  else {
    a.drivenM += lineM
    a.bridgedM += lineM
  }
  if (b.parted === 1) leave(a, headOf(b), headM(b))
  a.tail = b.parted === 1 ? b.tail : b.head
  passSpeeds(a, b)
}

/** The line between the places on both sides, less what speeds measured beside the silence; NaN
 *  where these lie too far from it. */
function silentLineM(a: Sums, b: Sums): number {
  const isNear = a.lastAt - a.placeLastAt <= joinReadingMs && b.placeFirstAt - b.firstAt <= joinReadingMs
  if (!isNear) return NaN
  const lineM = legM(a.placeLastLat, a.placeLastLon, b.placeFirstLat, b.placeFirstLon)
  const besideM = (kmh: number, ms: number): number => (ms > 0 ? (kmh / 3600) * ms : 0)
  const measuredM =
    besideM(a.speedLastKmh, a.speedLastAt - a.placeLastAt) + besideM(b.speedFirstKmh, b.placeFirstAt - b.speedFirstAt)
  return Math.max(0, lineM - measuredM)
}

/** Counts what lies at an end of a run, which goes on no more. */
function leave(sums: Sums, path: Path | null, m = path === null ? 0 : lengthM(path)): void {
  sums.drivenM += m
  sums.gapMs += path?.gapMs ?? 0
}

/** With the first speed. */
function begin(a: Sums, b: Sums): void {
  const { speedFirstAt, speedFirstKmh, firstStepMs } = b
  a.head = a.head === null ? b.head : joinPaths(headOf(a), headOf(b))
  a.parted = 1
  a.speedFirstAt = speedFirstAt
  a.speedFirstKmh = speedFirstKmh
  a.firstStepMs = firstStepMs
}

/** Up to the first speed of `b`. */
function drive(a: Sums, b: Sums): void {
  const stepMs = b.speedFirstAt - a.speedLastAt
  if (a.parted === 0) begin(a, b)
  else if (stepMs <= speedGapMs) measure(a, b, stepMs)
  else if (stepMs > speedGapMs) fill(a, b, stepMs)
  else leave(a, joinPaths(tailOf(a), headOf(b)))
  a.tail = tailBehind(a, b)
  passSpeeds(a, b)
}

function passSpeeds(a: Sums, { speedFirstAt, speedLastAt, speedLastKmh, lastStepMs }: Sums): void {
  const stepMs = speedFirstAt - a.speedLastAt
  if (a.speedFirstAt === a.speedLastAt) a.firstStepMs = stepMs
  a.speedLastAt = speedLastAt
  a.speedLastKmh = speedLastKmh
  a.lastStepMs = none(lastStepMs) ? stepMs : lastStepMs
}

/** A speed without a place of its own was measured where the car was within the last seconds. */
function tailBehind({ placeLastAt, placeLastLat, placeLastLon }: Sums, b: Sums): LazyPath {
  const { tail, speedFirstAt, speedLastAt } = b
  if (
    speedFirstAt !== speedLastAt ||
    (tail !== null && tailFrom(b) <= speedLastAt) ||
    !(speedLastAt - placeLastAt <= placeAgeMs)
  )
    return tail
  return joinPaths(pathOf(placeLastAt, placeLastLat, placeLastLon), tailOf(b))
}

/** By two speeds near each other, between which the car is taken to have changed evenly from one to
 *  the other. */
function measure(a: Sums, b: Sums, stepMs: number): void {
  a.drivenM += evenM(a.speedLastKmh, b.speedFirstKmh, stepMs, stepMs)
  a.speedMs += stepMs
  if (a.speedLastKmh < movingKmh && b.speedFirstKmh < movingKmh) a.idleMs += stepMs
}

/** By the places in a gap between two speeds, and beside them by the speeds. A car that said it
 *  stands stands until it says otherwise, or is elsewhere. */
function fill(a: Sums, b: Sums, stepMs: number): void {
  const path = joinPaths(tailOf(a), headOf(b))
  const isStanding = a.speedLastKmh < movingKmh
  const until = (ms: number): number => evenM(a.speedLastKmh, b.speedFirstKmh, stepMs, ms)
  const placedM = path === null || (isStanding && isRound(path)) ? 0 : lengthM(path)
  const placedByM = path === null ? 0 : until(path.lastAt - a.speedLastAt) - until(path.firstAt - a.speedLastAt)
  const besideM = isStanding ? 0 : until(stepMs) - placedByM
  a.gapMs += stepMs
  a.guessM += Math.max(0, besideM)
  a.drivenM += Math.max(0, placedM + besideM)
}

/** Metres after `ms` of a time in which the speed changes evenly; before it begins they are
 *  negative. */
const evenM = (fromKmh: number, toKmh: number, wholeMs: number, ms: number): number =>
  ((fromKmh + ((toKmh - fromKmh) * ms) / wholeMs / 2) / 3600) * ms

/** Metres told by the places before the first speed, and by those behind the last one: nothing,
 *  while the car is where it was. */
const headM = ({ head, speedFirstAt, speedFirstKmh }: Sums): number =>
  isOne(head) ? 0 : endM(head, speedFirstKmh, speedFirstAt - head.lastAt)
const tailM = ({ tail, speedLastAt, speedLastKmh }: Sums): number =>
  isOne(tail) ? 0 : none(speedLastAt) ? lengthM(tail) : endM(tail, speedLastKmh, tail.firstAt - speedLastAt)

/** With what the car drove between them and the speed, which is told at most so long apart. */
function endM(path: Path, besideKmh: number, apartMs: number): number {
  if (path.drivenM === 0 || (besideKmh < movingKmh && isRound(path))) return 0
  return lengthM(path) + (besideKmh < movingKmh || apartMs > speedGapMs ? 0 : (besideKmh / 3600) * apartMs)
}

/** How far the car was driven in all. Metres and milliseconds. */
export type Driven = {
  readonly distanceM: number
  /** The part of it that was driven in silences, how long these were, and over how much of them
   *  nobody knows how far it went. */
  readonly bridgedM: number
  readonly bridgedMs: number
  readonly unbridgedMs: number
}

export function drivenIn(sums: Sums): Driven {
  const ends = endStretches(sums.milestones).map((stretch) => toldBetween(withEnds(sums, stretch)))
  const sum = (of: (told: OdometerTold) => number): number => ends.reduce((so, told) => so + of(told), 0)
  const endsM = sums.parted === 0 ? (isOne(sums.head) ? 0 : lengthM(sums.head)) : edgesM(sums)
  return {
    distanceM: sums.drivenM + endsM + sums.moreM + sum(({ moreM }) => moreM),
    bridgedM: sums.bridgedM + sum(({ bridgedM }) => bridgedM),
    bridgedMs: sums.silentMs,
    unbridgedMs: sums.unknownMs - sums.knownMs - sum(({ knownMs }) => knownMs),
  }
}

/** No speed measures what lies before the first one, and behind the last one; where neither speed
 *  nor place is told, nothing is measured. */
function withEnds({ speedFirstAt, speedLastAt, placeLastAt }: Sums, [from, to]: Stretch): Stretch {
  if (none(speedFirstAt) && none(placeLastAt)) return [from, { ...to, gapMs: from.gapMs + to.at - from.at }]
  const [earlyMs, lateMs] = [speedFirstAt - from.at, to.at - speedLastAt]
  return [
    earlyMs > speedGapMs ? { ...from, gapMs: from.gapMs - earlyMs } : from,
    lateMs > speedGapMs ? { ...to, gapMs: to.gapMs + lateMs } : to,
  ]
}

/** Metres of a run beyond its first and its last speed: by places, else what the speeds stand
 *  for. */
function edgesM(sums: Sums): number {
  const { speedFirstKmh, firstStepMs, speedLastKmh, lastStepMs } = sums
  return (headM(sums) || edgeM(speedFirstKmh, firstStepMs)) + (tailM(sums) || edgeM(speedLastKmh, lastStepMs))
}

/** Half an interval. */
const edgeM = (kmh: number, stepMs: number): number =>
  none(kmh) || none(stepMs) ? 0 : (kmh / 3600) * (Math.min(stepMs, edgeMs) / 2)
