// From pieces to trips, and from the samples of a minute to its track.
import { clockOfRank } from '../../model/message.ts'
import type { Place } from '../../model/place.ts'
import { stepsOfPoints } from '../../model/track-steps.ts'
import type { Track } from '../../read-models/tracks/tracks.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { outputId } from '../../engine/output-id.ts'
import { isPlaced, type DriveSample } from './drive-sample.ts'
import { drivenIn } from './driven.ts'
import { minuteMs } from './minute.ts'
import { tripEndOf, tripStartOf, type Piece } from './piece.ts'
import type { Sums } from './sums.ts'
import { energyFigure, fuelFigure, isCovered, shareOfSpan } from './used.ts'
import type { Ways } from './unheard.ts'
import { silenceMs, tripDistanceM, type KindTripRules } from './trip-rules.ts'

/** A trip by its ends, before its figures. */
export type Course = {
  readonly startAt: number
  readonly endAt: number
  /** The last sample of its piece, from which silence counts. */
  readonly lastAt: number
  readonly endedBy: Trip['endedBy']
  readonly switchedOn: 0 | 1
}

/** The course of a piece, and of the one after it; undefined of a car that only stood. */
export function courseOf(piece: Piece, next: Piece | undefined, eventAt: number): Course | undefined {
  if (Number.isNaN(piece.movedAt)) return undefined
  // A sample that follows by a clock that runs ahead is no sign that the car is silent now.
  const isFollowed = next?.ahead === 0
  const isSilent = isFollowed || piece.parked === 1 || eventAt > piece.lastAt + silenceMs
  const endedBy = piece.off === 1 ? 'ignition' : isSilent ? 'silence' : null
  const startAt = tripStartOf(piece)
  return { startAt, endAt: tripEndOf(piece), lastAt: piece.lastAt, endedBy, switchedOn: piece.onAt === startAt ? 1 : 0 }
}

const tripId = (ref: VehicleRef, startAt: number): string => outputId('trip', vehicleKey(ref), startAt)

/** Whose trip it is, by which rules, and the id that it has already, if any. */
type Whose = { readonly ref: VehicleRef; readonly rules: Pick<KindTripRules, 'burnLhMost'>; readonly id: string | null }

/** The trip of a course with the sums of its samples, and what was driven unheard beside it;
 *  undefined where it is too short for one. Metres and milliseconds are whole; km/h have one
 *  decimal, litres and kWh three. */
export function tripOf(
  course: Course,
  sums: Sums,
  { leadM, tailM }: Ways,
  { ref, rules, id }: Whose,
): Trip | undefined {
  const { startAt, endAt, endedBy } = course
  const { distanceM, bridgedM, bridgedMs, unbridgedMs } = drivenIn(sums)
  if (distanceM < tripDistanceM) return undefined
  return {
    tenant: ref.tenant,
    vehicle: ref.vehicle,
    id: id ?? tripId(ref, startAt),
    startAt,
    endAt,
    status: endedBy === null ? 'open' : 'ended',
    endedBy,
    start: placeOf(sums.placeFirstLat, sums.placeFirstLon),
    end: placeOf(sums.placeLastLat, sums.placeLastLon),
    distanceM: Math.round(distanceM),
    bridgedM: unbridgedMs > 0 ? null : Math.round(bridgedM),
    bridgedMs,
    unheardM: Number.isNaN(leadM + tailM) ? null : Math.round(leadM + tailM),
    durationMs: endAt - startAt,
    idleMs: isCovered(sums.speedMs, course) ? sums.idleMs : null,
    maxSpeedKmh: Number.isNaN(sums.maxKmh) ? null : Math.round(sums.maxKmh * 10) / 10,
    speedCovered: Number.isNaN(sums.maxKmh) ? null : shareOfSpan(sums.speedMs, course),
    ...usedIn(course, sums, rules.burnLhMost),
    samples: sums.samples,
    thinned: sums.thinned,
    receivedAt: sums.receivedAt,
    clock: clockOfRank(sums.clock),
    clockDoubt: sums.ahead === 1 ? 'ahead' : null,
  }
}

type Used = Pick<
  Trip,
  'fuelL' | 'fuelFrom' | 'fuelCovered' | 'energyKwh' | 'energyFrom' | 'energyCovered' | 'energyDoubt'
>

function usedIn(course: Course, sums: Sums, burnLhMost: number): Used {
  const fuel = fuelFigure(sums, { ...course, switchedOn: course.switchedOn === 1, burnLhMost })
  const energy = energyFigure(sums, course)
  const isKnown = energy !== undefined && energy.value !== null
  return {
    fuelL: fuel?.value ?? null,
    fuelFrom: fuel?.from ?? null,
    fuelCovered: fuel?.covered ?? null,
    energyKwh: energy?.value ?? null,
    energyFrom: isKnown ? energy.from : null,
    energyCovered: isKnown ? energy.covered : null,
    energyDoubt: energy?.value === null ? energy.doubt : null,
  }
}

const placeOf = (lat: number, lon: number): Place | null => (Number.isNaN(lat) ? null : { lat, lon })

/** Whether a trip has a part in the minute. */
export const reaches = (
  { startAt, endAt }: { readonly startAt: number; readonly endAt: number },
  minute: number,
): boolean => startAt < (minute + 1) * minuteMs && endAt >= minute * minuteMs

/** The samples with a position or a speed as columns, and the instant of the last; null when there
 *  is none. */
export function trackOf(
  ref: VehicleRef,
  minute: number,
  samples: readonly DriveSample[],
): { readonly row: Track; readonly lastAt: number } | null {
  const shown = samples.filter((sample) => isPlaced(sample) || !Number.isNaN(sample.speedKmh))
  const last = shown.at(-1)
  if (last === undefined) return null
  const placed = (sample: DriveSample, degrees: number): number | null => (isPlaced(sample) ? degrees : null)
  const minuteAt = minute * minuteMs
  const steps = stepsOfPoints(minuteAt, {
    at: shown.map((sample) => sample.at),
    lat: shown.map((sample) => placed(sample, sample.lat)),
    lon: shown.map((sample) => placed(sample, sample.lon)),
    speedKmh: shown.map(({ speedKmh }) => (Number.isNaN(speedKmh) ? null : speedKmh)),
  })
  return { row: { tenant: ref.tenant, vehicle: ref.vehicle, minuteAt, ...steps }, lastAt: last.at }
}
