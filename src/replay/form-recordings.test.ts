// Recordings that are no tables, from their bytes to samples, by the mappings that come with
// Roadstream.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseMapping } from '../mapping/parse-mapping.ts'
import { shippedMapping } from './mapping-catalogue.ts'
import { allOf, readSample, samplesFolder } from './readers/samples.testing.ts'
import { newRecordingTally } from './recorded-sample.ts'
import { readRecording } from './recording.ts'

const place = 'Vehicle.CurrentLocation.'

test('GPX: each track is a trip, a point without time is skipped and counted, and metres a second are km/h', async () => {
  const tally = newRecordingTally()
  const samples = await allOf(readRecording(`${samplesFolder}/garmin-1.1.gpx`, shippedMapping('gpx'), { tally }))
  assert.deepEqual(
    samples.map(({ segment, at, signals }) => [
      segment,
      new Date(at).toISOString(),
      signals[`${place}Latitude`],
      signals[`${place}Altitude`],
      signals['Vehicle.Speed'],
    ]),
    [
      ['1', '2026-03-04T05:06:07.250Z', -34.9055, 12.5, 63],
      ['1', '2026-03-04T05:06:09.000Z', -34.9056, null, undefined],
      ['1', '2026-03-04T05:16:09.000Z', -34.9057, 13, undefined],
      ['2', '2026-03-04T09:16:09.000Z', -34.8057, 40, 11.7],
    ],
  )
  assert.deepEqual([tally.rows, tally.rowsSkipped, tally.notes.size], [5, 1, 2])
})

test('NMEA: knots are km/h, and without a fix the place and the speed are unknown', async () => {
  const tally = newRecordingTally()
  const samples = await allOf(readRecording(`${samplesFolder}/receiver.nmea`, shippedMapping('nmea'), { tally }))
  assert.deepEqual(
    samples.map(({ at, signals }) => [
      new Date(at).toISOString(),
      signals[`${place}Latitude`],
      signals['Vehicle.Speed'],
    ]),
    [
      ['2026-03-04T23:59:58.000Z', null, null],
      ['2026-03-04T23:59:59.000Z', -34.9055, 62.968],
      ['2026-03-05T00:00:00.000Z', -34.9055, undefined],
      ['2026-03-05T00:00:01.000Z', -34.9055, 62.968],
      ['2026-03-05T00:00:02.000Z', -34.9055, undefined],
    ],
  )
  assert.equal(tally.rowsSkipped, 1)
})

test('OpenXC: messages of one instant are one sample, words are values, kilometres are metres', async () => {
  const samples = await allOf(readRecording(`${samplesFolder}/trace.openxc.txt`, shippedMapping('openxc')))
  assert.deepEqual(
    samples.map(({ at, signals }) => [at, signals]),
    [
      [1_332_432_977_835, { 'Vehicle.Speed': 63, [`${place}Latitude`]: -34.9055, [`${place}Longitude`]: -56.1913 }],
      [1_332_432_978_100, { 'Vehicle.Cabin.Door.Row1.DriverSide.IsOpen': true }],
      [1_332_432_978_200, { 'Vehicle.Powertrain.Transmission.CurrentGear': -1 }],
      [1_332_432_978_400, { 'Vehicle.LowVoltageSystemState': 'ON' }],
    ],
  )
})

test('candump: signals of a database that a mapping of its own names', async () => {
  const mapping = parseMapping(
    JSON.stringify({
      name: 'my-can',
      about: 'A log of my car',
      from: { form: 'candump', dbc: 'car.dbc' },
      time: { as: 'epoch', field: 'time', unit: 's' },
      signals: {
        'Vehicle.Speed': { field: 'Motion.Speed', unit: 'km/h' },
        'Vehicle.TraveledDistance': { field: 'Motion.Odometer', unit: 'km' },
        'Vehicle.Powertrain.TractionBattery.Temperature.Average': {
          field: 'Battery.Temperature',
          unit: 'Celsius',
          unknown: ['unknown'],
        },
      },
    }),
    'my-can.json',
  )
  assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
  const samples = await allOf(readRecording(`${samplesFolder}/drive.candump.txt`, mapping.value))
  assert.deepEqual(
    samples.map(({ at, signals }) => [at, Object.values(signals)]),
    [
      [1_772_600_767_250, [63, 187_654_300]],
      [1_772_600_767_350, [63, 187_654_400]],
      [1_772_600_767_470, [null]],
      [1_772_600_767_480, [20]],
      [1_772_600_767_530, [63]],
      [1_772_600_767_550, [63, 187_654_300]],
      [1_772_600_767_570, [63]],
    ],
  )
})

test('a recording packed by gzip is the same, in UTF-8 with a mark too; one cut short or in UTF-16 is one error that names the file', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-forms-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const written = (bytes: Uint8Array): string => {
    const file = join(folder, 'my-drive.log')
    writeFileSync(file, bytes)
    return file
  }
  for (const [name, form] of [
    ['garmin-1.1.gpx', 'gpx'],
    ['receiver.nmea', 'nmea'],
    ['trace.openxc.txt', 'openxc'],
  ] as const) {
    const whole = shippedMapping(form)
    const text = readSample(name)
    const samples = await allOf(readRecording(written(text), whole))
    assert.ok(samples.length >= 4)
    for (const other of [
      gzipSync(text),
      Buffer.concat([Buffer.from('\ufeff'), text]),
      Buffer.from(text.toString().replaceAll(/\r?\n/g, '\r\n')),
    ])
      assert.deepEqual(await allOf(readRecording(written(other), whole)), samples, name)
    for (const bad of [
      gzipSync(text).subarray(0, 200),
      Buffer.from(text.toString(), 'utf16le'),
      Buffer.from(`\ufeff${text.toString()}`, 'utf16le'),
      Buffer.alloc(0),
    ])
      await assert.rejects(allOf(readRecording(written(bad), whole)), {
        name: 'RecordingError',
        message: /my-drive\.log/,
      })
  }
})
