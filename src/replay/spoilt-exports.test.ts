// Promise: an export that a spreadsheet, a wrong query or a full disk has spoilt is told before
// anything is sent, in one text with the column, what stands there and the remedy.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Mapping } from '../mapping/mapping.ts'
import { shippedMapping } from './mapping-catalogue.ts'
import { newRecordingTally, RecordingError } from './recorded-sample.ts'
import { readRecording } from './recording.ts'
import { surveyRecordings } from './survey.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-spoilt-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
let files = 0
const write = (text: string): string => {
  const file = join(scratch, `export-${files++}.csv`)
  writeFileSync(file, text)
  return file
}
const tesla = shippedMapping('teslamate-positions')
const head = 'id,date,latitude,longitude,speed,car_id,note\n'
const row = '1,2026-03-01 08:00:00,52.5,13.4,50,7,x\n'

test('each way in which an export can be spoilt as a whole names the column and the remedy', async () => {
  const cases: readonly (readonly [text: string, mapping: Mapping, says: RegExp])[] = [
    [
      '\ufeffid;date;speed;car_id\r\n1;01.03.2026 08:00;50,5;7\r\n',
      tesla,
      /none of its 1 rows has as many fields as its header: id;date;speed;car_id\..*spreadsheets write semicolons.*Export it again/,
    ],
    [
      '\ufeffid;date;speed;car_id\r\n1;01.03.2026 08:00;50;7\r\n',
      tesla,
      /no column "date", "car_id".* Its columns are: id;date;speed;car_id/,
    ],
    [`sep=,\n${head}${row}`, tesla, /none of its 2 rows has as many fields as its header: sep=/],
    [
      'id,date,speed,car_id\n1,00:00.1,50,7\n',
      tesla,
      /In its first row "date" is "00:00\.1", which is no time as the mapping reads it \(iso\)\. Spreadsheets write times anew/,
    ],
    [
      'id,date,speed,car_id\n1,2026-03-01 08:00:00,50,\n',
      tesla,
      /In its first row "car_id" is empty.*export it with that column/,
    ],
    [
      'id,date,speed\n1,2026-03-01 08:00:00,50\n',
      tesla,
      /no column "car_id", which the mapping teslamate-positions reads\. Its columns are: id, date, speed/,
    ],
    ['date,car_id\n2026-03-01 08:00:00,7\n', tesla, /Its first row tells no value that the mapping takes/],
    [`${head}${row}2,2026-03-01 08:00:05,1,2,3,7,"cut of`, tesla, /Quote Not Closed.* Is it cut off\? Export it again/],
    [
      `${head}1,2026-03-01 08:00:00,1,2,3,7,"a \\"b"\n`,
      tesla,
      /Invalid Closing Quote.* A quote within a text is written twice/,
    ],
    [
      'date,battery_level\n2026-03-01 08:00:00,80\n',
      shippedMapping('teslamate-charges'),
      /no column "car_id", which the mapping teslamate-charges reads/,
    ],
    [
      'deviceid,devicetime,speed\n7,2026-03-01 08:00:00,3\n',
      shippedMapping('traccar-positions'),
      /no column "fixTime", which the mapping traccar-positions reads/,
    ],
  ]
  for (const [text, mapping, says] of cases)
    await assert.rejects(surveyRecordings([write(text)], mapping), (error) => {
      assert.ok(error instanceof RecordingError)
      assert.match(error.message, says)
      assert.match(error.message, /export-\d+\.csv/)
      return !error.message.includes('\n')
    })
})

test('a last line that is cut off is skipped and counted, and the rest stands', async () => {
  const tally = newRecordingTally()
  const samples = []
  for await (const sample of readRecording(write(`${head}${row}2,2026-03-01 08:0`), tesla, { tally }))
    samples.push(sample)
  assert.deepEqual([samples.length, tally.rows, tally.rowsSkipped], [1, 2, 1])
})

test('attributes that are no JSON are counted by their column, and the rest of the row stands', async () => {
  const text = `deviceid,fixtime,valid,latitude,attributes\n7,2026-03-01 08:00:00,t,52.5,"{""ignition"":tr"\n`
  const tally = newRecordingTally()
  const samples = []
  for await (const sample of readRecording(write(text), shippedMapping('traccar-positions'), { tally }))
    samples.push(sample)
  assert.deepEqual(
    samples.map(({ signals }) => signals),
    [{ 'Vehicle.CurrentLocation.Latitude': 52.5 }],
  )
  assert.deepEqual([...tally.columns], [['attributes', { empty: 0, invalid: 1 }]])
})
