// The fuel and the energy of a trip: by the best of what was read, where that covers enough of it.
import type { Trip } from '../../model/read-models.ts'
import type { Readings } from './readings.ts'
import { coveredShare } from './trip-rules.ts'

export type Span = { readonly startAt: number; readonly endAt: number }

type Figure<From> = {
  /** Litres or kWh, three decimals. */
  readonly value: number
  readonly from: NonNullable<From>
  /** The share of the trip that was read for it, two decimals. */
  readonly covered: number
}

/** By the counter of the engine, else by its rate, else by what the tank holds less, unless it was filled up; undefined where none
 *  of them covers the trip. A counter since the start (VSS: of the current trip) was 0 when the ignition was switched on, so
 *  that one reading at the end is enough then; without that, one reading is no difference. */
export function fuelFigure(readings: Readings, span: Span & { readonly switchedOn: boolean }): Figure<Trip['fuelFrom']> | undefined {
  const { usedFirstL, usedL, tankFirstL, tankLastL } = readings
  const durationMs = span.endAt - span.startAt
  const fromZero = span.switchedOn && readings.usedFell === 0
  const countedMs = within(span, fromZero ? span.startAt : readings.usedFirstAt, readings.usedLastAt)
  if (isCovered(countedMs, durationMs)) return figure(usedL + (fromZero ? usedFirstL : 0), 'counter', countedMs, span)
  if (isCovered(readings.rateMs, durationMs)) return figure(readings.rateL, 'rate', readings.rateMs, span)
  const tankMs = within(span, readings.tankFirstAt, readings.tankLastAt)
  if (tankFirstL >= tankLastL && isCovered(tankMs, durationMs)) return figure(tankFirstL - tankLastL, 'tank', tankMs, span)
  return undefined
}

/** By the counter of the battery, else by the integral of its power; undefined where neither covers the trip. */
export function energyFigure(readings: Readings, span: Span): Figure<Trip['energyFrom']> | undefined {
  const durationMs = span.endAt - span.startAt
  const countedMs = within(span, readings.usedKwhFirstAt, readings.usedKwhLastAt)
  if (isCovered(countedMs, durationMs)) return figure(readings.usedKwh, 'counter', countedMs, span)
  // VSS: power flows into the battery; what a trip costs flows out of it. 0 − x, as −0 and 0 are two values.
  return isCovered(readings.powerMs, durationMs) ? figure(0 - readings.joules / 3.6e6, 'power', readings.powerMs, span) : undefined
}

/** False for NaN, which is nothing read, and for a span of no length, which nothing covers. */
export const isCovered = (readMs: number, durationMs: number): boolean => readMs > 0 && readMs >= coveredShare * durationMs

/** What of the span lies between two readings; NaN when one is not there. */
const within = ({ startAt, endAt }: Span, firstAt: number, lastAt: number): number => Math.min(lastAt, endAt) - Math.max(firstAt, startAt)

const figure = <From>(value: number, from: NonNullable<From>, readMs: number, { startAt, endAt }: Span): Figure<From> => ({
  value: Math.round(value * 1000) / 1000,
  from,
  covered: Math.min(1, Math.round((readMs / (endAt - startAt)) * 100) / 100),
})
