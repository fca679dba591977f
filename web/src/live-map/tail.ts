// Where a car has been in the last minutes: what the API had, then what the feed brought. Ordered by time, bounded by age.
import type { TrackColumns } from '../../../src/api/contract.ts'

export type Tail = {
  /** False when it is not newer than the last point. */
  add(at: number, lat: number, lon: number): boolean
  /** Puts what came before in front of what is there. */
  prepend(track: Pick<TrackColumns, 'at' | 'lat' | 'lon'>): void
  columns(): { readonly at: readonly number[]; readonly lat: readonly (number | null)[]; readonly lon: readonly (number | null)[] }
}

/** Between two points farther apart the way is not known, and no line is drawn. */
const gapMs = 30_000

export function createTail(windowMs: number): Tail {
  let points: { at: number; lat: number | null; lon: number | null }[] = []
  const trim = (): void => {
    const newest = points.at(-1)?.at ?? 0
    points = points.filter(({ at }) => at > newest - windowMs)
  }
  return {
    add(at, lat, lon) {
      const last = points.at(-1)
      if (last !== undefined && at <= last.at) return false
      if (last !== undefined && at - last.at > gapMs) points.push({ at: last.at + 1, lat: null, lon: null })
      points.push({ at, lat, lon })
      trim()
      return true
    },
    prepend(track) {
      const first = points[0]?.at ?? Number.POSITIVE_INFINITY
      const earlier = track.at.map((at, index) => ({ at, lat: track.lat[index] ?? null, lon: track.lon[index] ?? null }))
      const before = earlier.filter(({ at }) => at < first)
      const newest = before.at(-1)
      const cut =
        newest !== undefined && Number.isFinite(first) && first - newest.at > gapMs ? [{ at: newest.at + 1, lat: null, lon: null }] : []
      points = [...before, ...cut, ...points]
      trim()
    },
    columns: () => ({ at: points.map(({ at }) => at), lat: points.map(({ lat }) => lat), lon: points.map(({ lon }) => lon) }),
  }
}
