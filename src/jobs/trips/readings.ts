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
  joinRates(a, b)
  joinPower(a, b)
}

function joinRates(a: Readings, b: Readings): void {
  const stepMs = b.rateFirstAt - a.rateLastAt
  const known = stepMs <= readingGapMs
  a.rateL = a.rateL + (known ? (((a.rateLastLh + b.rateFirstLh) / 2) * stepMs) / 3.6e6 : 0) + b.rateL
  a.rateMs = a.rateMs + (known ? stepMs : 0) + b.rateMs
  a.rateFirstLh = either(a.rateFirstLh, b.rateFirstLh)
  a.rateFirstAt = either(a.rateFirstAt, b.rateFirstAt)
  a.rateLastLh = either(b.rateLastLh, a.rateLastLh)
  a.rateLastAt = either(b.rateLastAt, a.rateLastAt)
}

function joinPower(a: Readings, b: Readings): void {
  const stepMs = b.powerFirstAt - a.powerLastAt
  const known = stepMs <= readingGapMs
  a.joules = a.joules + (known ? (((a.powerLastW + b.powerFirstW) / 2) * stepMs) / 1000 : 0) + b.joules
  a.powerMs = a.powerMs + (known ? stepMs : 0) + b.powerMs
  a.powerFirstW = either(a.powerFirstW, b.powerFirstW)
  a.powerFirstAt = either(a.powerFirstAt, b.powerFirstAt)
  a.powerLastW = either(b.powerLastW, a.powerLastW)
  a.powerLastAt = either(b.powerLastAt, a.powerLastAt)
}

const either = (preferred: number, other: number): number => (none(preferred) ? other : preferred)

/** What a counter since the start grew by; one that fell was started anew from 0. */
const grown = (last: number, first: number): number => (none(last) || none(first) ? 0 : first >= last ? first - last : first)

/** What a counter over the battery's life changed by: less where driving downhill gave back more than it took. A change that no car
 *  makes between two samples of a trip means another counter, and says nothing. */
const netKwh = (last: number, first: number): number => (Math.abs(first - last) <= netKwhMax ? first - last : 0)
