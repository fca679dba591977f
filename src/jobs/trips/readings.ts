// Sums of the readings of fuel and energy in a run of samples: counters, levels and integrals, each
// with what of the time it is known of. Two that follow each other join, so that sums do not depend
// on the order of arrival.
import type { DriveSample } from './drive-sample.ts'
import {
  chargePercentMost,
  chargeStep,
  drawKwMost,
  kwhStep,
  litreStep,
  movingKmh,
  readingGapMs,
  recoverKwMost,
  tankLevels,
} from './trip-rules.ts'

/** Numbers; NaN = none. */
export type Readings = {
  /** Litres that counters grew by, over how much of the time that is believed, and their first and
   *  last values. */
  usedL: number
  usedMs: number
  usedFirstAt: number
  usedFirstL: number
  usedLastAt: number
  usedLastL: number
  /** 1 when the counter of the engine began anew. */
  usedFell: number
  usedKwh: number
  kwhMs: number
  kwhFirstAt: number
  kwhFirst: number
  kwhLastAt: number
  kwhLast: number
  /** Integrals of the fuel's rate and of the battery's power, and over how long. */
  rateL: number
  rateMs: number
  rateFirstAt: number
  rateFirstLh: number
  rateLastAt: number
  rateLastLh: number
  joules: number
  powerMs: number
  /** The part of it that was charged at a stand, and what came in before the first speed, of which
   *  nobody knows yet whether the car stood. */
  chargedJ: number
  earlyJ: number
  powerFirstAt: number
  powerFirstW: number
  powerLastAt: number
  powerLastW: number
  /** The fall of the state of charge, over how much of the time that is believed, and its first and
   *  last value; what it rose by at a stand, and before the first speed; and what the battery
   *  holds. */
  fellPercent: number
  fellMs: number
  restPercent: number
  earlyPercent: number
  chargeFirstAt: number
  chargeFirst: number
  chargeLastAt: number
  chargeLast: number
  capacityKwh: number
  /** Levels of the tank while the car stood: when the first and last were read, and the first and
   *  last of them. */
  tankFirstAt: number
  tankLastAt: number
  tankFirst: readonly number[]
  tankLast: readonly number[]
}

const none = Number.isNaN
const either = (preferred: number, other: number): number => (none(preferred) ? other : preferred)

/** The readings of no sample. */
export const newReadings = (): Readings => ({
  usedL: 0,
  usedMs: 0,
  usedFirstAt: NaN,
  usedFirstL: NaN,
  usedLastAt: NaN,
  usedLastL: NaN,
  usedFell: 0,
  usedKwh: 0,
  kwhMs: 0,
  kwhFirstAt: NaN,
  kwhFirst: NaN,
  kwhLastAt: NaN,
  kwhLast: NaN,
  rateL: 0,
  rateMs: 0,
  rateFirstAt: NaN,
  rateFirstLh: NaN,
  rateLastAt: NaN,
  rateLastLh: NaN,
  joules: 0,
  powerMs: 0,
  chargedJ: 0,
  earlyJ: 0,
  powerFirstAt: NaN,
  powerFirstW: NaN,
  powerLastAt: NaN,
  powerLastW: NaN,
  fellPercent: 0,
  fellMs: 0,
  restPercent: 0,
  earlyPercent: 0,
  chargeFirstAt: NaN,
  chargeFirst: NaN,
  chargeLastAt: NaN,
  chargeLast: NaN,
  capacityKwh: NaN,
  tankFirstAt: NaN,
  tankLastAt: NaN,
  tankFirst: noLevels,
  tankLast: noLevels,
})

const noLevels: readonly number[] = []

/** Makes readings of no sample, or of one, those of this one. */
export function setReadings(readings: Readings, sample: DriveSample, burnLhMost: number): void {
  const { at, speedKmh, usedL, tankL, usedKwh, chargePercent, capacityKwh } = sample
  // A reading that no engine or battery has is none.
  const fuelLh = sample.fuelLh <= burnLhMost ? sample.fuelLh : NaN
  const powerW = Math.abs(sample.powerW) <= drawKwMost * 1000 ? sample.powerW : NaN
  readings.usedFirstAt = readings.usedLastAt = none(usedL) ? NaN : at
  readings.usedFirstL = readings.usedLastL = usedL
  readings.kwhFirstAt = readings.kwhLastAt = none(usedKwh) ? NaN : at
  readings.kwhFirst = readings.kwhLast = usedKwh
  readings.rateFirstAt = readings.rateLastAt = none(fuelLh) ? NaN : at
  readings.rateFirstLh = readings.rateLastLh = fuelLh
  readings.powerFirstAt = readings.powerLastAt = none(powerW) ? NaN : at
  readings.powerFirstW = readings.powerLastW = powerW
  readings.chargeFirstAt = readings.chargeLastAt = none(chargePercent) ? NaN : at
  readings.chargeFirst = readings.chargeLast = chargePercent
  readings.capacityKwh = capacityKwh
  const isLevel = speedKmh < movingKmh && !none(tankL)
  readings.tankFirstAt = readings.tankLastAt = isLevel ? at : NaN
  readings.tankFirst = readings.tankLast = isLevel ? [tankL] : noLevels
}

/** Speeds that say whether a car stood: whether there is one, the first with its instant, and the
 *  last. */
type Speeds = {
  readonly parted: number
  readonly speedFirstAt: number
  readonly speedFirstKmh: number
  readonly speedLastKmh: number
}

/** Makes `a` the readings of both; those of `b` are later. The speeds of `a` are its own still. */
export function joinReadings(a: Readings & Speeds, b: Readings & Speeds, burnLhMost: number): void {
  joinUsed(a, b, burnLhMost)
  joinKwh(a, b)
  joinRates(a, b)
  joinPower(a, b)
  joinCharge(a, b)
  a.capacityKwh = either(b.capacityKwh, a.capacityKwh)
  if (b.tankFirst.length === 0) return
  a.tankFirstAt = either(a.tankFirstAt, b.tankFirstAt)
  a.tankLastAt = b.tankLastAt
  if (a.tankFirst.length < tankLevels) a.tankFirst = [...a.tankFirst, ...b.tankFirst].slice(0, tankLevels)
  a.tankLast = [...a.tankLast, ...b.tankLast].slice(-tankLevels)
}

/** A counter since the start that fell was started anew from 0. More than any engine burns in the
 *  time is not believed: then it says nothing of that time. */
function joinUsed(a: Readings, b: Readings, burnLhMost: number): void {
  if (none(b.usedFirstAt)) return
  const stepMs = b.usedFirstAt - a.usedLastAt
  const fell = b.usedFirstL < a.usedLastL
  const grownL = fell ? b.usedFirstL : b.usedFirstL - a.usedLastL
  const isBelieved = grownL <= litreStep + (burnLhMost * stepMs) / 3.6e6
  if (fell || b.usedFell === 1) a.usedFell = 1
  a.usedL = a.usedL + (isBelieved ? grownL : 0) + b.usedL
  a.usedMs = a.usedMs + (isBelieved ? stepMs : 0) + b.usedMs
  a.usedFirstAt = either(a.usedFirstAt, b.usedFirstAt)
  a.usedFirstL = either(a.usedFirstL, b.usedFirstL)
  a.usedLastAt = either(b.usedLastAt, a.usedLastAt)
  a.usedLastL = either(b.usedLastL, a.usedLastL)
}

/** A counter over the battery's life: less where driving downhill gave back more than it took. A
 *  change that no car makes in the time means another counter, and says nothing of it. */
function joinKwh(a: Readings, b: Readings): void {
  if (none(b.kwhFirstAt)) return
  const stepMs = b.kwhFirstAt - a.kwhLastAt
  const changeKwh = b.kwhFirst - a.kwhLast
  const mostKw = changeKwh > 0 ? drawKwMost : recoverKwMost
  const isBelieved = Math.abs(changeKwh) <= kwhStep + (mostKw * stepMs) / 3.6e6
  a.usedKwh = a.usedKwh + (isBelieved ? changeKwh : 0) + b.usedKwh
  a.kwhMs = a.kwhMs + (isBelieved ? stepMs : 0) + b.kwhMs
  a.kwhFirstAt = either(a.kwhFirstAt, b.kwhFirstAt)
  a.kwhFirst = either(a.kwhFirst, b.kwhFirst)
  a.kwhLastAt = either(b.kwhLastAt, a.kwhLastAt)
  a.kwhLast = either(b.kwhLast, a.kwhLast)
}

function joinRates(a: Readings, b: Readings): void {
  if (none(b.rateFirstAt)) return
  const rateMs = integratedMs(a.rateLastAt, b.rateFirstAt)
  a.rateL = a.rateL + integral(a.rateLastLh, b.rateFirstLh, rateMs) / 3.6e6 + b.rateL
  a.rateMs = a.rateMs + rateMs + b.rateMs
  a.rateFirstLh = either(a.rateFirstLh, b.rateFirstLh)
  a.rateFirstAt = either(a.rateFirstAt, b.rateFirstAt)
  a.rateLastLh = either(b.rateLastLh, a.rateLastLh)
  a.rateLastAt = either(b.rateLastAt, a.rateLastAt)
}

/** Power into the battery of a car that stands is charging, and no part of what was used: what
 *  comes back on the way comes from its motion. */
function joinPower(a: Readings & Speeds, b: Readings & Speeds): void {
  if (none(b.powerFirstAt)) return
  const powerMs = integratedMs(a.powerLastAt, b.powerFirstAt)
  const joules = integral(a.powerLastW, b.powerFirstW, powerMs) / 1000
  const at = whereabouts(a, b, b.powerFirstAt)
  const before = whereabouts(a, b, NaN)
  a.joules = a.joules + joules + b.joules
  a.powerMs = a.powerMs + powerMs + b.powerMs
  a.chargedJ = a.chargedJ + (at === 'rest' ? Math.max(0, joules) : 0) + (before === 'rest' ? b.earlyJ : 0) + b.chargedJ
  a.earlyJ = a.earlyJ + (at === 'early' ? Math.max(0, joules) : 0) + (before === 'early' ? b.earlyJ : 0)
  a.powerFirstW = either(a.powerFirstW, b.powerFirstW)
  a.powerFirstAt = either(a.powerFirstAt, b.powerFirstAt)
  a.powerLastW = either(b.powerLastW, a.powerLastW)
  a.powerLastAt = either(b.powerLastAt, a.powerLastAt)
}

/** The state of charge, step by step: one that no battery makes in the time is not believed, so
 *  that a lone reading says nothing. */
function joinCharge(a: Readings & Speeds, b: Readings & Speeds): void {
  if (none(b.chargeFirstAt)) return
  const stepMs = b.chargeFirstAt - a.chargeLastAt
  const risePercent = b.chargeFirst - a.chargeLast
  const isBelieved = Math.abs(risePercent) <= chargeStep + (chargePercentMost * stepMs) / 3.6e6
  const at = isBelieved ? whereabouts(a, b, b.chargeFirstAt) : 'driven'
  const before = whereabouts(a, b, NaN)
  a.fellPercent = a.fellPercent - (isBelieved ? risePercent : 0) + b.fellPercent
  a.fellMs = a.fellMs + (isBelieved ? stepMs : 0) + b.fellMs
  a.restPercent =
    a.restPercent + (at === 'rest' ? risePercent : 0) + (before === 'rest' ? b.earlyPercent : 0) + b.restPercent
  a.earlyPercent = a.earlyPercent + (at === 'early' ? risePercent : 0) + (before === 'early' ? b.earlyPercent : 0)
  a.chargeFirstAt = either(a.chargeFirstAt, b.chargeFirstAt)
  a.chargeFirst = either(a.chargeFirst, b.chargeFirst)
  a.chargeLastAt = either(b.chargeLastAt, a.chargeLastAt)
  a.chargeLast = either(b.chargeLast, a.chargeLast)
}

/** Whether a car is driven or at rest by the last speed told before an instant of `b`, or before
 *  all of it: NaN. Early is before the first speed. */
function whereabouts(a: Speeds, b: Speeds, at: number): 'driven' | 'rest' | 'early' {
  const kmh = b.speedFirstAt <= at ? b.speedFirstKmh : a.speedLastKmh
  if (none(kmh)) return a.parted === 0 ? 'early' : 'driven'
  return kmh < movingKmh ? 'rest' : 'driven'
}

/** The time between two readings that are near enough for an integral; 0 otherwise. */
const integratedMs = (fromAt: number, toAt: number): number => (toAt - fromAt <= readingGapMs ? toAt - fromAt : 0)

/** By the trapezoid rule; 0 over no time, where there may be no readings. */
const integral = (from: number, to: number, ms: number): number => (ms === 0 ? 0 : ((from + to) / 2) * ms)
