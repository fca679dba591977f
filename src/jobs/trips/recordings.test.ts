// Trips of real recordings against what their publishers say of them.
import assert from 'node:assert/strict'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import type { Trip } from '../../model/read-models.ts'
import type { Sample } from '../../model/message.ts'
import { driveJobs, messagesOf, recordsOf } from '../job-driver.ts'
import { haversineM } from './stretch.ts'
import { trips } from './trips.ts'

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
const skip = existsSync(data) ? false : 'the recordings are not beside this checkout'
const kmhPerMph = 1.609344

/** Rows of a CSV file (plain or gzip), by column. */
async function rowsOf(file: string, separator = ','): Promise<Record<string, string>[]> {
  const raw = createReadStream(data + file)
  const lines = createInterface({ input: file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw })
  const rows: Record<string, string>[] = []
  let names: string[] | undefined
  for await (const line of lines) {
    const fields = line
      .replaceAll(/"([^"]*)"/g, (_, text: string) => text.replaceAll(separator, ' '))
      .trim()
      .split(separator)
    if (names === undefined) names = fields
    else rows.push(Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])))
  }
  return rows
}

const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> => Map.groupBy(items, keyOf)

/** The trips of one car's samples, all of them over. */
function tripsIn(samples: readonly Sample[]): Trip[] {
  const driver = driveJobs([trips])
  const records = recordsOf(messagesOf(samples))
  for (let from = 0; from < records.length; from += 500) driver.feed(records.slice(from, from + 500), records[from]!.at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return [...driver.results()].filter(([id]) => id.startsWith('trip ')).map(([, trip]) => trip as Trip)
}

const percentOff = (found: number, truth: number): number => Math.abs(found / truth - 1) * 100

test('the 28 drives of nds-drives: distance within 1 % of the sum of distance_miles', { skip }, async () => {
  const drives = groupBy(await rowsOf('nds-drives/nds_data.csv.gz'), (row) => row['drive']!)
  assert.equal(drives.size, 28)
  const withGaps: string[] = []
  let checked = 0
  for (const [drive, rows] of drives) {
    const points = rows.map((row) => ({
      at: Date.parse(row['time_utc']!),
      kmh: Number(row['speed_mph']) * kmhPerMph,
      lat: Number(row['gps_lat']),
      lon: Number(row['gps_long']),
      m: Number(row['distance_miles']) * 1000 * kmhPerMph,
    }))
    const found = tripsIn(
      points.map(({ at, kmh, lat, lon }) => ({
        at,
        signals: { 'Vehicle.Speed': kmh, 'Vehicle.CurrentLocation.Latitude': lat, 'Vehicle.CurrentLocation.Longitude': lon },
      })),
    )
    assert.equal(found.length, 1, `drive ${drive} is one trip`)
    const sumM = points.reduce((sum, point) => sum + point.m, 0)
    if (sumM < 1000) continue
    checked += 1
    const distanceM = found[0]!.distanceM
    if (percentOff(distanceM, sumM) <= 1) continue
    // distance_miles counts one second for each row, so it leaves out what was driven while nothing was recorded. The trip
    // counts it, and the positions at both ends of each gap say how much it was at least.
    withGaps.push(drive)
    const gapM = points.reduce((sum, { at, lat, lon, kmh }, index) => {
      const before = points[index - 1]
      if (before === undefined || at - before.at <= 1000) return sum
      const seconds = (at - before.at) / 1000
      return sum + (seconds > 15 ? haversineM(before.lat, before.lon, lat, lon) : ((kmh + before.kmh) / 7.2) * (seconds - 1))
    }, 0)
    assert.ok(gapM > sumM * 0.01, `drive ${drive} is off without a gap: ${distanceM} m, sum ${sumM} m`)
    assert.ok(percentOff(distanceM - gapM, sumM) <= 1, `drive ${drive}: what was recorded is within 1 %`)
  }
  assert.equal(checked, 23)
  assert.deepEqual(withGaps, ['4', '9', '15', '17', '18', '30', '31'])
})

test('cmap-trips: at least 97 % of the true trips with both ends within 30 s, at most 3 % false', { skip }, async () => {
  const cars = groupBy(await rowsOf('cmap-trips/points_1hz.csv.gz'), (row) => row['vehicle']!)
  const truths = groupBy(await rowsOf('cmap-trips/trips_truth.csv'), (row) => row['vehicle']!)
  let found = 0
  let derived = 0
  let worstPercent = 0
  for (const [car, rows] of cars) {
    const mine = tripsIn(
      rows.map((row) => ({ at: instant(row['timestamp']!), signals: { 'Vehicle.Speed': Number(row['speed_mph']) * kmhPerMph } })),
    )
    derived += mine.length
    for (const truth of truths.get(car) ?? []) {
      const near = (at: number, column: string): boolean => Math.abs(at - instant(truth[column]!)) <= 30_000
      const match = mine.find((trip) => near(trip.startAt, 'start_ts') && near(trip.endAt, 'end_ts'))
      if (match === undefined) continue
      found += 1
      worstPercent = Math.max(worstPercent, percentOff(match.distanceM, Number(truth['distance_total']) * 1000 * kmhPerMph))
    }
  }
  assert.equal(derived, 171)
  assert.ok(found >= 170, `${found} of 171 found`)
  assert.ok((derived - found) / 171 <= 0.03)
  // The shortest trip is 38 m, where a metre is 2.6 %.
  assert.ok(worstPercent < 2, `the distance of every trip found is that of the truth; the worst is ${worstPercent} % off`)
})

const instant = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`)

test('the standard cycles have their length', { skip }, async () => {
  const lengths = { udds: 11.99, us06: 12.888, hwfet: 16.507, wltc_3b: 23.266 }
  for (const [cycle, km] of Object.entries(lengths)) {
    const rows = await rowsOf(`drive-cycles/${cycle}.csv`)
    const found = tripsIn(
      rows.map((row) => ({
        at: 1_700_000_000_000 + Number(row['cycSecs']) * 1000,
        signals: { 'Vehicle.Speed': Number(row['cycMps']) * 3.6 },
      })),
    )
    assert.equal(found.length, 1, cycle)
    assert.ok(percentOff(found[0]!.distanceM, km * 1000) < 0.02, `${cycle}: ${found[0]!.distanceM} m`)
  }
})

test('the trips of the BMW i3 have the distance of its overview, and use energy', { skip }, async () => {
  const overview = new Map((await rowsOf('bev-bmw-i3/Overview.csv')).map((row) => [row['Trip'], Number(row['Distance [km]'])]))
  const files = readdirSync(`${data}bev-bmw-i3`).filter((file) => /^Trip[AB]\d+\.1hz\.csv\.gz$/.test(file))
  assert.ok(files.length > 20)
  for (const file of files) {
    const rows = await rowsOf(`bev-bmw-i3/${file}`, ';')
    const found = tripsIn(
      rows.map((row) => ({
        at: 1_700_000_000_000 + Number(row['Time [s]']) * 1000,
        signals: {
          'Vehicle.Speed': Number(row['Velocity [km/h]']),
          'Vehicle.Powertrain.TractionBattery.CurrentPower': Number(row['Battery Voltage [V]']) * Number(row['Battery Current [A]']),
        },
      })),
    )
    assert.equal(found.length, 1, file)
    const { distanceM, energyKwh } = found[0]!
    const km = overview.get(file.slice(0, 7))!
    assert.ok(percentOff(distanceM, km * 1000) < 0.2, `${file}: ${distanceM} m, overview ${km} km`)
    const perHundredKm = (energyKwh! / distanceM) * 100_000
    assert.ok(perHundredKm > 8 && perHundredKm < 30, `${file}: ${perHundredKm} kWh/100 km`)
  }
})

test('every drive of obd-carobd in which the car moved is one trip', { skip }, async () => {
  for (const name of ['drive', 'long']) {
    const files = groupBy(await rowsOf(`obd-carobd/${name}.csv.gz`), (row) => row['file']!)
    for (const [file, rows] of files) {
      const speeds = rows.map((row) => Number(row['VEHICLE_SPEED ()']))
      const found = tripsIn(speeds.map((kmh, index) => ({ at: 1_700_000_000_000 + index * 492, signals: { 'Vehicle.Speed': kmh } })))
      const wholeM = speeds.reduce((sum, kmh) => sum + (kmh / 3.6) * 0.492, 0)
      assert.equal(found.length, 1, file)
      assert.ok(percentOff(found[0]!.distanceM, wholeM) < 0.1, `${file}: ${found[0]!.distanceM} m, ${wholeM} m`)
    }
  }
})
