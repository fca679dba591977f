// The fuel and the energy of a trip: by the best of what was read, where that covers enough of it.
// A figure that covers too little, contradicts the state of charge, or is less than its sensor can
// tell apart, is not known.
import type { Trip } from '../../read-models/trips/trips.ts'
import type { Readings } from './readings.ts'
import { chargeStep, coveredShare, litreStep, tankStepL, witnessShare } from './trip-rules.ts'

export type Span = { readonly startAt: number; readonly endAt: number }

type Figure<From> = {
  /** Litres or kWh, three decimals. */
  readonly value: number
  readonly from: NonNullable<From>
  /** The share of the trip that was read for it, two decimals. */
  readonly covered: number
}

/** How a trip began, and what its engine may burn. */
type FuelledSpan = Span & { readonly switchedOn: boolean; readonly burnLhMost: number }

/** By the counter of the engine, else by its rate, else by what the tank holds less; undefined
 *  where none of them covers the trip and tells something. A counter since the start (VSS: of the
 *  current trip) was 0 when the ignition was switched on, so that one reading at the end is enough
 *  then; without that, one reading is no difference. */
export function fuelFigure(readings: Readings, span: FuelledSpan): Figure<Trip['fuelFrom']> | undefined {
  const { burnLhMost } = span
  const { usedL, usedMs, usedFirstAt, usedFirstL, usedFell } = readings
  const firstMs = usedFirstAt - span.startAt
  const fromZero = span.switchedOn && usedFell === 0 && usedFirstL <= litreStep + (burnLhMost * firstMs) / 3.6e6
  const tankMs = readings.tankLastAt - readings.tankFirstAt
  const tankL = median(readings.tankFirst) - median(readings.tankLast)
  const isTold = tankL >= tankStepL && tankL <= tankStepL + (burnLhMost * tankMs) / 3.6e6
  return (
    figure(usedL + (fromZero ? usedFirstL : 0), 'counter', usedMs + (fromZero ? firstMs : 0), span) ??
    figure(readings.rateL, 'rate', readings.rateMs, span) ??
    (isTold ? figure(tankL, 'tank', tankMs, span) : undefined)
  )
}

type Energy =
  | Figure<Trip['energyFrom']>
  | { readonly value: null; readonly doubt: NonNullable<Trip['energyDoubt']> }
  | undefined

/** By the counter of the battery, else by the integral of its power, else by what its charge fell
 *  by, where the car says what it holds; undefined where none covers the trip and tells something.
 *  A figure that says charge came where charge went has its sign the wrong way round. Charge taken
 *  at a stand is no part of it. */
export function energyFigure(readings: Readings, span: Span): Energy {
  const { usedKwh, kwhMs, joules, chargedJ, powerMs, fellPercent, fellMs, restPercent, capacityKwh } = readings
  // A car that stands takes some, and its state of charge goes to and fro by a step.
  const usedPercent = fellPercent + (restPercent >= 2 * chargeStep ? restPercent : 0)
  // VSS: power flows into the battery; what a trip costs flows out of it.
  const told =
    figure<Trip['energyFrom']>(usedKwh, 'counter', kwhMs, span) ??
    figure<Trip['energyFrom']>((chargedJ - joules) / 3.6e6, 'power', powerMs, span)
  const isWitness = Math.abs(usedPercent) >= 2 * chargeStep && isCovered(fellMs, span, witnessShare)
  const isAgainst = told !== undefined && isWitness && told.value * usedPercent < 0
  if (told !== undefined && !isAgainst) return told
  const isTold = capacityKwh > 0 && Math.abs(usedPercent) >= chargeStep
  const charge = isTold
    ? figure<Trip['energyFrom']>((usedPercent / 100) * capacityKwh, 'charge', fellMs, span)
    : undefined
  return charge ?? (isAgainst ? { value: null, doubt: 'against-charge' } : undefined)
}

/** Whether what was read is enough of the span. False for NaN, which is nothing read, and for a
 *  span of no length. */
export const isCovered = (readMs: number, { startAt, endAt }: Span, share = coveredShare): boolean =>
  readMs > 0 && readMs >= share * (endAt - startAt)

/** The share of a span, up to 1, two decimals. */
export const shareOfSpan = (readMs: number, { startAt, endAt }: Span): number =>
  Math.min(1, Math.round((readMs / (endAt - startAt)) * 100) / 100)

/** Undefined where it covers too little, and where it is 0: a counter or a rate that never moved is
 *  not wired, or counts in steps that are larger. */
function figure<From>(value: number, from: NonNullable<From>, readMs: number, span: Span): Figure<From> | undefined {
  const rounded = Math.round(value * 1000) / 1000
  return rounded === 0 || !isCovered(readMs, span)
    ? undefined
    : { value: rounded, from, covered: shareOfSpan(readMs, span) }
}

/** NaN of nothing. */
function median(levels: readonly number[]): number {
  const sorted = [...levels].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? NaN)) / 2
}
