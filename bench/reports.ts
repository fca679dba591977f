// Reports at size, on a PostgreSQL server: a fleet's tracks and trips as they are stored, 100
// million samples unless `--samples` says fewer; then a car's day and a fleet's month, as the API
// reads them; then a month of tracks forgotten, row by row and as a table that is dropped.
//
// Rows are put in their last version, in the order of time across all cars. In the product a minute
// is written again while it grows: that leaves dead versions for vacuum, and the same order.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { readTrack } from '../src/api/routes/read-track.ts'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { stepsOfPoints } from '../src/model/track-steps.ts'
import type { Track } from '../src/read-models/tracks/tracks.ts'
import type { TripSum } from '../src/read-models/trips/trip-sums.ts'
import type { Page } from '../src/storage/page.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import { openPgStorage } from '../src/storage/postgres/pg-storage.ts'
import type { Sql } from '../src/storage/postgres/sql.ts'
import type { Storage } from '../src/storage/storage.ts'
import { noPostgres, startPostgres } from '../test/engines/postgres.ts'
import { costOf, sizeOf } from './support/database-cost.ts'
import { cpuMicros } from './support/process-family.ts'
import { wholeReach } from '../src/storage/reach.ts'

export const title = 'PostgreSQL: reports over 100 million samples'

const samplesUsually = 100_000_000
const cars = 500
const tripsPerDay = 4
const tripMinutes = 25
const samplesPerMinute = 60
const samplesPerDay = cars * tripsPerDay * tripMinutes * samplesPerMinute
const t0 = 1_756_684_800_000
const minuteMs = 60_000
const dayMs = 86_400_000
const monthDays = 30
const tenant = 'bench'
const dayReports = 200
const monthReports = 20
/** Enough to see whether they take the room that was left. */
const daysAgain = 3

const line = (name: string, text: string): void => console.log(`${name.padEnd(56)} ${text}`)
const vehicleOf = (car: number): string => `car-${String(car).padStart(4, '0')}`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** The trips of a day: each car's first minute of each, in the order of time. */
const drivesOf = (day: number): string =>
  `(select car, trip, 'car-' || lpad(car::text, 4, '0') as vehicle,
      ${t0 + day * dayMs} + (trip * 300 + 30 + (car * 7919 + ${day} * 104729 + trip * 1299709) % 240) * ${minuteMs}::bigint as start_at
    from generate_series(0, ${cars - 1}) as car, generate_series(0, ${tripsPerDay - 1}) as trip)`

/** Rows of a batch, as a writer has them. */
const rowsAtOnce = 1_000
/** Metres in a degree of latitude. */
const degreeM = 111_195

/** A minute of a car that goes along as one does: a receiver's noise and six decimals, km/h with
 *  one. */
function trackOf(vehicle: string, minuteAt: number, random: () => number): Track {
  const at: number[] = []
  const lat: number[] = []
  const lon: number[] = []
  const speedKmh: number[] = []
  const about = (most: number): number => (random() - 0.5) * 2 * most
  const round = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit
  let [northM, eastM, kmh, heading] = [about(9_000), about(9_000), 20 + random() * 60, random() * 2 * Math.PI]
  const ms = Math.floor(random() * 1000)
  for (let second = 0; second < samplesPerMinute; second++) {
    kmh = Math.max(0, kmh + about(4))
    heading += about(0.05)
    northM += (kmh / 3.6) * Math.cos(heading)
    eastM += (kmh / 3.6) * Math.sin(heading)
    at.push(minuteAt + second * 1000 + ms)
    lat.push(round(-34.9 + (northM + about(0.5)) / degreeM, 1e6))
    lon.push(round(-56.1 + (eastM + about(0.5)) / degreeM / 0.82, 1e6))
    speedKmh.push(round(kmh, 10))
  }
  return { tenant, vehicle, minuteAt, ...stepsOfPoints(minuteAt, { at, lat, lon, speedKmh }) }
}

/** The minutes of a day in the order of time. */
async function putTracks(sql: Sql, storage: Storage, day: number): Promise<void> {
  const minutes = await sql.query<{ readonly vehicle: string; readonly minute_at: number }>(
    `select vehicle, start_at + minute * ${minuteMs} as minute_at
     from ${drivesOf(day)} as drives, generate_series(0, ${tripMinutes - 1}) as minute order by minute_at, car`,
  )
  const random = seeded(day)
  for (let from = 0; from < minutes.length; from += rowsAtOnce)
    await storage.tracks.put(
      minutes.slice(from, from + rowsAtOnce).map(({ vehicle, minute_at }) => ({
        id: `${tenant}/${vehicle}/${minute_at}`,
        row: trackOf(vehicle, minute_at, random),
      })),
      {},
    )
}

/** Every third car is electric; of every fifth too little speed was told for its idling. */
const tripsOf = (day: number): string =>
  `insert into trips (id, tenant, vehicle, start_at, end_at, status, ended_by, start_lat, start_lon, end_lat, end_lon,
     distance_m, bridged_m, bridged_ms, unheard_m, duration_ms, idle_ms, max_speed_kmh, speed_covered,
     fuel_l, fuel_from, fuel_covered, energy_kwh, energy_from, energy_covered, samples, thinned, received_at)
   select md5('${tenant}/' || vehicle || '/' || start_at), '${tenant}', vehicle, start_at, start_at + ${tripMinutes * minuteMs - 1000}, 'ended', 'ignition',
     -34.9 + sin(start_at) / 9, -56.1 + cos(start_at) / 9, -34.9 + sin(start_at + 1) / 9, -56.1 + cos(start_at + 1) / 9,
     12000 + sin(start_at) * 5000, 0, 0, 0, ${tripMinutes * minuteMs - 1000}, case when car % 5 > 0 then 60000 + car * 10 end, 87.3, 0.99,
     case when car % 3 > 0 then 0.9 + sin(start_at) / 3 end, case when car % 3 > 0 then 'counter' end, case when car % 3 > 0 then 0.98 end,
     case when car % 3 = 0 then 2.1 + sin(start_at) end, case when car % 3 = 0 then 'power' end, case when car % 3 = 0 then 0.97 end,
     ${tripMinutes * samplesPerMinute}, 0, start_at + ${tripMinutes * minuteMs}
   from ${drivesOf(day)} as drives order by start_at, car`

async function fill(sql: Sql, storage: Storage, days: number): Promise<void> {
  const cost = await costOf(sql, async () => {
    for (let day = 0; day < days; day++) {
      await putTracks(sql, storage, day)
      await sql.query(tripsOf(day))
    }
  })
  await sql.query('analyze tracks')
  await sql.query('analyze trips')
  const samples = days * samplesPerDay
  const [tracksBytes, tripsBytes] = [await sizeOf(sql, 'tracks'), await sizeOf(sql, 'trips')]
  line(
    `${samples.toLocaleString('en')} samples of ${cars} cars, ${days} days`,
    `put in ${seconds(cost.ms)}, ${(cost.walMb / 1e3).toFixed(1)} GB of WAL`,
  )
  line(
    'on disk, indexes and all',
    `tracks ${(tracksBytes / 1e9).toFixed(2)} GB, ${(tracksBytes / samples).toFixed(1)} bytes a sample; ` +
      `trips ${(tripsBytes / 1e6).toFixed(1)} MB, ${(tripsBytes / (days * cars * tripsPerDay)).toFixed(0)} bytes each`,
  )
}

/** Percentiles of the time that something takes, over so many times. */
async function timed(name: string, times: number, work: () => Promise<string>): Promise<void> {
  const taken: number[] = []
  let bytes = 0
  // The first ones open connections and compile.
  for (let n = 0; n < 5; n++) await work()
  const cpu = cpuMicros()
  for (let n = 0; n < times; n++) {
    const startedAt = performance.now()
    bytes = Buffer.byteLength(await work())
    taken.push(performance.now() - startedAt)
  }
  const cpuMs = (cpuMicros() - cpu) / 1000 / times
  taken.sort((one, other) => one - other)
  const at = (share: number): string => `${taken[Math.ceil(share * times) - 1]?.toFixed(1)} ms`
  line(
    `${name}, ${times} times`,
    `p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}; ${cpuMs.toFixed(1)} ms CPU, ${(bytes / 1e3).toFixed(0)} kB of JSON`,
  )
}

/** Track, trips and consumption, one after the other. */
async function dayOf(storage: Storage, vehicle: string, from: number): Promise<string> {
  const to = from + dayMs
  const track = await readTrack(storage.tracks, { tenant, vehicle }, from, to - 1)
  const trips = await storage.trips.list(wholeReach(tenant), { vehicle, from, to }, { limit: 100 })
  const sums = await storage.trips.sums(wholeReach(tenant), { vehicle, from, to }, { limit: 1 })
  assert.equal(track.at.length, tripsPerDay * tripMinutes * samplesPerMinute)
  assert.equal(trips.rows.length, tripsPerDay)
  assert.equal(sums.rows[0]?.trips, tripsPerDay)
  return JSON.stringify({ track, trips, sums })
}

/** Sums of all cars, a page after the other as long as the API gives them. */
async function spanOf(storage: Storage, from: number, days: number): Promise<string> {
  const rows: TripSum[] = []
  let after: string | undefined
  do {
    const page: Page<TripSum> = await storage.trips.sums(
      wholeReach(tenant),
      { from, to: from + days * dayMs },
      { limit: 500, ...(after === undefined ? {} : { after }) },
    )
    rows.push(...page.rows)
    after = page.next
  } while (after !== undefined)
  assert.equal(rows.length, cars)
  for (const { trips, fuelL, energyKwh } of rows) {
    assert.equal(trips, days * tripsPerDay)
    assert.equal(fuelL.known + energyKwh.known, trips)
  }
  return JSON.stringify(rows)
}

async function reports(storage: Storage, days: number, firstDay = 0): Promise<void> {
  const random = seeded(7)
  const below = (n: number): number => Math.floor(random() * n)
  await timed('a car’s day: track, trips and consumption', dayReports, () =>
    dayOf(storage, vehicleOf(below(cars)), t0 + (firstDay + below(days)) * dayMs),
  )
  const span = Math.min(monthDays, days)
  await timed(`a fleet’s ${span} days: sums of ${cars} cars`, monthReports, () =>
    spanOf(storage, t0 + (firstDay + below(days - span + 1)) * dayMs, span),
  )
}

/** A month of tracks forgotten, as retention does it but for its pauses, while it may be vacuumed;
 *  and a table of that size dropped, as a partition would be. */
async function forgetting(sql: Sql, storage: Storage, days: number): Promise<void> {
  const gone = Math.min(monthDays, Math.max(1, Math.floor(days * 0.9)))
  const rows = gone * cars * tripsPerDay * tripMinutes
  const size = async (): Promise<string> => `${((await sizeOf(sql, 'tracks')) / 1e9).toFixed(2)} GB`
  let longestMs = 0
  let count = 0
  const deleted = await costOf(sql, async () => {
    for (let step = 1; step > 0; count += step) {
      const startedAt = performance.now()
      step = await storage.tracks.expire(t0 + gone * dayMs)
      longestMs = Math.max(longestMs, performance.now() - startedAt)
    }
  })
  assert.equal(count, rows)
  const perRow = ({ cpuMs }: { readonly cpuMs: number }): string => ((cpuMs * 1000) / rows).toFixed(1)
  line(
    `${gone} days of tracks forgotten, ${rows.toLocaleString('en')} rows`,
    `${seconds(deleted.ms)}, ${perRow(deleted)} µs CPU a row, ${deleted.walMb.toFixed(0)} MB of WAL, longest step ${longestMs.toFixed(0)} ms; still ${await size()}`,
  )
  const vacuum = await costOf(sql, () => sql.query('vacuum analyze tracks'))
  line(
    'what vacuum has left to do after it',
    `${seconds(vacuum.ms)}, ${perRow(vacuum)} µs CPU a row forgotten, ${vacuum.walMb.toFixed(0)} MB of WAL; still ${await size()}`,
  )
  if (days > gone) await reports(storage, days - gone, gone)
  const again = Math.min(gone, daysAgain)
  for (let day = days; day < days + again; day++) await putTracks(sql, storage, day)
  line(`${again} days put again`, `now ${await size()}`)
  const before = await size()
  const dropped = await costOf(sql, () => sql.query('drop table tracks'))
  line(`a table of ${before} dropped`, `${dropped.ms.toFixed(0)} ms, ${dropped.walMb.toFixed(2)} MB of WAL`)
}

export async function run({ samples = samplesUsually }: { readonly samples?: number } = {}): Promise<void> {
  if (noPostgres !== false) throw new Error(noPostgres)
  const days = Math.ceil(samples / samplesPerDay)
  await using postgres = await startPostgres(['fsync=on', 'full_page_writes=on', 'shared_buffers=512MB'])
  const server = postgres.server('postgres')
  await using sql = openPgSql({ server, logger: silentLogger, statementTimeoutMs: 0 })
  await using storage = await openPgStorage({ server, logger: silentLogger })
  await fill(sql, storage, days)
  await reports(storage, days)
  await forgetting(sql, storage, days)
}
