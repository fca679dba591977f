// Where a car has been in the last minutes: what the API has stored, and after it what the feed
// brings. Ordered by time, bounded by age.
import type { TrackColumns } from '../../../src/api/contract.ts'

export type Tail = {
  /** From the feed. False when it is not newer than the last point. */
  add(at: number, lat: number, lon: number): boolean
  /** From the API; what was stored before is replaced. The feed's own points are kept where both
   *  have some. */
  setStored(track: Stored): void
  columns(): Stored
}

type Stored = Pick<TrackColumns, 'at' | 'lat' | 'lon'>
type Point = { readonly at: number; readonly lat: number | null; readonly lon: number | null }

export function createTail(windowMs: number): Tail {
  let stored: readonly Point[] = []
  let live: Point[] = []

  function points(): readonly Point[] {
    const firstLiveAt = live[0]?.at ?? Number.POSITIVE_INFINITY
    const all = [...stored.filter(({ at }) => at < firstLiveAt), ...live]
    const newestAt = all.at(-1)?.at ?? 0
    return all.filter(({ at }) => at > newestAt - windowMs)
  }

  return {
    add(at, lat, lon) {
      const last = live.at(-1)
      if (last !== undefined && at <= last.at) return false
      live.push({ at, lat, lon })
      if ((live[0]?.at ?? at) <= at - windowMs) live = live.filter((point) => point.at > at - windowMs)
      return true
    },
    setStored(track) {
      stored = track.at.map((at, index) => ({ at, lat: track.lat[index] ?? null, lon: track.lon[index] ?? null }))
    },
    columns() {
      const all = points()
      return { at: all.map(({ at }) => at), lat: all.map(({ lat }) => lat), lon: all.map(({ lon }) => lon) }
    },
  }
}
