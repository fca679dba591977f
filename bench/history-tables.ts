// Tables that grow, on a PostgreSQL server with PostGIS: what it costs to forget rows of a time row
// by row and by the partition, to keep the index for that, to write into partitions; and how trips
// are found by place, by which index, and what such an index costs those who write.
import { performance } from 'node:perf_hooks'
import { silentLogger } from '../src/base/logger.ts'
import { stepsOfPoints } from '../src/model/track-steps.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import { openPgStorage } from '../src/storage/postgres/pg-storage.ts'
import { encodeSteps } from '../src/storage/postgres/track-bytes.ts'
import type { Sql } from '../src/storage/postgres/sql.ts'
import type { Storage } from '../src/storage/storage.ts'
import { noPostgis, startPostgres } from '../test/engines/postgres.ts'
import { costOf, sizeOf } from './support/database-cost.ts'
import { wholeReach } from '../src/storage/reach.ts'

export const title = 'PostgreSQL: tables that grow, and trips by place'

const trackRows = 100_000
const tripRows = 500_000
const t0 = 1_760_000_000_000
const minuteMs = 60_000

const line = (name: string, text: string): void => console.log(`${name.padEnd(72)} ${text}`)

/** A car that goes along, as it is stored. */
const minuteOfPoints = encodeSteps(
  stepsOfPoints(t0, {
    at: Array.from({ length: 60 }, (_, s) => t0 + s * 1000 + 250),
    lat: Array.from({ length: 60 }, (_, s) => Math.round((-34.9 + s * 1e-4 + Math.sin(s) * 1e-5) * 1e6) / 1e6),
    lon: Array.from({ length: 60 }, (_, s) => Math.round((-56.1 + s * 1e-4 + Math.cos(s) * 1e-5) * 1e6) / 1e6),
    speedKmh: Array.from({ length: 60 }, (_, s) => Math.round(500 + 200 * Math.sin(s / 3)) / 10),
  }),
).toString('hex')

/** Minutes of 60 points each, of 1,000 vehicles one after the other. */
const minutes = (table: string, rows: number, from = 0): string =>
  `insert into ${table} (id, tenant, vehicle, minute_at, samples, points)
   select 'bench/car-' || n % 1000 || '/' || n, 'bench', 'car-' || n % 1000, ${t0} + n / 1000 * ${minuteMs},
     60, decode('${minuteOfPoints}', 'hex')
   from generate_series(${from}, ${from + rows - 1}) as n`

async function forgetting(sql: Sql, storage: Storage): Promise<void> {
  const share = trackRows / 10
  const horizon = t0 + (share / 1000) * minuteMs
  await sql.query('drop index tracks_by_age')
  const without = await costOf(sql, () => sql.query(minutes('tracks', trackRows)))
  await sql.query('truncate tracks')
  await sql.query('create index tracks_by_age on tracks (minute_at)')
  const put = await costOf(sql, () => sql.query(minutes('tracks', trackRows)))
  for (const [name, { cpuMs, walMb }] of [
    ['without', without],
    ['with', put],
  ] as const)
    line(
      `tracks put ${name} the index by age`,
      `${((cpuMs * 1000) / trackRows).toFixed(1)} µs CPU a row, ${walMb.toFixed(0)} MB of WAL`,
    )
  await sql.query('vacuum analyze tracks')
  const size = (): Promise<number> => sizeOf(sql, 'tracks')
  line(`${trackRows.toLocaleString('en')} tracks`, `${((await size()) / 1e6).toFixed(0)} MB`)

  let longestMs = 0
  const deleted = await costOf(sql, async () => {
    for (let rows = 1; rows > 0;) {
      const startedAt = performance.now()
      rows = await storage.tracks.expire(horizon)
      longestMs = Math.max(longestMs, performance.now() - startedAt)
    }
  })
  line(
    `${share.toLocaleString('en')} of them forgotten, 1,000 at a time`,
    `${deleted.ms.toFixed(0)} ms, ${((deleted.cpuMs * 1000) / share).toFixed(1)} µs CPU a row, ${deleted.walMb.toFixed(1)} MB of WAL, longest step ${longestMs.toFixed(0)} ms`,
  )
  const vacuum = await costOf(sql, () => sql.query('vacuum tracks'))
  line(
    'vacuum after it',
    `${vacuum.ms.toFixed(0)} ms, ${vacuum.cpuMs.toFixed(0)} ms CPU, ${vacuum.walMb.toFixed(1)} MB of WAL`,
  )
  const before = await size()
  await sql.query(minutes('tracks', share, trackRows))
  line('as many put again: the table grows by', `${(((await size()) - before) / 1e6).toFixed(1)} MB`)

  await partitions(sql, share)
}

/** The same rows in partitions by the minute, a tenth in each. */
async function partitions(sql: Sql, share: number): Promise<void> {
  await sql.query(`create table parts (like tracks, primary key (id, minute_at)) partition by range (minute_at)`)
  const part = (share / 1000) * minuteMs
  for (let n = 0; n < 11; n++)
    await sql.query(
      `create table parts_${n} partition of parts for values from (${t0 + n * part}) to (${t0 + (n + 1) * part})`,
    )
  await sql.query('create index parts_of_vehicle on parts (tenant, vehicle, minute_at)')
  const put = await costOf(sql, () => sql.query(minutes('parts', trackRows)))
  line(
    'the same put into ten partitions',
    `${((put.cpuMs * 1000) / trackRows).toFixed(1)} µs CPU a row, ${put.walMb.toFixed(0)} MB of WAL`,
  )
  const dropped = await costOf(sql, () => sql.query('drop table parts_0'))
  line('a partition of a tenth dropped', `${dropped.ms.toFixed(0)} ms, ${dropped.walMb.toFixed(2)} MB of WAL`)
}

const trips = `insert into trips (id, tenant, vehicle, start_at, end_at, status, distance_m, duration_ms, samples, received_at,
     start_lat, start_lon, end_lat, end_lon)
   select 'trip-' || n, 'bench', 'car-' || n % 1000, ${t0} + n * 1000, ${t0} + n * 1000 + 600000, 'ended', 1, 600000, 600, ${t0} + n * 1000 + 600000,
     -34.9 + sin(n * 12.9898) * 2, -56.1 + sin(n * 78.233) * 2, -34.9 + sin(n * 39.425) * 2, -56.1 + sin(n * 93.989) * 2
   from generate_series(0, ${tripRows - 1}) as n`

const geography = (place: string): string => `(st_setsrid(st_makepoint(${place}_lon, ${place}_lat), 4326)::geography)`
const point = (place: string): string => `(point(${place}_lon, ${place}_lat))`

/** Statements that make an index of each place. */
const indexes: Readonly<Record<string, readonly string[]>> = {
  'no index of places': [],
  'B-tree of latitude and longitude': ['start', 'end'].map(
    (place) => `create index ${place}_place on trips (tenant, ${place}_lat, ${place}_lon)`,
  ),
  'GiST of points': ['start', 'end'].map(
    (place) => `create index ${place}_place on trips using gist (${point(place)})`,
  ),
  'PostGIS, GiST of geography': ['start', 'end'].map(
    (place) => `create index ${place}_place on trips using gist (${geography(place)})`,
  ),
}

/** Conditions that the index of that name is used by, of a circle of 500 m. */
const condition: Readonly<Record<string, (place: string, lat: number, lon: number) => string>> = {
  'GiST of points': (place, lat, lon) =>
    `${point(place)} <@ box(point(${lon - 0.0055}, ${lat - 0.0045}), point(${lon + 0.0055}, ${lat + 0.0045}))`,
  'PostGIS, GiST of geography': (place, lat, lon) =>
    `st_dwithin(${geography(place)}, st_setsrid(st_makepoint(${lon}, ${lat}), 4326)::geography, 500, false)`,
}

async function byPlace(sql: Sql, storage: Storage): Promise<void> {
  await sql.query('create extension if not exists postgis')
  await sql.query(trips)
  await sql.query('vacuum analyze trips')
  const cases = [
    [
      '500 m where some trips are',
      { lat: -34.9 + Math.sin(5 * 12.9898) * 2, lon: -56.1 + Math.sin(5 * 78.233) * 2, radiusM: 500 },
    ],
    ['500 m where none is', { lat: 40, lon: 3, radiusM: 500 }],
    ['50 km', { lat: -34.9, lon: -56.1, radiusM: 50_000 }],
  ] as const
  for (const [name, statements] of Object.entries(indexes)) {
    const made = await costOf(sql, async () => {
      for (const text of statements) await sql.query(text)
    })
    await sql.query('analyze trips')
    for (const [what, near] of cases) {
      const times: number[] = []
      let rows = 0
      for (let n = 0; n < 5; n++) {
        const startedAt = performance.now()
        const given = condition[name]
        rows =
          given === undefined || near.radiusM !== 500
            ? (await storage.trips.list(wholeReach('bench'), { near }, { limit: 100 })).rows.length
            : (
                await sql.query(`select id from trips where tenant = 'bench' and (${given('start', near.lat, near.lon)} or ${given('end', near.lat, near.lon)})
                order by listed_at desc, id desc limit 101`)
              ).length
        times.push(performance.now() - startedAt)
      }
      line(
        `${name}: page of 100 trips within ${what}`,
        `${times.sort((one, other) => one - other)[2]?.toFixed(1)} ms (${rows} rows)`,
      )
    }
    const corrected = await costOf(sql, () =>
      sql.query(`update trips set end_lat = end_lat + 0.001, end_at = end_at + 1 where start_at < ${t0 + 50_000_000}`),
    )
    line(
      `${name}: 50,000 trips go on`,
      `${((corrected.cpuMs * 1000) / 50_000).toFixed(1)} µs CPU a row, ${corrected.walMb.toFixed(0)} MB of WAL; made in ${made.ms.toFixed(0)} ms`,
    )
    await sql.query('drop index if exists start_place, end_place')
    await sql.query('vacuum trips')
  }
}

export async function run(): Promise<void> {
  if (noPostgis !== false) throw new Error(noPostgis)
  await using postgres = await startPostgres([
    'fsync=on',
    'full_page_writes=on',
    'max_wal_size=4GB',
    'shared_buffers=512MB',
    'autovacuum=off',
  ])
  const server = postgres.server('postgres')
  await using sql = openPgSql({ server, logger: silentLogger, statementTimeoutMs: 0 })
  await using storage = await openPgStorage({ server, logger: silentLogger })
  await forgetting(sql, storage)
  await byPlace(sql, storage)
}
