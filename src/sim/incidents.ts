// Incidents: what may go wrong, how often by chance, and what is asked for on purpose
// (`crash@60:sim-00012`).
import { accepted, refused, type Result } from '../base/errors.ts'

export const incidentKinds = [
  'crash',
  'minor-crash',
  'harsh-braking',
  'breakdown',
  'low-energy',
  'tunnel',
  'pothole',
] as const
export type IncidentKind = (typeof incidentKinds)[number]

/** Expected number in an hour of one car's driving. */
export type IncidentRates = Readonly<Record<IncidentKind, number>>

/** Of the order met on city roads: crashes some in 100,000 hours, breakdowns some in 10,000. */
export const usualRates: IncidentRates = {
  crash: 2e-5,
  'minor-crash': 2e-5,
  'harsh-braking': 0.4,
  breakdown: 4e-4,
  'low-energy': 0.02,
  tunnel: 0.08,
  pothole: 2,
}

export const noIncidents: IncidentRates = {
  crash: 0,
  'minor-crash': 0,
  'harsh-braking': 0,
  breakdown: 0,
  'low-energy': 0,
  tunnel: 0,
  pothole: 0,
}

/** An incident that shall happen: as soon after `afterMs` from the start as the car's state
 *  allows. */
export type PlannedIncident = {
  readonly kind: IncidentKind
  readonly afterMs: number
  /** Place of the car; null = whichever car drives then. */
  readonly car: number | null
}

const pattern = /^([a-z-]+)@(\d+(?:\.\d+)?)(?::(.+)-(\d{1,6}))?$/

/** Parses `KIND@SECONDS` or `KIND@SECONDS:PREFIX-NUMBER`, for cars of one prefix. */
export function parseIncident(text: string, cars: number, prefix: string): Result<PlannedIncident, 'incident'> {
  const [, name, seconds, named = prefix, number] = pattern.exec(text) ?? []
  const kind = incidentKinds.find((known) => known === name)
  if (kind === undefined || seconds === undefined || named !== prefix)
    return refused(
      'incident',
      `"${text}" is not KIND@SECONDS or KIND@SECONDS:${prefix}-NUMBER, such as crash@60:${prefix}-00012; KIND is one of ${incidentKinds.join(', ')}.`,
    )
  if (number !== undefined && (Number(number) < 1 || Number(number) > cars))
    return refused('incident', `"${text}" names a car beyond the ${cars} there are; the first is ${prefix}-00001.`)
  return accepted({ kind, afterMs: Number(seconds) * 1000, car: number === undefined ? null : Number(number) - 1 })
}
