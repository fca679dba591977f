import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCandump } from './candump.ts'
import { parseDbc } from './dbc.ts'
import type { Notes } from './notes.ts'
import { allOf, cutAt, readSample } from './samples.testing.ts'

const dbc = parseDbc(readSample('car.dbc'))
const read = async (
  text: string | Uint8Array,
): Promise<{ rows: { line: number; row: Readonly<Record<string, string>> }[]; notes: Notes }> => {
  const notes: Notes = new Map()
  return { rows: await allOf(readCandump(cutAt(Buffer.from(text), []), dbc, notes)), notes }
}

test('a log and a terminal: both byte orders, signs, words, pages within pages, CAN FD, short frames; what holds no data is counted', async () => {
  const { rows, notes } = await read(readSample('drive.candump.txt'))
  const motion = {
    'Motion.Speed': '63',
    'Motion.Acceleration': '-0.1',
    'Motion.Gear': 'Drive',
    'Motion.Odometer': '187654.3',
  }
  const ids: Readonly<Record<string, string>> = { Motion: '344', Battery: '18FEF1FE', Diagnosis: '7E8' }
  const frame = (line: number, message: string, values: Readonly<Record<string, string>>, bus = 'can0'): unknown => ({
    line,
    row: { time: rows.find((row) => row.line === line)?.row['time'], bus, id: ids[message], message, ...values },
  })
  assert.deepEqual(rows, [
    frame(1, 'Motion', motion),
    frame(2, 'Motion', { ...motion, 'Motion.Acceleration': '0', 'Motion.Gear': 'SNA', 'Motion.Odometer': '187654.4' }),
    frame(3, 'Battery', { 'Battery.Page': '0', 'Battery.Current': '-20' }),
    frame(4, 'Battery', { 'Battery.Page': '1', 'Battery.Temperature': 'unknown' }),
    frame(5, 'Battery', { 'Battery.Page': '1', 'Battery.Temperature': '20' }),
    frame(6, 'Diagnosis', { 'Diagnosis.Service': '1', 'Diagnosis.Page1': '13', 'Diagnosis.DiagnosisSpeed': '55' }),
    frame(7, 'Diagnosis', { 'Diagnosis.Service': '1', 'Diagnosis.Page1': '17', 'Diagnosis.Throttle': '50.19648' }),
    frame(10, 'Motion', { 'Motion.Speed': '63' }, 'can1'),
    frame(12, 'Motion', motion),
    frame(14, 'Motion', { 'Motion.Speed': '63' }),
    frame(16, 'Motion', {}),
  ])
  assert.equal(rows[0]?.row['time'], '1772600767.250000')
  assert.deepEqual(
    [...notes.entries()],
    [
      ['error frames, which are no data', { count: 2, firstLine: 8 }],
      ['remote frames, which ask and hold no data', { count: 2, firstLine: 9 }],
      ['frames whose id the DBC does not have', { count: 1, firstLine: 11 }],
      ['frames too short for any signal of their message', { count: 1, firstLine: 16 }],
      ['lines that are no frames of candump', { count: 1, firstLine: 17 }],
    ],
  )
})

test('a log of another car is refused with what it has', async () => {
  await assert.rejects(read('(1.0) can0 123#00\n'), /no frame in it that the DBC has, only 1 frames whose id/)
})

test('a number of eleven bits and the same of 29 are two messages', async () => {
  const { rows, notes } = await read('(1.0) can0 00000344#189C\n(2.0) can0 344#189C\n')
  assert.deepEqual([rows.map(({ line }) => line), notes.get('frames whose id the DBC does not have')?.count], [[2], 1])
})

test('a log and a terminal say the same of any frame', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (data) => {
      const hex = Array.from(data, (byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
      const { rows } = await read(
        `(1.000001) can0 344##0${hex.join('')}\n (1.000001)  can0  344  [${String(data.length).padStart(2, '0')}]  ${hex.join(' ')}\n`,
      )
      assert.equal(rows.length, 2)
      assert.deepEqual(rows[0]?.row, rows[1]?.row)
    }),
  )
})

test('a database that cannot be read is refused by its line, and nothing in a comment is a signal', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['', /there is no message \(BO_\) in it/],
    ['BO_ 1 A: 8 B\n SG_ x : 0|0@1+ (1,0) [0|1] "" B', /^line 2: the signal x, which has no length of 1 to 64 bits/],
    ['BO_ 1 A: 8 B\n\n SG_ x : 0|8@1+ (one,0) [0|1] "" B', /^line 3: the signal x, .*no number/],
    ['BO_ 1 A: 8 B\n SG_ x : 0|8@2+ (1,0) [0|1] "" B', /^line 2: the signal "SG_ x : 0\|8@2\+/],
    ['BO_ 1 A 8 B\n', /^line 1: the message "BO_ 1 A 8 B"/],
    [' SG_ x : 0|8@1+ (1,0) [0|1] "" B', /^line 1: a signal \(SG_\) before the first message/],
    [
      'BO_ 1 A: 8 B\n SG_ x : 0|8@1+ (1,0) [0|1] "" B\nSIG_VALTYPE_ 1 x : 1;',
      /^line 3: the signal x, a floating-point number of 8 bits/,
    ],
  ]
  for (const [text, message] of refusals)
    assert.throws(() => parseDbc(Buffer.from(text)), { name: 'RecordingError', message })
  assert.deepEqual(
    dbc.messages.map(({ name, id, isExtended, signals }) => [name, id, isExtended, signals.length]),
    [
      ['Motion', 836, false, 4],
      ['Battery', 0x18_fe_f1_fe, true, 3],
      ['Diagnosis', 2024, false, 4],
    ],
  )
})

test('units and words in Windows-1252 are read', () => {
  const bytes = Buffer.from(
    'BO_ 1 A: 8 B\n SG_ x : 0|8@1+ (1,0) [0|1] "\u00b0C" B\nVAL_ 1 x 1 "Stra\u00dfe" ;',
    'latin1',
  )
  const [signal] = parseDbc(bytes).find(1, false)?.signals ?? []
  assert.deepEqual([signal?.unit, signal?.words.get('1')], ['°C', 'Straße'])
})
