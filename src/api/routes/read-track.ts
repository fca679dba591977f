// A stretch of a track as columns, from the minutes it is stored in. Bounded: a longer one says `truncated` and is asked for again from its end.
import type { VehicleRef } from '../../model/vehicle-id.ts'
import type { TrackStore } from '../../storage/track-store.ts'
import type { TrackColumns } from '../contract.ts'

const trackLimits = { minutes: 1440, points: 50_000 } as const

/** Points with `from` ≤ at ≤ `to`, epoch milliseconds. Never truncated between points of one instant, so that asking again from one more than the last
 *  `at` repeats and misses none. */
export async function readTrack(tracks: TrackStore, ref: VehicleRef, from: number, to: number): Promise<TrackColumns> {
  const minutes = from > to ? [] : await tracks.list(ref, from, to, trackLimits.minutes)
  const at: number[] = []
  const lat: (number | null)[] = []
  const lon: (number | null)[] = []
  const speedKmh: (number | null)[] = []
  for (const minute of minutes) {
    for (const [index, instant] of minute.at.entries()) {
      if (instant < from || instant > to) continue
      if (at.length >= trackLimits.points && instant !== at.at(-1)) return { at, lat, lon, speedKmh, truncated: true }
      at.push(instant)
      lat.push(minute.lat[index] ?? null)
      lon.push(minute.lon[index] ?? null)
      speedKmh.push(minute.speedKmh[index] ?? null)
    }
  }
  return { at, lat, lon, speedKmh, truncated: minutes.length === trackLimits.minutes }
}

/** The whole of a stretch, an answer at a time. */
export async function* readWholeTrack(tracks: TrackStore, ref: VehicleRef, from: number, to: number): AsyncGenerator<TrackColumns> {
  for (let next: number | undefined = from; next !== undefined;) {
    const columns: TrackColumns = await readTrack(tracks, ref, next, to)
    yield columns
    const lastAt = columns.at.at(-1)
    next = columns.truncated && lastAt !== undefined ? lastAt + 1 : undefined
  }
}
