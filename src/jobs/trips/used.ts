// The fuel and the energy of a trip: by the best of what was read, where that covers enough of it. What covers too little, contradicts
// the state of charge, or is less than its sensor can tell apart, is not known.
import type { Trip } from '../../model/read-models.ts'
import type { Readings } from './readings.ts'
import { burnLhMost, chargeStep, coveredShare, litreStep, tankStepL, witnessShare } from './trip-rules.ts'

export type Span = { readonly startAt: number; readonly endAt: number }

type Figure<From> = {
  /** Litres or kWh, three decimals. */
  readonly value: number
  readonly from: NonNullable<From>
  /** The share of the trip that was read for it, two decimals. */
  readonly covered: number
}

/** By the counter of the engine, else by its rate, else by what the tank holds less; undefined where none of them covers the trip. A
 *  counter since the start (VSS: of the current trip) was 0 when the ignition was switched on, so that one reading at the end is
 *  enough then; without that, one reading is no difference. */
export function fuelFigure(readings: Readings, span: Span & { readonly switchedOn: boolean }): Figure<Trip['fuelFrom']> | undefined {
  const { usedL, usedMs, usedFirstAt, usedFirstL, usedFell } = readings
  const firstMs = usedFirstAt - span.startAt
  const fromZero = span.switchedOn && usedFell === 0 && usedFirstL <= litreStep + (burnLhMost * firstMs) / 3.6e6
  const countedMs = usedMs + (fromZero ? firstMs : 0)
  if (isCovered(countedMs, span)) return figure(usedL + (fromZero ? usedFirstL : 0), 'counter', countedMs, span)
  if (isCovered(readings.rateMs, span)) return figure(readings.rateL, 'rate', readings.rateMs, span)
  const tankMs = readings.tankLastAt - readings.tankFirstAt
  const tankL = median(readings.tankFirst) - median(readings.tankLast)
  const isTold = tankL >= tankStepL && tankL <= tankStepL + (burnLhMost * tankMs) / 3.6e6
  return isTold && isCovered(tankMs, span) ? figure(tankL, 'tank', tankMs, span) : undefined
}

type Energy = Figure<Trip['energyFrom']> | { readonly value: null; readonly doubt: NonNullable<Trip['energyDoubt']> } | undefined

/** By the counter of the battery, else by the integral of its power, else by what its charge fell by, where the car says what it
 *  holds; undefined where none covers the trip. One that says charge came where charge went has its sign the wrong way round. */
export function energyFigure(readings: Readings, span: Span): Energy {
  const { usedKwh, kwhMs, joules, powerMs, chargeFirst, chargeLast, capacityKwh } = readings
  const chargeMs = readings.chargeLastAt - readings.chargeFirstAt
  const fallPercent = chargeFirst - chargeLast
  // VSS: power flows into the battery; what a trip costs flows out of it.
  const told = isCovered(kwhMs, span)
    ? figure<Trip['energyFrom']>(usedKwh, 'counter', kwhMs, span)
    : isCovered(powerMs, span)
      ? figure<Trip['energyFrom']>(-joules / 3.6e6, 'power', powerMs, span)
      : undefined
  const isWitness = Math.abs(fallPercent) >= 2 * chargeStep && isCovered(chargeMs, span, witnessShare)
  const isAgainst = told !== undefined && isWitness && told.value * fallPercent < 0
  if (told !== undefined && !isAgainst) return told
  if (capacityKwh > 0 && Math.abs(fallPercent) >= chargeStep && isCovered(chargeMs, span))
    return figure((fallPercent / 100) * capacityKwh, 'charge', chargeMs, span)
  return isAgainst ? { value: null, doubt: 'against-charge' } : undefined
}

/** Whether what was read is enough of the span. False for NaN, which is nothing read, and for a span of no length. */
export const isCovered = (readMs: number, { startAt, endAt }: Span, share = coveredShare): boolean =>
  readMs > 0 && readMs >= share * (endAt - startAt)

/** The share of a span, up to 1, two decimals. */
export const shareOf = (readMs: number, { startAt, endAt }: Span): number =>
  Math.min(1, Math.round((readMs / (endAt - startAt)) * 100) / 100)

const figure = <From>(value: number, from: NonNullable<From>, readMs: number, span: Span): Figure<From> => ({
  // −0 + 0 is 0.
  value: Math.round(value * 1000) / 1000 + 0,
  from,
  covered: shareOf(readMs, span),
})

/** NaN of nothing. */
function median(levels: readonly number[]): number {
  const sorted = [...levels].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? NaN)) / 2
}
