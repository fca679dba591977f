// Odometers tell of a way that was not measured. Two of them are held against the way between them
// where both were read while speeds measured it: in a gap, and from gap to gap, an odometer tells
// nothing but how far all of it was, and many short steps of a coarse one are a long way.
//
//   ●──●──● speeds ●──●        gaps        ●──────────●       ●──●──●
//      first                                                   second: the way between is the odometer's
import { commonStepM, odometerWayM } from './joining.ts'
import { bridgeReadingMs, odometerShareLeast } from './trip-rules.ts'

/** The sums of a run without odometers. Metres and milliseconds. */
export type RunWay = {
  readonly drivenM: number
  /** How much of the time is not measured, and what of the distance was guessed by the speeds
   *  around it. */
  readonly gapMs: number
  readonly guessM: number
  /** How much of the time is silences, and over how much of these nobody knows how far the car
   *  went. */
  readonly silentMs: number
  readonly unknownMs: number
}

/** An odometer, and the way that led to it from the beginning of the run. */
export type Milestone = RunWay & { readonly at: number; readonly odometerM: number }

export const milestoneFields = [
  'at',
  'odometerM',
  'drivenM',
  'gapMs',
  'guessM',
  'silentMs',
  'unknownMs',
] as const satisfies readonly (keyof Milestone)[]

/** The first and the last of a run, and between them the first and the last that were read while
 *  speeds measured the way; none, two, or four. */
export type Milestones =
  | readonly []
  | readonly [first: Milestone, last: Milestone]
  | readonly [first: Milestone, firstMeasured: Milestone, lastMeasured: Milestone, last: Milestone]

export const noMilestones: Milestones = []

export function milestonesOf(at: number, odometerM: number): Milestones {
  const only = { at, odometerM, drivenM: 0, gapMs: 0, guessM: 0, silentMs: 0, unknownMs: 0 }
  return [only, only]
}

export function mapMilestones(milestones: Milestones, change: (each: Milestone) => Milestone): Milestones {
  if (milestones.length === 0) return milestones
  if (milestones.length === 2) return [change(milestones[0]), change(milestones[1])]
  return [change(milestones[0]), change(milestones[1]), change(milestones[2]), change(milestones[3])]
}

/** Those of a run that follows another one. `by` is the way before it. */
export const movedOn = (milestones: Milestones, by: RunWay): Milestones =>
  mapMilestones(milestones, (each) => ({
    at: each.at,
    odometerM: each.odometerM,
    drivenM: each.drivenM + by.drivenM,
    gapMs: each.gapMs + by.gapMs,
    guessM: each.guessM + by.guessM,
    silentMs: each.silentMs + by.silentMs,
    unknownMs: each.unknownMs + by.unknownMs,
  }))

/** A milestone on the way from one point to another, at a share of it. Nothing is silent there. */
export function between({ at, odometerM }: Milestone, from: RunWay, to: RunWay, share: number): Milestone {
  const part = Number.isNaN(share) ? 0 : Math.max(0, Math.min(1, share))
  return {
    ...from,
    at,
    odometerM,
    drivenM: from.drivenM + (to.drivenM - from.drivenM) * part,
    gapMs: from.gapMs + (to.gapMs - from.gapMs) * part,
    guessM: from.guessM + (to.guessM - from.guessM) * part,
  }
}

/** Two odometers between which the way is what both tell. */
export type Stretch = readonly [from: Milestone, to: Milestone]

/** Both as one; `isLastMeasured` says that the last of `a` was read while speeds measured the
 *  way, `isFirstMeasured` that the first of `b` was. Stretches that this settles are put into
 *  `settled`. */
export function joinMilestones(
  a: Milestones,
  b: Milestones,
  { isLastMeasured, isFirstMeasured }: { readonly isLastMeasured: boolean; readonly isFirstMeasured: boolean },
  settled: Stretch[],
): Milestones {
  const left = isLastMeasured ? measuredLast(a, settled) : a
  const right = isFirstMeasured ? measuredFirst(b, settled) : b
  if (left.length === 0) return right
  if (right.length === 0) return left
  const last = right.length === 2 ? right[1] : right[3]
  if (left.length === 2) return right.length === 2 ? [left[0], last] : [left[0], right[1], right[2], last]
  if (right.length === 2) return [left[0], left[1], left[2], last]
  settled.push([left[2], right[1]])
  return [left[0], left[1], right[2], last]
}

function measuredLast(milestones: Milestones, settled: Stretch[]): Milestones {
  if (milestones.length === 0) return milestones
  if (milestones.length === 2) return [milestones[0], milestones[1], milestones[1], milestones[1]]
  const [first, firstMeasured, lastMeasured, last] = milestones
  settled.push([lastMeasured, last])
  return [first, firstMeasured, last, last]
}

function measuredFirst(milestones: Milestones, settled: Stretch[]): Milestones {
  if (milestones.length === 0) return milestones
  if (milestones.length === 2) return [milestones[0], milestones[0], milestones[0], milestones[1]]
  const [first, firstMeasured, lastMeasured, last] = milestones
  settled.push([first, firstMeasured])
  return [first, first, lastMeasured, last]
}

/** The stretches not settled yet: at either end, or all, where nothing was measured. */
export function endStretches(milestones: Milestones): Stretch[] {
  if (milestones.length === 0) return []
  if (milestones.length === 2) return [[milestones[0], milestones[1]]]
  return [
    [milestones[0], milestones[1]],
    [milestones[2], milestones[3]],
  ]
}

/** The word of two odometers beside the way between them: how much longer that is, how much of this
 *  was driven in silences, and over how much of these it is known now. */
export type OdometerTold = { readonly moreM: number; readonly bridgedM: number; readonly knownMs: number }
const nothing: OdometerTold = { moreM: 0, bridgedM: 0, knownMs: 0 }

/** They count where the way is longer than was measured; and where it is shorter, of what was
 *  guessed, unless the odometer stands though the car was driven, or counts in another unit, as it
 *  seems. */
export function toldBetween([from, to]: Stretch): OdometerTold {
  const gapMs = to.gapMs - from.gapMs
  const toldMs = to.at - from.at
  if (gapMs <= 0 || toldMs - gapMs > bridgeReadingMs) return nothing
  const toldM = odometerWayM(from.odometerM, to.odometerM, toldMs)
  const drivenM = to.drivenM - from.drivenM
  const moreM = toldM - drivenM
  if (Number.isNaN(moreM)) return nothing
  const knownMs = to.unknownMs - from.unknownMs
  const stepM = commonStepM(from.odometerM, to.odometerM)
  const guessM = to.guessM - from.guessM
  if (
    Math.abs(moreM) <= stepM ||
    (moreM < 0 && (toldM <= Math.max(stepM, odometerShareLeast * drivenM) || moreM + guessM < 0))
  )
    return { ...nothing, knownMs }
  return { moreM, bridgedM: to.silentMs > from.silentMs ? Math.max(0, moreM) : 0, knownMs }
}
