// Each mapping against the recording it is for: rows counted and first values worked out by hand.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findMapping } from './mapping-catalogue.ts'
import { newRecordingTally, type RecordedSample, type RecordingTally } from './recorded-sample.ts'
import { readRecording } from './recording.ts'

const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const skip = !existsSync(folder) && 'the recordings are not beside this checkout (../shared/data)'

type Reading = { readonly samples: RecordedSample[]; readonly tally: RecordingTally }
const readings = new Map<string, Promise<Reading>>()

function read(mappingName: string, file: string): Promise<Reading> {
  const reading = readings.get(file) ?? readOnce(mappingName, file)
  readings.set(file, reading)
  return reading
}

async function readOnce(mappingName: string, file: string): Promise<Reading> {
  const mapping = findMapping(mappingName)
  assert.ok(mapping.ok)
  const tally = newRecordingTally()
  const samples: RecordedSample[] = []
  for await (const sample of readRecording(`${folder}/${file}`, mapping.value, { tally })) samples.push(sample)
  assert.deepEqual([tally.rows, tally.rowsSkipped], [samples.length, 0])
  return { samples, tally }
}

const segmentsOf = (samples: readonly RecordedSample[]): string[] => [...new Set(samples.map(({ segment }) => segment))]
const near = (actual: unknown, expected: number, within = 1e-6): void =>
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) <= within, `${String(actual)} is not ${expected}`)

/** Kilometres of one car by its speed over time. */
function distanceKm(samples: readonly RecordedSample[]): number {
  let km = 0
  for (const [index, { at, signals }] of samples.entries()) {
    const before = samples[index - 1]
    const [from, to] = [before?.signals['Vehicle.Speed'], signals['Vehicle.Speed']]
    if (before !== undefined && typeof from === 'number' && typeof to === 'number')
      km += (((from + to) / 2) * (at - before.at)) / 3_600_000
  }
  return km
}

test('nds-drives: 28 drives with position, speed, acceleration and engine', { skip }, async () => {
  const { samples, tally } = await read('nds-drives', 'nds-drives/nds_data.csv.gz')
  assert.deepEqual([samples.length, segmentsOf(samples).length], [23_187, 28])
  const { segment, at, signals } = samples[0]!
  assert.deepEqual([segment, at], ['1', Date.UTC(2019, 4, 23, 20, 54, 11)])
  assert.equal(signals['Vehicle.CurrentLocation.Latitude'], 41.25786972)
  assert.equal(signals['Vehicle.CurrentLocation.Longitude'], -95.98425293)
  assert.equal(signals['Vehicle.CurrentLocation.Heading'], 270.880005)
  assert.equal(signals['Vehicle.CurrentLocation.GNSSReceiver.FixType'], 'THREE_D')
  near(signals['Vehicle.Speed'], 30.4658289340253 * 1.609344)
  near(signals['Vehicle.Acceleration.Longitudinal'], -0.174 * 9.80665)
  near(signals['Vehicle.Acceleration.Lateral'], 0.04 * 9.80665)
  near(signals['Vehicle.Acceleration.Vertical'], 0.191 * 9.80665)
  assert.equal(signals['Vehicle.AngularVelocity.Yaw'], -0.31)
  assert.equal(signals['Vehicle.Powertrain.CombustionEngine.Speed'], null)
  assert.deepEqual(tally.columns.get('engine_rpm'), { empty: 15_906, invalid: 0 })
  assert.deepEqual(
    [...tally.columns.values()].filter(({ invalid }) => invalid > 0),
    [],
  )
})

test('nds-drives: left is positive, for lateral acceleration as for yaw', { skip }, async () => {
  const { samples } = await read('nds-drives', 'nds-drives/nds_data.csv.gz')
  let agreement = 0
  for (const { signals } of samples) {
    const [lateral, yaw, speedKmh] = [
      signals['Vehicle.Acceleration.Lateral'],
      signals['Vehicle.AngularVelocity.Yaw'],
      signals['Vehicle.Speed'],
    ]
    // In a clear turn the acceleration points to the side the car turns to.
    if (
      typeof lateral === 'number' &&
      typeof yaw === 'number' &&
      typeof speedKmh === 'number' &&
      speedKmh > 15 &&
      Math.abs(yaw) > 10
    )
      agreement += Math.sign(lateral) === Math.sign(yaw) ? 1 : -1
  }
  assert.ok(agreement > 200, `agreement ${agreement}`)
})

test('cmap-trips: 9 cars in local time of Chicago, acceleration from mph per second', { skip }, async () => {
  const { samples, tally } = await read('cmap-trips', 'cmap-trips/points_1hz.csv.gz')
  assert.deepEqual([samples.length, segmentsOf(samples).length, tally.columns.size], [154_648, 9, 0])
  assert.deepEqual(samples[0], {
    segment: '4033363_1',
    at: Date.UTC(2007, 7, 25, 16, 7, 21),
    signals: { 'Vehicle.Speed': 0, 'Vehicle.Acceleration.Longitudinal': 0 },
  })
  // The unit shows in the data: acceleration is the difference of the speeds a second apart.
  let checked = 0
  for (const [index, { segment, at, signals }] of samples.entries()) {
    const before = samples[index - 1]
    if (before?.segment !== segment || at - before.at !== 1000 || checked > 5000) continue
    const [from, to, given] = [
      before.signals['Vehicle.Speed'],
      signals['Vehicle.Speed'],
      signals['Vehicle.Acceleration.Longitudinal'],
    ]
    if (typeof from !== 'number' || typeof to !== 'number' || from === to) continue
    near(given, (to - from) / 3.6, 0.02)
    checked++
  }
  assert.ok(checked > 5000)
})

test('bev-bmw-i3: a trip of an electric car, dated by the table beside it', { skip }, async () => {
  const { samples, tally } = await read('bev-bmw-i3', 'bev-bmw-i3/TripA05.1hz.csv.gz')
  const { segment, at, signals } = samples[0]!
  assert.deepEqual(
    [samples.length, segment, at, tally.columns.size],
    [1367, 'TripA05', Date.UTC(2019, 5, 28, 8, 20, 26), 0],
  )
  assert.equal(signals['Vehicle.Speed'], 14.25)
  assert.equal(signals['Vehicle.Powertrain.Type'], 'ELECTRIC')
  assert.equal(signals['Vehicle.Powertrain.TractionBattery.StateOfCharge.Current'], 66.7)
  assert.equal(signals['Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed'], 78.5)
  near(signals['Vehicle.Powertrain.TractionBattery.CurrentPower'], -7155.28)
  assert.equal(signals['Vehicle.Powertrain.TractionBattery.Temperature.Average'], 27)
  assert.equal(signals['Vehicle.Exterior.AirTemperature'], 24.5)
  assert.equal(samples[1]?.signals['Vehicle.Powertrain.Type'], undefined)
  const winter = await read('bev-bmw-i3', 'bev-bmw-i3/TripB02.1hz.csv.gz')
  assert.deepEqual([winter.samples.length, winter.tally.columns.get('Throttle [%]')], [1612, { empty: 0, invalid: 49 }])
})

test('obd-carobd: two rows a second, by the counter the car itself keeps', { skip }, async () => {
  const { samples, tally } = await read('obd-carobd', 'obd-carobd/drive.csv.gz')
  assert.deepEqual([samples.length, segmentsOf(samples).length], [39_779, 13])
  assert.deepEqual(samples[0]?.signals, {
    'Vehicle.Powertrain.Type': 'COMBUSTION',
    'Vehicle.Speed': 0,
    'Vehicle.Powertrain.CombustionEngine.Speed': 0,
    'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature': 81,
    'Vehicle.Powertrain.FuelSystem.RelativeLevel': 60,
    'Vehicle.LowVoltageBattery.CurrentVoltage': 12.382,
  })
  // `ENGINE_RUN_TINE ()` of drive10, the longest, ends at 2681 s, after some 4 s with the engine
  // still off.
  const longest = samples.filter(({ segment }) => segment === 'drive10')
  near((longest.at(-1)!.at - longest[0]!.at) / 1000, 2684, 10)
  assert.deepEqual(tally.columns.get('FUEL_TANK ()'), { empty: 3, invalid: 0 })
})

for (const [file, rows, km] of [
  ['udds', 1370, 11.99],
  ['us06', 601, 12.888],
  ['hwfet', 766, 16.507],
  ['wltc_3b', 1801, 23.266],
] as const)
  test(`drive-cycles: ${file} is ${km} km long`, { skip }, async () => {
    const { samples } = await read('drive-cycles', `drive-cycles/${file}.csv`)
    assert.deepEqual([samples.length, samples[0]?.segment, samples[0]?.signals], [rows, file, { 'Vehicle.Speed': 0 }])
    near(distanceKm(samples), km, 0.0006)
  })
