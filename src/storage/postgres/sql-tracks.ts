import type { Track } from '../../model/read-models.ts'
import { trackMinuteMs, type TrackStore } from '../track-store.ts'
import { deleteById, openSqlProjection, overRows, upsertText } from './sql-projection.ts'
import type { Sql } from './sql.ts'

const upsert = upsertText('tracks', {
  id: 'text',
  tenant: 'text',
  vehicle: 'text',
  minute_at: 'bigint',
  at: 'bigint[]',
  lat: 'double precision[]',
  lon: 'double precision[]',
  speed_kmh: 'double precision[]',
})

type TrackRow = Omit<Track, 'minuteAt' | 'speedKmh'> & { readonly minute_at: number; readonly speed_kmh: Track['speedKmh'] }

export function openSqlTracks(sql: Sql): TrackStore {
  return {
    ...openSqlProjection<Track>(sql, {
      sink: 'tracks',
      statements: (puts, deletes) => [
        ...deleteById('tracks', deletes),
        ...overRows(
          upsert,
          puts.map(({ id, row: { minuteAt, speedKmh, ...row } }) => ({ ...row, id, minute_at: minuteAt, speed_kmh: speedKmh })),
        ),
      ],
    }),
    async list({ tenant, vehicle }, from, to, limit) {
      // Arrays as JSON: the numbers are written so that they read back as they were, and every driver parses it alike.
      const rows = await sql.query<TrackRow>(
        `select tenant, vehicle, minute_at, to_json(at) as at, to_json(lat) as lat, to_json(lon) as lon, to_json(speed_kmh) as speed_kmh
         from tracks where tenant = $1 and vehicle = $2 and minute_at > $3 and minute_at <= $4 order by minute_at limit $5`,
        [tenant, vehicle, Math.floor(from - trackMinuteMs), Math.floor(to), limit],
      )
      return rows.map(trackOf)
    },
  }
}

const trackOf = ({ minute_at, speed_kmh, ...row }: TrackRow): Track => ({ ...row, minuteAt: minute_at, speedKmh: speed_kmh })
