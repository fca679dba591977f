// From stretches to trips, and from the samples of a minute to its track.
import type { Place, Track, Trip } from '../../model/read-models.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { outputId } from '../../engine/output-id.ts'
import { minuteMs, type Minute } from './minute.ts'
import { restM } from './path.ts'
import type { Stretch } from './stretch.ts'
import { energyFigure, fuelFigure, isCovered } from './used.ts'
import { edgeMs, silenceMs, tripDistanceM } from './trip-rules.ts'

/** The trips among a vehicle's stretches, which are in order of time. Metres and milliseconds are whole; km/h have one
 *  decimal, litres and kWh three. */
export function tripsOf(stretches: readonly Stretch[], ref: VehicleRef, eventAt: number): Trip[] {
  const trips: Trip[] = []
  for (const [index, stretch] of stretches.entries()) {
    const { speedFirstKmh, speedLastKmh } = stretch
    const edgesM = edgeM(speedFirstKmh, stretch.firstStepMs) + edgeM(speedLastKmh, stretch.lastStepMs)
    const distanceM = stretch.distanceM + (Number.isNaN(speedLastKmh) ? restM(stretch) : edgesM)
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
  const speedMs = stretch.speedMs - (trimmed ? stretch.leadSpeedMs : 0) - (parked ? stretch.tailSpeedMs : 0)
  const fuel = fuelFigure(stretch, { startAt, endAt, switchedOn })
  const energy = energyFigure(stretch, { startAt, endAt })
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
    idleMs: isCovered(speedMs, endAt - startAt)
      ? stretch.idleMs - (trimmed ? stretch.leadIdleMs : 0) - (parked ? stretch.tailIdleMs : 0)
      : null,
    maxSpeedKmh: Number.isNaN(stretch.maxKmh) ? null : Math.round(stretch.maxKmh * 10) / 10,
    fuelL: fuel?.value ?? null,
    fuelFrom: fuel?.from ?? null,
    fuelCovered: fuel?.covered ?? null,
    energyKwh: energy?.value ?? null,
    energyFrom: energy?.from ?? null,
    energyCovered: energy?.covered ?? null,
    samples: stretch.samples - (trimmed ? stretch.leadSamples : 0) - (parked ? stretch.tailSamples - 1 : 0),
    receivedAt: stretch.receivedAt,
    clock: stretch.ahead === 1 ? 'ahead' : null,
  }
}

/** What a speed at the edge of a stretch stands for beyond it: half an interval. */
const edgeM = (kmh: number, stepMs: number): number =>
  Number.isNaN(kmh) || Number.isNaN(stepMs) ? 0 : (kmh / 3600) * (Math.min(stepMs, edgeMs) / 2)

const placeOf = (lat: number, lon: number): Place | null => (Number.isNaN(lat) ? null : { lat, lon })

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
