// From stretches to trips, and from the samples of a minute to its track.
import type { Place, Track, Trip } from '../../model/read-models.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { outputId } from '../../engine/output-id.ts'
import { minuteMs, type Minute } from './minute.ts'
import type { Stretch } from './stretch.ts'
import { coveredShare, edgeMs, silenceMs, tripDistanceM } from './trip-rules.ts'

/** The trips among a vehicle's stretches, which are in order of time. Metres and milliseconds are whole; km/h have one
 *  decimal, litres and kWh three. */
export function tripsOf(stretches: readonly Stretch[], ref: VehicleRef, eventAt: number): Trip[] {
  const trips: Trip[] = []
  for (const [index, stretch] of stretches.entries()) {
    const distanceM =
      stretch.distanceM + edgeM(stretch.speedFirstKmh, stretch.firstStepMs) + edgeM(stretch.speedLastKmh, stretch.lastStepMs)
    if (Number.isNaN(stretch.movedAt) || distanceM < tripDistanceM) continue
    // What follows by a clock that runs ahead is no sign that the car is silent now.
    const followed = stretches[index + 1]?.ahead === 0
    const silent = followed || stretch.parked === 1 || eventAt > stretch.lastAt + silenceMs
    const endedBy = stretch.off === 1 ? 'ignition' : silent ? 'silence' : null
    trips.push(tripOf(stretch, ref, Math.round(distanceM), endedBy))
  }
  return trips
}

/** A trip starts when the ignition was switched on, where that was said before the car moved; otherwise with the last sample before
 *  it moved, since a recording may begin long before. */
function tripOf(stretch: Stretch, ref: VehicleRef, distanceM: number, endedBy: Trip['endedBy']): Trip {
  const { onAt, movedAt, stillAt, lastAt, restAt } = stretch
  const parked = stretch.parked === 1
  const endAt = parked ? restAt : lastAt
  const switchedOn = onAt <= movedAt
  const startAt = switchedOn ? onAt : Number.isNaN(stillAt) ? movedAt : stillAt
  const trimmed = !switchedOn && !Number.isNaN(stillAt)
  return {
    tenant: ref.tenant,
    vehicle: ref.vehicle,
    id: outputId('trip', vehicleKey(ref), startAt),
    startAt,
    endAt,
    status: endedBy === null ? 'open' : 'ended',
    endedBy,
    start: placeOf(stretch.placeFirstLat, stretch.placeFirstLon),
    end: placeOf(stretch.placeLastLat, stretch.placeLastLon),
    distanceM,
    durationMs: endAt - startAt,
    idleMs: stretch.idleMs - (trimmed ? stretch.leadIdleMs : 0) - (parked ? stretch.tailIdleMs : 0),
    maxSpeedKmh: Math.round(stretch.maxKmh * 10) / 10,
    fuelL: fuelL(stretch, { startAt, endAt, switchedOn }),
    energyKwh: energyKwh(stretch, endAt - startAt),
    samples: stretch.samples - (trimmed ? stretch.leadSamples : 0) - (parked ? stretch.tailSamples - 1 : 0),
    receivedAt: stretch.receivedAt,
    clock: stretch.ahead === 1 ? 'ahead' : null,
  }
}

/** What a speed at the edge of a stretch stands for beyond it: half an interval. */
const edgeM = (kmh: number, stepMs: number): number =>
  Number.isNaN(kmh) || Number.isNaN(stepMs) ? 0 : (kmh / 3600) * (Math.min(stepMs, edgeMs) / 2)

const placeOf = (lat: number, lon: number): Place | null => (Number.isNaN(lat) ? null : { lat, lon })

const rounded = (value: number): number => Math.round(value * 1000) / 1000

type Span = { readonly startAt: number; readonly endAt: number; readonly switchedOn: boolean }

/** By the counter of the engine, else by what the tank holds less, unless it was filled up; null where neither was read
 *  at both ends. A counter since the start (VSS: of the current trip) was 0 when the ignition was switched on, so that one
 *  reading at the end is enough then; without that, one reading is no difference. */
function fuelL(stretch: Stretch, { startAt, endAt, switchedOn }: Span): number | null {
  const { usedFirstL, usedL, usedFell, tankFirstL, tankLastL } = stretch
  const durationMs = endAt - startAt
  const fromZero = switchedOn && usedFell === 0
  if (isCovered(stretch.usedLastAt - (fromZero ? startAt : stretch.usedFirstAt), durationMs))
    return rounded(usedL + (fromZero ? usedFirstL : 0))
  if (tankFirstL >= tankLastL && isCovered(stretch.tankLastAt - stretch.tankFirstAt, durationMs)) return rounded(tankFirstL - tankLastL)
  return null
}

/** By the counter of the battery, else the integral of its power; null where neither covers the trip. */
function energyKwh({ usedKwh, usedKwhFirstAt, usedKwhLastAt, joules, powerMs }: Stretch, durationMs: number): number | null {
  if (isCovered(usedKwhLastAt - usedKwhFirstAt, durationMs)) return rounded(usedKwh)
  // VSS: power flows into the battery; what a trip costs flows out of it. 0 − x, as −0 and 0 are two values.
  return isCovered(powerMs, durationMs) ? rounded(0 - joules / 3.6e6) : null
}

/** False for NaN, which is nothing read, and for a span of no length, which nothing covers. */
const isCovered = (readMs: number, durationMs: number): boolean => readMs > 0 && readMs >= coveredShare * durationMs

/** Whether a trip has a part in the minute. */
export const reaches = ({ startAt, endAt }: { readonly startAt: number; readonly endAt: number }, minute: number): boolean =>
  startAt < (minute + 1) * minuteMs && endAt >= minute * minuteMs

/** The samples with a position or a speed as columns; null when there is none. */
export function trackOf(ref: VehicleRef, minute: number, samples: Minute): Track | null {
  const shown = samples.filter((sample) => !Number.isNaN(sample.lat) || !Number.isNaN(sample.speedKmh))
  if (shown.length === 0) return null
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)
  return {
    tenant: ref.tenant,
    vehicle: ref.vehicle,
    minuteAt: minute * minuteMs,
    at: shown.map((sample) => sample.at),
    lat: shown.map((sample) => orNull(sample.lat)),
    lon: shown.map((sample) => orNull(sample.lon)),
    speedKmh: shown.map((sample) => orNull(sample.speedKmh)),
  }
}
