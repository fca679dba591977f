import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import type { SignalValue } from '../../model/message.ts'
import { openDriveCheck, type DriveCheck } from './drive-check.ts'
import { readDrives } from './told-drives.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-drives-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
let files = 0
const write = (text: string): string => {
  const file = join(scratch, `drives-${files++}.csv`)
  writeFileSync(file, text)
  return file
}
const header = 'id,start_date,end_date,start_km,distance,car_id\n'
const eight = Date.UTC(2026, 2, 1, 8)

type Row = { readonly car?: string; readonly s: number; readonly m?: number; readonly lat?: number }
const check = async (drives: string, rows: readonly Row[], segments = ['7']): Promise<DriveCheck> => {
  const checking = openDriveCheck(await readDrives(write(header + drives)))
  for (const { car = '7', s, m, lat } of rows) {
    const signals: Record<string, SignalValue> = m === undefined ? {} : { 'Vehicle.TraveledDistance': m }
    if (lat !== undefined)
      Object.assign(signals, { 'Vehicle.CurrentLocation.Latitude': lat, 'Vehicle.CurrentLocation.Longitude': 0 })
    checking.add({ segment: car, at: eight + s * 1000, signals })
  }
  return checking.result(new Set(segments))
}
const drive = (id: number, from: string, to: string, km: string, car = 7): string =>
  `${id},2026-03-01 ${from},2026-03-01 ${to},1,${km},${car}\n`
const whole = drive(1, '08:00:00', '08:10:00.4', '10.02')
const differences = async (drives: string, rows: readonly Row[]): Promise<readonly string[]> =>
  (await check(drives, rows)).differing.flatMap(({ what }) => what)

test('a drive whose positions begin, end and go as far as it is told is as told; one that lacks some is not', async () => {
  const all = [
    { s: 0, m: 5_000_000 },
    { s: 300, m: 5_004_000 },
    { s: 600, m: 5_010_000 },
  ]
  assert.deepEqual(await differences(whole, all), [])
  assert.deepEqual(await differences(whole, all.slice(1)), [
    'its first position is 300 s after its start',
    '10.02 km are told, 6.00 km by the odometer at its positions',
  ])
  assert.deepEqual(await differences(whole, all.slice(0, 2)), [
    'its last position is 300 s before its end',
    '10.02 km are told, 4.00 km by the odometer at its positions',
  ])
  assert.deepEqual(
    await differences(whole, [
      { s: -1, m: 1 },
      { s: 601, m: 2 },
    ]),
    ['no position of it is in the recording'],
  )
})

test('without an odometer the line through the positions counts, and nothing is not zero', async () => {
  const line = (lat: number): Row[] => [
    { s: 0, lat: 0 },
    { s: 300, lat: lat / 2 },
    { s: 600, lat },
  ]
  assert.deepEqual(await differences(whole, line(0.085)), [])
  assert.deepEqual(await differences(whole, line(0.05)), [
    '10.02 km are told, 5.56 km by the line through its positions',
  ])
  assert.deepEqual(await differences(whole, [{ s: 0 }, { s: 600 }]), [
    '10.02 km are told, and its rows have neither an odometer nor a place',
  ])
  assert.deepEqual(await differences(drive(1, '08:00:00', '08:10:00', ''), [{ s: 0 }, { s: 600 }]), [])
})

test('drives of other cars, without an end, and of unreadable rows are counted, and none of them differs', async () => {
  const drives = `${whole}${drive(9, '11:00:00', '10:00:00', '1')}${drive(2, '09:00:00', '09:10:00', '1', 8)}3,2026-03-01 10:00:00,,1,,7\n4,01.03.2026 10:00,01.03.2026 11:00,1,2,7\n${drive(5, '12:00:00', '12:10:00', '"10,0"')}6,2026`
  const { held, differing, unreadableTexts, ...others } = await check(drives, [
    { s: 0, m: 0 },
    { s: 600, m: 10_000 },
    { s: 300, m: 77, car: '8' },
  ])
  assert.deepEqual([held, differing, others], [1, [], { ofOtherCars: 1, endless: 1, unreadable: 4 }])
  assert.deepEqual(unreadableTexts, [
    'drive 9: "end_date" is "2026-03-01 10:00:00", before "start_date", which is "2026-03-01 11:00:00"',
    'drive 4: "start_date" is "01.03.2026 10:00", no time such as 2026-03-01 08:00:00',
    'drive 5: "distance" is "10,0", no number such as 12.5',
    'line 8 has another number of fields than the header',
  ])
  const many = await check(
    whole + Array.from({ length: 9 }, (_, index) => drive(index + 2, '12:00:00', 'x', '1')).join(''),
    [],
  )
  assert.deepEqual([many.unreadable, many.unreadableTexts.length], [9, 5])
  assert.equal(many.unreadableTexts[0], 'drive 2: "end_date" is "2026-03-01 x", no time such as 2026-03-01 08:00:00')
})

test('whatever the order of drives and cars, each position counts for the drive of its car that it lies in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ car: fc.constantFrom(7, 8), km: fc.integer({ min: 1, max: 40 }) }), {
        minLength: 1,
        maxLength: 20,
      }),
      fc.nat(),
      async (drives, turn) => {
        const at = (index: number): number => index * 60
        const text = (s: number): string => new Date(eight + s * 1000).toISOString().slice(11, 19)
        const told = drives.map(({ car, km }, index) =>
          drive(index, text(at(index)), text(at(index) + 59), String(km), car),
        )
        const rows = drives.flatMap(({ car, km }, index) => [
          { car: String(car), s: at(index), m: index * 100_000 },
          { car: String(car), s: at(index) + 59, m: index * 100_000 + km * 1000 },
        ])
        const from = turn % told.length
        const { held, differing } = await check([...told.slice(from), ...told.slice(0, from)].join(''), rows, [
          '7',
          '8',
        ])
        assert.deepEqual([held, differing], [drives.length, []])
      },
    ),
    { numRuns: 30 },
  )
})

test('a table of another kind, and one that a spreadsheet wrote, are refused with the column and the remedy', async () => {
  const says = (text: string, expected: RegExp): Promise<void> => assert.rejects(readDrives(write(text)), expected)
  await says(
    'id,start_date,end_date,car\n1,2,3,4\n',
    /has no column "car_id", "distance"\. Its columns are: id, start_date, end_date, car\. --drives reads the table drives/,
  )
  await says(
    'id;start_date;end_date;distance;car_id\n1;2;3;4;5\n',
    /has no column "id", "car_id".* Its columns are: id;start_date/,
  )
  await says(
    `${header}1,01.03.2026 08:00,01.03.2026 08:10,1,"10,02",7\n`,
    /columns "start_date", "end_date" and "distance" .* the first has "01\.03\.2026 08:00" to .* A spreadsheet writes them anew/,
  )
  await says('', /it is empty/)
  await says(`${header}1,"2026-03-01`, /no readable CSV|not a readable CSV/)
})
