import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Mapping } from '../mapping/mapping.ts'
import { newRecordingTally, type RecordedSample } from './recorded-sample.ts'
import { readRecording, type ReadingOptions } from './recording.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-recording-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
let files = 0
const write = (content: string | Uint8Array, name = `drive-${files++}.csv`): string => {
  writeFileSync(join(scratch, name), content)
  return join(scratch, name)
}

const startAt = Date.UTC(2026, 2, 1)
const mapping: Mapping = {
  name: 'test',
  about: '',
  from: { form: 'csv' },
  time: { as: 'elapsed', field: 'Time [s]', unit: 's', startAt: '2026-03-01T00:00:00Z' },
  segments: { field: 'car', are: 'vehicles' },
  constants: { 'Vehicle.Powertrain.Type': 'ELECTRIC' },
  absent: 'unknown',
  signals: {
    'Vehicle.Speed': { field: 'speed', unit: 'mph' },
    'Vehicle.Exterior.AirTemperature': { field: 'Outside [°C]', unit: 'Celsius', unknown: ['-40'] },
    'Vehicle.Chassis.Accelerator.PedalPosition': { field: 'pedal', unit: 'percent' },
    'Vehicle.CurrentLocation.GNSSReceiver.FixType': { field: 'fix', words: { '3': 'THREE_D' } },
  },
}
const header = 'Time [s],car,speed,Outside [°C],pedal,fix\n'

async function read(file: string, options: ReadingOptions = {}, by: Mapping = mapping): Promise<RecordedSample[]> {
  const samples: RecordedSample[] = []
  for await (const sample of readRecording(file, by, options)) samples.push(sample)
  return samples
}

test('rows become samples in VSS units, and the first of a segment says what never changes', async () => {
  const samples = await read(write(`${header}0,a,10,21.5,12.4,3\n1,a,0,22,0,3\n0,b,1e1,5,100,3\n`))
  assert.deepEqual(samples, [
    {
      segment: 'a',
      at: startAt,
      signals: {
        'Vehicle.Powertrain.Type': 'ELECTRIC',
        'Vehicle.Speed': 16.09344,
        'Vehicle.Exterior.AirTemperature': 21.5,
        'Vehicle.Chassis.Accelerator.PedalPosition': 12,
        'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'THREE_D',
      },
    },
    {
      segment: 'a',
      at: startAt + 1000,
      signals: {
        'Vehicle.Speed': 0,
        'Vehicle.Exterior.AirTemperature': 22,
        'Vehicle.Chassis.Accelerator.PedalPosition': 0,
        'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'THREE_D',
      },
    },
    {
      segment: 'b',
      at: startAt,
      signals: {
        'Vehicle.Powertrain.Type': 'ELECTRIC',
        'Vehicle.Speed': 16.09344,
        'Vehicle.Exterior.AirTemperature': 5,
        'Vehicle.Chassis.Accelerator.PedalPosition': 100,
        'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'THREE_D',
      },
    },
  ])
})

test('a value that is not there is null, one that cannot be is invalid, both are counted, and none is a zero', async () => {
  const tally = newRecordingTally()
  const [sample] = await read(write(`${header}0,a,,-40,135,7\n`), { tally })
  assert.deepEqual(sample?.signals, {
    'Vehicle.Powertrain.Type': 'ELECTRIC',
    'Vehicle.Speed': null,
    'Vehicle.Exterior.AirTemperature': null,
    'Vehicle.Chassis.Accelerator.PedalPosition': { invalid: 'range', value: 135 },
    'Vehicle.CurrentLocation.GNSSReceiver.FixType': { invalid: 'unknown-code' },
  })
  const [words] = await read(write(`${header}0,a,fast,1,1,3\n`))
  assert.deepEqual(words?.signals['Vehicle.Speed'], { invalid: 'not-a-number' })
  assert.deepEqual(Object.fromEntries(tally.columns), {
    speed: { empty: 1, invalid: 0 },
    'Outside [°C]': { empty: 1, invalid: 0 },
    pedal: { empty: 0, invalid: 1 },
    fix: { empty: 0, invalid: 1 },
  })
})

test('a column that is filled in less than half of its rows says nothing where it is empty, and any other is then unknown', async () => {
  const { absent: _, ...silent } = mapping
  const speeds = async (filled: number): Promise<unknown[]> => {
    const rows = Array.from(
      { length: 10 },
      (_, row) => `${row},a,${row < filled ? 10 : ''},${row < 9 ? '-40' : 20},1,3\n`,
    )
    return (await read(write(header + rows.join('')), {}, silent)).map(({ signals }) => signals['Vehicle.Speed'])
  }
  assert.deepEqual((await speeds(4)).slice(3), [
    16.09344,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  assert.deepEqual((await speeds(5)).slice(4), [16.09344, null, null, null, null, null])
  // A text that means "no value" fills nothing.
  const [sample] = await read(write(`${header}0,a,1,-40,1,3\n1,a,1,-40,1,3\n2,a,1,20,1,3\n`), {}, silent)
  assert.ok(!('Vehicle.Exterior.AirTemperature' in (sample?.signals ?? {})))
})

test('a row without a time, a segment or all its fields is skipped and counted', async () => {
  const tally = newRecordingTally()
  const samples = await read(write(`${header},a,1,1,1,3\n1,,1,1,1,3\n2,a,1\n3,a,1,1,1,3\nx,a,1,1,1,3\n`), { tally })
  assert.deepEqual([samples.length, tally.rows, tally.rowsSkipped], [1, 5, 4])
})

test('columns that are not there are all named, with the mapping and the columns there are', async () => {
  await assert.rejects(read(write('Time [s],car,velocity\n0,a,1\n')), {
    name: 'RecordingError',
    code: 'column',
    message:
      /no column "speed", "Outside \[°C\]", "pedal", "fix", which the mapping test reads\. Its columns are: Time \[s\], car, velocity\./,
  })
})

test('a byte-order mark, other case, a degree sign in Latin-1 or none, and gzip without the name of it, all read', async () => {
  const row = '0,a,10,21.5,12,3\n'
  const plain = await read(write(header + row))
  assert.deepEqual(await read(write(`\ufeff${header}${row}`)), plain)
  assert.deepEqual(await read(write(header.toUpperCase() + row)), plain)
  assert.deepEqual(await read(write(Buffer.from(header + row, 'latin1'))), plain)
  assert.deepEqual(await read(write(header.replace('°', '') + row)), plain)
  assert.deepEqual(await read(write(gzipSync(header + row))), plain)
  assert.deepEqual(
    await read(
      write((header + row).replaceAll(',', ';')),
      {},
      { ...mapping, from: { form: 'csv', delimiter: 'semicolon' } },
    ),
    plain,
  )
})

test('a file that is missing, empty, torn, a folder or not CSV is refused by name', async () => {
  const torn = gzipSync(header + '0,a,10,21.5,12,3\n'.repeat(1000)).subarray(0, 100)
  await assert.rejects(read(join(scratch, 'none.csv')), { name: 'RecordingError', code: 'file', message: /none\.csv/ })
  await assert.rejects(read(scratch), { name: 'RecordingError', code: 'file', message: /folder/ })
  await assert.rejects(read(write('')), { name: 'RecordingError', code: 'format', message: /empty/ })
  await assert.rejects(read(write(torn)), { name: 'RecordingError', code: 'format', message: /gzip/ })
  await assert.rejects(read(write(`${header}0,"a,1\n`)), { name: 'RecordingError', code: 'format', message: /CSV/ })
})

test('40 minutes of local time through the end of summer time are one drive of 40 minutes, for each car', async () => {
  const local: Mapping = { ...mapping, time: { as: 'iso', field: 'Time [s]', zone: 'Europe/Berlin' } }
  const startsAt = Date.UTC(2025, 9, 26, 0, 40)
  const berlin = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const instants = Array.from({ length: 241 }, (_, row) => startsAt + row * 10_000)
  const row = (at: number, car: string): string => `${berlin.format(at)},${car},60,21.5,0,3\n`
  const samples = await read(
    write(header + instants.map((at) => row(at, 'a') + row(at - 3_600_000, 'b')).join('')),
    {},
    local,
  )
  const of = (car: string): number[] => samples.filter(({ segment }) => segment === car).map(({ at }) => at)
  assert.equal(berlin.format(startsAt), '2025-10-26 02:40:00')
  assert.equal(berlin.format(instants.at(-1)), '2025-10-26 02:20:00')
  assert.deepEqual(of('a'), instants)
  assert.deepEqual(
    of('b'),
    instants.map((at) => at - 3_600_000),
  )
})

test('a recording without dates begins where it is told, by the caller, by the table beside it, or by the mapping', async () => {
  const start = {
    table: 'Overview.csv',
    key: 'Trip',
    time: { as: 'iso', field: 'Date', zone: 'Europe/Berlin' },
  } as const
  const { segments: _, ...whole } = mapping
  const byFile: Mapping = {
    ...whole,
    time: { as: 'elapsed', field: 'Time [s]', unit: 's', startAt: '2026-03-01T00:00:00Z', start },
  }
  const file = write(`${header}2,a,1,1,1,3\n`, 'TripA01.1hz.csv')
  const at = async (options: ReadingOptions = {}): Promise<unknown> =>
    (await read(file, options, byFile)).map(({ segment, at }) => [segment, at])
  assert.deepEqual(await at(), [['TripA01', startAt + 2000]])
  write('Trip,Date\nTripA00,2019-01-01_00-00-00\nTripA01,2019-06-25_13-21-14\n', 'Overview.csv')
  assert.deepEqual(await at(), [['TripA01', Date.UTC(2019, 5, 25, 11, 21, 16)]])
  assert.deepEqual(await at({ startAt: 5000 }), [['TripA01', 7000]])
})

test('rows that count as time lay the segments of a file one after another', async () => {
  const byRows: Mapping = {
    ...mapping,
    time: { as: 'rows', periodMs: 492, startAt: '1970-01-01T00:00:00Z' },
    segments: { field: 'car', are: 'trips' },
  }
  const samples = await read(write(`${header}${'0,a,1,1,1,3\n'.repeat(3)}${'0,b,1,1,1,3\n'.repeat(2)}`), {}, byRows)
  assert.deepEqual(
    samples.map(({ at }) => at),
    [0, 492, 984, 600_984, 601_476],
  )
})
