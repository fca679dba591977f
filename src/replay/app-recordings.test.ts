// A file of each application in the shape of its export, through the mapping that comes with
// Roadstream. Torque's track log, Car Scanner's long form and MegaLogViewer's .msl (two info lines,
// names, units) are in the shape that public readers of these files describe. Those of python-OBD,
// TeslaFi and OBD Fusion were held against no real file, as their mappings say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { shippedMapping } from './mapping-catalogue.ts'
import { newRecordingTally, type RecordedSample, type RecordingTally } from './recorded-sample.ts'
import { readRecording } from './recording.ts'

const read = async (file: string, mapping: string): Promise<{ samples: RecordedSample[]; tally: RecordingTally }> => {
  const tally = newRecordingTally()
  const path = fileURLToPath(new URL(`samples/${file}`, import.meta.url))
  const samples: RecordedSample[] = []
  for await (const sample of readRecording(path, shippedMapping(mapping), { tally })) samples.push(sample)
  return { samples, tally }
}
const at = (samples: readonly RecordedSample[]): string[] => samples.map((sample) => new Date(sample.at).toISOString())
const each = (samples: readonly RecordedSample[], path: string): unknown[] =>
  samples.map(({ signals }) => signals[path])

const latitude = 'Vehicle.CurrentLocation.Latitude'
const engineSpeed = 'Vehicle.Powertrain.CombustionEngine.Speed'
const coolant = 'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature'

test('Torque: names after commas and blanks, a dash for no reading, the header again in the middle', async () => {
  const { samples, tally } = await read('torque.csv', 'torque')
  assert.deepEqual(at(samples), ['2026-03-01T09:00:01.100Z', '2026-03-01T09:00:02.100Z', '2026-03-01T09:10:00.000Z'])
  assert.deepEqual(each(samples, 'Vehicle.Speed'), [36, 38, 40])
  assert.deepEqual(each(samples, coolant), [88, null, 89])
  assert.deepEqual(each(samples, latitude), [52.52, 52.52, null])
  assert.deepEqual(each(samples, 'Vehicle.OBD.FuelRate'), [4.2, 4.4, 4.6])
  assert.deepEqual([tally.rows, tally.rowsSkipped], [3, 0])
})

test('Car Scanner: rows of kind and value from midnight of the day in its name; those of one instant are a sample', async () => {
  const { samples } = await read('2026-03-01 21-36-00.csv', 'car-scanner')
  assert.deepEqual(samples, [
    {
      segment: '2026-03-01 21-36-00',
      at: Date.UTC(2026, 2, 1, 21, 36, 41, 890),
      signals: {
        [latitude]: 52.52,
        'Vehicle.CurrentLocation.Longitude': 13.40495,
        'Vehicle.Speed': 36,
        [engineSpeed]: 750,
      },
    },
    {
      segment: '2026-03-01 21-36-00',
      at: Date.UTC(2026, 2, 1, 21, 36, 42, 400),
      signals: { [latitude]: 52.52, 'Vehicle.CurrentLocation.Longitude': 13.40495, [coolant]: 88 },
    },
    {
      segment: '2026-03-01 21-36-00',
      at: Date.UTC(2026, 2, 1, 21, 36, 43),
      signals: { [latitude]: 52.52, 'Vehicle.CurrentLocation.Longitude': 13.4051, 'Vehicle.Speed': null },
    },
  ])
})

test('OBD Fusion: seconds since the start in a comment, miles and Fahrenheit by the names', async () => {
  const { samples } = await read('obd-fusion.csv', 'obd-fusion')
  assert.deepEqual(at(samples), ['2026-03-01T21:00:00.500Z', '2026-03-01T21:00:01.000Z', '2026-03-01T21:00:01.500Z'])
  assert.deepEqual(each(samples, 'Vehicle.Speed'), [0, 32.18688, null])
  assert.deepEqual(each(samples, coolant), [85, 85, null])
})

test('python-OBD: values with the unit behind them, and None', async () => {
  const { samples } = await read('python-obd.csv', 'python-obd')
  assert.deepEqual(each(samples, 'Vehicle.Speed'), [36, 38])
  assert.deepEqual(each(samples, coolant), [88, null])
  assert.deepEqual(at(samples)[0], '2026-03-01T09:00:00.123Z')
})

test('TeslaFi: miles, power out of the battery as negative, and None for unknown', async () => {
  const { samples } = await read('TeslaFi32026.csv', 'teslafi')
  assert.deepEqual(each(samples, 'Vehicle.Speed'), [64.37376, null, null])
  assert.deepEqual(each(samples, 'Vehicle.Powertrain.TractionBattery.CurrentPower'), [-12_000, 3000, 0])
  assert.deepEqual(each(samples, 'Vehicle.TraveledDistance'), [19_312_933, 19_313_898, 19_313_898])
})

test('MegaSquirt .msl: two lines before the header, a row of units, and marks of the driver', async () => {
  const { samples, tally } = await read('megasquirt.msl', 'megasquirt')
  assert.deepEqual(at(samples), ['2026-03-01T09:00:00.000Z', '2026-03-01T09:00:00.100Z', '2026-03-01T09:00:00.200Z'])
  assert.deepEqual(each(samples, 'Vehicle.Speed'), [0, 36, 37.5])
  assert.deepEqual([tally.rows, tally.rowsSkipped], [3, 0])
})
