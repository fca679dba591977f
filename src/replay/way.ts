// How far a recording went by its speeds, by the line through its positions and by its odometer.
// The three are told in different units, so that one that is wrong by 1.6 or 3.6 shows. Invariant:
// two of them are compared over the same stretches only, without silences.
import { greatCircleM } from '../model/geo.ts'
import type { SignalValue } from '../model/message.ts'
import type { RecordedSample } from './recorded-sample.ts'

/** Beyond it nobody knows what was driven between two samples. */
const gapMaxMs = 10_000
/** Shorter legs are what a receiver at rest wanders. */
export const legMinM = 10
const fastKmh = 300

/** Metres of two measures over the same stretches. */
export type Compared = { readonly speedM: number; readonly otherM: number }

export type RecordedWay = {
  /** The speed summed over time by the trapezoid rule; undefined without a speed. */
  readonly distanceKm: number | undefined
  readonly line: Compared
  readonly odometer: Compared
  /** Samples faster than 300 km/h, and samples at the instant of the one before them in their
   *  segment. */
  readonly fast: number
  readonly repeated: number
}

type Point = { readonly lat: number; readonly lon: number; readonly speedM: number }

/** The memory of a segment. */
type Trace = {
  /** Of the sample before. */
  at: number
  speed: { readonly at: number; readonly kmh: number } | undefined
  /** Speed summed since the last silence. */
  speedM: number
  point: Point | undefined
  odometer: { readonly valueM: number; readonly speedM: number; readonly isChange: boolean } | undefined
}

/** More segments than this are not told apart at once; recordings hold them one after another or a
 *  few mixed. */
const tracesMax = 1000

export function openWay(): { add(sample: RecordedSample): void; way(): RecordedWay } {
  const traces = new Map<string, Trace>()
  const line = { speedM: 0, otherM: 0 }
  const odometer = { speedM: 0, otherM: 0 }
  let distanceM = 0
  let isKnown = false
  let fast = 0
  let repeated = 0

  function step(trace: Trace, at: number, speedKmh: number | undefined): void {
    if (at === trace.at) repeated++
    if (at < trace.at || at - trace.at > gapMaxMs)
      Object.assign(trace, { speedM: 0, speed: undefined, point: undefined, odometer: undefined })
    trace.at = at
    if (speedKmh === undefined) return
    if (trace.speed !== undefined && at - trace.speed.at <= gapMaxMs) {
      const stepM = (((trace.speed.kmh + speedKmh) / 2) * (at - trace.speed.at)) / 3600
      trace.speedM += stepM
      distanceM += stepM
      isKnown ||= at > trace.speed.at
    }
    trace.speed = { at, kmh: speedKmh }
  }

  return {
    add({ segment, at, signals }) {
      let trace = traces.get(segment)
      if (trace === undefined) {
        if (traces.size >= tracesMax) traces.clear()
        traces.set(segment, (trace = { at: NaN, speed: undefined, speedM: 0, point: undefined, odometer: undefined }))
      }
      const speedKmh = numberOf(signals['Vehicle.Speed'])
      if (speedKmh !== undefined && speedKmh > fastKmh) fast++
      step(trace, at, speedKmh)
      const [lat, lon] = [
        numberOf(signals['Vehicle.CurrentLocation.Latitude']),
        numberOf(signals['Vehicle.CurrentLocation.Longitude']),
      ]
      if (lat !== undefined && lon !== undefined) {
        const legM = trace.point === undefined ? Infinity : greatCircleM(trace.point, { lat, lon })
        if (trace.point !== undefined && legM >= legMinM) {
          line.otherM += legM
          line.speedM += trace.speedM - trace.point.speedM
        }
        if (legM >= legMinM) trace.point = { lat, lon, speedM: trace.speedM }
      }
      const toldM = numberOf(signals['Vehicle.TraveledDistance'])
      // From change to change: in between an odometer of whole kilometres says nothing.
      if (toldM !== undefined && toldM !== trace.odometer?.valueM) {
        if (trace.odometer?.isChange === true) {
          odometer.otherM += toldM - trace.odometer.valueM
          odometer.speedM += trace.speedM - trace.odometer.speedM
        }
        trace.odometer = { valueM: toldM, speedM: trace.speedM, isChange: trace.odometer !== undefined }
      }
    },
    way: () => ({ distanceKm: isKnown ? distanceM / 1000 : undefined, line, odometer, fast, repeated }),
  }
}

const numberOf = (value: SignalValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined)
