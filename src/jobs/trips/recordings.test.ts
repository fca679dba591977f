// Trips of real recordings, read through the mappings that `roadstream replay` uses, against what
// their publishers say of them.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { Sample } from '../../model/message.ts'
import { parseInstant } from '../../mapping/instants.ts'
import { shippedMapping } from '../../replay/mapping-catalogue.ts'
import { legM } from './ellipsoid.ts'
import { data, metresPerMile, rowsOf, skip } from './raw-rows.testing.ts'
import { samplesOf, tripsOf } from './recordings.testing.ts'

const numberIn = ({ signals }: Sample, path: string): number => Number(signals[path])
const speedKmh = (sample: Sample): number => numberIn(sample, 'Vehicle.Speed')
const percentOff = (found: number, truth: number): number => Math.abs(found / truth - 1) * 100

/** Metres driven while nothing was recorded, beyond the one second a row stands for: at least the
 *  line between the positions. */
function unrecordedM(samples: readonly Sample[]): number {
  return samples.reduce((sum, sample, index) => {
    const before = samples[index - 1]
    const seconds = before === undefined ? 1 : (sample.at - before.at) / 1000
    if (before === undefined || seconds <= 1) return sum
    const [latA, lonA, latB, lonB] = [before, sample].flatMap((each) => [
      numberIn(each, 'Vehicle.CurrentLocation.Latitude'),
      numberIn(each, 'Vehicle.CurrentLocation.Longitude'),
    ])
    const evenM = ((speedKmh(before) + speedKmh(sample)) / 7.2) * (seconds - 1)
    return sum + (seconds > 15 ? legM(latA!, lonA!, latB!, lonB!) : evenM)
  }, 0)
}

test('the 28 drives of nds-drives: distance within 1 % of the sum of distance_miles', { skip }, async () => {
  const drives = await samplesOf('nds-drives/nds_data.csv.gz', shippedMapping('nds-drives'))
  const rows = Map.groupBy(await rowsOf('nds-drives/nds_data.csv.gz'), (row) => row['drive']!)
  assert.equal(drives.size, 28)
  const withGaps: string[] = []
  let checked = 0
  for (const [drive, samples] of drives) {
    const found = tripsOf(samples)
    assert.equal(found.length, 1, `drive ${drive} is one trip`)
    const sumM = rows.get(drive)!.reduce((sum, row) => sum + Number(row['distance_miles']) * metresPerMile, 0)
    if (sumM < 1000) continue
    checked += 1
    const { distanceM } = found[0]!
    if (percentOff(distanceM, sumM) <= 1) continue
    // distance_miles counts one second for each row, so it leaves out what was driven while nothing
    // was recorded; the trip counts it.
    withGaps.push(drive)
    const gapsM = unrecordedM(samples)
    assert.ok(gapsM > sumM * 0.01, `drive ${drive} is off without a gap: ${distanceM} m, sum ${sumM} m`)
    assert.ok(percentOff(distanceM - gapsM, sumM) <= 1, `drive ${drive}: what was recorded is within 1 %`)
  }
  assert.equal(checked, 23)
  assert.deepEqual(withGaps, ['4', '9', '15', '17', '18', '30', '31'])
})

test(
  'cmap-trips: at least 97 % of the true trips with both ends within 30 s, at most 3 % false',
  { skip },
  async () => {
    const cars = await samplesOf('cmap-trips/points_1hz.csv.gz', shippedMapping('cmap-trips'))
    const truths = Map.groupBy(await rowsOf('cmap-trips/trips_truth.csv'), (row) => row['vehicle']!)
    let found = 0
    let derived = 0
    let worstPercent = 0
    for (const [car, samples] of cars) {
      const mine = tripsOf(samples)
      derived += mine.length
      for (const truth of truths.get(car) ?? []) {
        const near = (at: number, column: string): boolean =>
          Math.abs(at - parseInstant(truth[column]!, 'America/Chicago')!) <= 30_000
        const match = mine.find((trip) => near(trip.startAt, 'start_ts') && near(trip.endAt, 'end_ts'))
        if (match === undefined) continue
        found += 1
        worstPercent = Math.max(
          worstPercent,
          percentOff(match.distanceM, Number(truth['distance_total']) * metresPerMile),
        )
      }
    }
    assert.equal(derived, 171)
    assert.ok(found >= 170, `${found} of 171 found`)
    // The shortest trip is 38 m, where a metre is 2.6 %.
    assert.ok(
      worstPercent < 2,
      `the distance of every trip found is that of the truth; the worst is ${worstPercent} % off`,
    )
  },
)

test('the standard cycles have their length', { skip }, async () => {
  for (const [cycle, km] of Object.entries({ udds: 11.99, us06: 12.888, hwfet: 16.507, wltc_3b: 23.266 })) {
    const found = [...(await samplesOf(`drive-cycles/${cycle}.csv`, shippedMapping('drive-cycles'))).values()].flatMap(
      tripsOf,
    )
    assert.equal(found.length, 1, cycle)
    assert.ok(percentOff(found[0]!.distanceM, km * 1000) < 0.02, `${cycle}: ${found[0]!.distanceM} m`)
  }
})

test('the trips of the BMW i3 have the distance of its overview, and use energy', { skip }, async () => {
  const overview = new Map(
    (await rowsOf('bev-bmw-i3/Overview.csv')).map((row) => [row['Trip'], Number(row['Distance [km]'])]),
  )
  const files = readdirSync(`${data}bev-bmw-i3`).filter((file) => file.endsWith('.1hz.csv.gz'))
  assert.ok(files.length > 20)
  for (const file of files) {
    const found = [...(await samplesOf(`bev-bmw-i3/${file}`, shippedMapping('bev-bmw-i3'))).values()].flatMap(tripsOf)
    assert.equal(found.length, 1, file)
    const { distanceM, energyKwh } = found[0]!
    const km = overview.get(file.slice(0, 7))!
    assert.ok(percentOff(distanceM, km * 1000) < 0.2, `${file}: ${distanceM} m, overview ${km} km`)
    const perHundredKm = (energyKwh! / distanceM) * 100_000
    assert.ok(perHundredKm > 8 && perHundredKm < 30, `${file}: ${perHundredKm} kWh/100 km`)
  }
})

test('every drive of obd-carobd is one trip with the distance its speeds make', { skip }, async () => {
  for (const name of ['drive', 'long'])
    for (const [file, samples] of await samplesOf(`obd-carobd/${name}.csv.gz`, shippedMapping('obd-carobd'))) {
      const found = tripsOf(samples)
      const wholeM = samples.reduce((sum, sample) => sum + (speedKmh(sample) / 3.6) * 0.492, 0)
      assert.equal(found.length, 1, file)
      assert.ok(percentOff(found[0]!.distanceM, wholeM) < 0.1, `${file}: ${found[0]!.distanceM} m, ${wholeM} m`)
    }
})
