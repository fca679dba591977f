// What a stretch's readings of fuel and energy amount to: counters, levels and integrals, each with what of the time it is known of.
// Two that follow each other join, so that sums do not depend on the order of arrival.
import { netKwhMax, readingGapMs } from './trip-rules.ts'

/** All numbers; NaN = none. */
export type Readings = {
  /** What counters grew by, and their first and last values and when these were read. */
  usedL: number
  usedFirstAt: number
  usedFirstL: number
  usedLastAt: number
  usedLastL: number
  /** 1 when the counter of the engine began anew. */
  usedFell: number
  tankFirstAt: number
  tankFirstL: number
  tankLastAt: number
  tankLastL: number
  /** Integral of the fuel's rate, and over how long. */
  rateL: number
  rateMs: number
  rateFirstAt: number
  rateFirstLh: number
  rateLastAt: number
  rateLastLh: number
  usedKwh: number
  usedKwhFirstAt: number
  usedFirstKwh: number
  usedKwhLastAt: number
  usedLastKwh: number
  /** Integral of the battery's power, and over how long. */
  joules: number
  powerMs: number
  powerFirstAt: number
  powerFirstW: number
  powerLastAt: number
  powerLastW: number
}

const none = Number.isNaN

/** Makes `a` the readings of both; those of `b` are later. */
export function joinReadings(a: Readings, b: Readings): void {
  if (b.usedFirstL < a.usedLastL || b.usedFell === 1) a.usedFell = 1
  a.usedL = a.usedL + grown(a.usedLastL, b.usedFirstL) + b.usedL
  a.usedKwh = a.usedKwh + netKwh(a.usedLastKwh, b.usedFirstKwh) + b.usedKwh
  a.usedFirstAt = either(a.usedFirstAt, b.usedFirstAt)
  a.usedFirstL = either(a.usedFirstL, b.usedFirstL)
  a.usedLastAt = either(b.usedLastAt, a.usedLastAt)
  a.usedLastL = either(b.usedLastL, a.usedLastL)
  a.tankFirstAt = either(a.tankFirstAt, b.tankFirstAt)
  a.tankFirstL = either(a.tankFirstL, b.tankFirstL)
  a.tankLastAt = either(b.tankLastAt, a.tankLastAt)
  a.tankLastL = either(b.tankLastL, a.tankLastL)
  a.usedKwhFirstAt = either(a.usedKwhFirstAt, b.usedKwhFirstAt)
  a.usedFirstKwh = either(a.usedFirstKwh, b.usedFirstKwh)
  a.usedKwhLastAt = either(b.usedKwhLastAt, a.usedKwhLastAt)
  a.usedLastKwh = either(b.usedLastKwh, a.usedLastKwh)
  const rateMs = integratedMs(a.rateLastAt, b.rateFirstAt)
  a.rateL = a.rateL + integral(a.rateLastLh, b.rateFirstLh, rateMs) / 3.6e6 + b.rateL
  a.rateMs = a.rateMs + rateMs + b.rateMs
  a.rateFirstLh = either(a.rateFirstLh, b.rateFirstLh)
  a.rateFirstAt = either(a.rateFirstAt, b.rateFirstAt)
  a.rateLastLh = either(b.rateLastLh, a.rateLastLh)
  a.rateLastAt = either(b.rateLastAt, a.rateLastAt)
  const powerMs = integratedMs(a.powerLastAt, b.powerFirstAt)
  a.joules = a.joules + integral(a.powerLastW, b.powerFirstW, powerMs) / 1000 + b.joules
  a.powerMs = a.powerMs + powerMs + b.powerMs
  a.powerFirstW = either(a.powerFirstW, b.powerFirstW)
  a.powerFirstAt = either(a.powerFirstAt, b.powerFirstAt)
  a.powerLastW = either(b.powerLastW, a.powerLastW)
  a.powerLastAt = either(b.powerLastAt, a.powerLastAt)
}

/** The time between two readings that are near enough for an integral; 0 otherwise. */
const integratedMs = (fromAt: number, toAt: number): number => (toAt - fromAt <= readingGapMs ? toAt - fromAt : 0)

/** By the trapezoid rule; 0 over no time, where there may be no readings. */
const integral = (from: number, to: number, ms: number): number => (ms === 0 ? 0 : ((from + to) / 2) * ms)

const either = (preferred: number, other: number): number => (none(preferred) ? other : preferred)

/** What a counter since the start grew by; one that fell was started anew from 0. */
const grown = (last: number, first: number): number => (none(last) || none(first) ? 0 : first >= last ? first - last : first)

/** What a counter over the battery's life changed by: less where driving downhill gave back more than it took. A change that no car
 *  makes between two samples of a trip means another counter, and says nothing. */
const netKwh = (last: number, first: number): number => (Math.abs(first - last) <= netKwhMax ? first - last : 0)
