// A stretch of a track as columns, from the minutes it is stored in. Bounded: a longer one says
// `truncated` and is asked for again from its end.
import { pointsOfSteps } from '../../model/track-steps.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import { trackMinuteMs, type Track } from '../../read-models/tracks/tracks.ts'
import type { Tables } from '../../storage/storage.ts'
import type { Page } from '../../storage/page.ts'
import { wholeReach, type ReachSpan } from '../../storage/reach.ts'
import type { TrackColumns } from '../contract.ts'

const trackLimits = { minutes: 1440, points: 50_000 } as const

/** Points with `from` ≤ at ≤ `to`, epoch milliseconds. Never truncated between points of one
 *  instant, so that asking again from one more than the last `at` repeats and misses none. */
export async function readTrack(
  tracks: Tables['tracks'],
  ref: VehicleRef,
  from: number,
  to: number,
): Promise<TrackColumns> {
  const minutes = from > to ? [] : await minutesOf(tracks, ref, from, to)
  const at: number[] = []
  const lat: (number | null)[] = []
  const lon: (number | null)[] = []
  const speedKmh: (number | null)[] = []
  for (const minute of minutes) {
    const points = pointsOfSteps(minute.minuteAt, minute)
    for (const [index, instant] of points.at.entries()) {
      if (instant < from || instant > to) continue
      if (at.length >= trackLimits.points && instant !== at.at(-1)) return { at, lat, lon, speedKmh, truncated: true }
      at.push(instant)
      lat.push(points.lat[index] ?? null)
      lon.push(points.lon[index] ?? null)
      speedKmh.push(points.speedKmh[index] ?? null)
    }
  }
  return { at, lat, lon, speedKmh, truncated: minutes.length === trackLimits.minutes }
}

/** The same of what lies in the spans, which are in order. */
export async function readSeenTrack(
  tracks: Tables['tracks'],
  ref: VehicleRef,
  from: number,
  to: number,
  spans: readonly ReachSpan[],
): Promise<TrackColumns> {
  const columns = {
    at: [] as number[],
    lat: [] as (number | null)[],
    lon: [] as (number | null)[],
    speedKmh: [] as (number | null)[],
  }
  for (const span of spans) {
    const [first, last] = [Math.max(from, span.from ?? from), Math.min(to, (span.until ?? Infinity) - 1)]
    if (columns.at.length >= trackLimits.points && first <= last) return { ...columns, truncated: true }
    const { truncated, ...part } = await readTrack(tracks, ref, first, last)
    // No spread into `push`: a stretch may have more points than a call takes arguments.
    for (const name of ['at', 'lat', 'lon', 'speedKmh'] as const)
      for (const value of part[name]) (columns[name] as (number | null)[]).push(value)
    if (truncated) return { ...columns, truncated }
  }
  return { ...columns, truncated: false }
}

/** The minutes that overlap [from, to], in order; the first so many. */
async function minutesOf(
  tracks: Tables['tracks'],
  { tenant, vehicle }: VehicleRef,
  from: number,
  to: number,
): Promise<Track[]> {
  const minutes: Track[] = []
  const filter = { vehicle, from: from - trackMinuteMs + 1, to }
  let after: string | undefined
  do {
    const limit = trackLimits.minutes - minutes.length
    const page: Page<Track> = await tracks.list(wholeReach(tenant), filter, {
      limit,
      ...(after === undefined ? {} : { after }),
    })
    minutes.push(...page.rows)
    after = page.next
  } while (after !== undefined && minutes.length < trackLimits.minutes)
  return minutes
}

/** The whole of a stretch, an answer at a time. */
export async function* readWholeTrack(
  tracks: Tables['tracks'],
  ref: VehicleRef,
  from: number,
  to: number,
): AsyncGenerator<TrackColumns> {
  for (let next: number | undefined = from; next !== undefined;) {
    const columns: TrackColumns = await readTrack(tracks, ref, next, to)
    yield columns
    const lastAt = columns.at.at(-1)
    next = columns.truncated && lastAt !== undefined ? lastAt + 1 : undefined
  }
}
