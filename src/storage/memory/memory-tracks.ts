import type { Track } from '../../model/read-models.ts'
import { trackMinuteMs, type TrackStore } from '../track-store.ts'
import { openMemoryProjection } from './memory-projection.ts'

export function openMemoryTracks(guard: () => void): TrackStore {
  const projection = openMemoryProjection<Track>(
    guard,
    (track) => [track.minuteAt, ...track.at],
    (_, track) => track,
  )
  return {
    ...projection,
    async list({ tenant, vehicle }, from, to, limit) {
      guard()
      const rows = [...projection.rows.values()].filter(
        (track) => track.tenant === tenant && track.vehicle === vehicle && track.minuteAt > from - trackMinuteMs && track.minuteAt <= to,
      )
      return structuredClone(rows.sort((a, b) => a.minuteAt - b.minuteAt).slice(0, limit))
    },
  }
}
