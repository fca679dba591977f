// Rules that hold for every reader: cuts of its bytes make no difference, damage gives rows or one
// error for people, and nothing is held.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Form } from '../../mapping/mapping.ts'
import { RecordingError } from '../recorded-sample.ts'
import type { NumberedRow } from '../rows.ts'
import type { Notes } from './notes.ts'
import { openReader } from './readers.ts'
import { allOf, cutAt, readSample, rowsFrom, samplesFolder } from './samples.testing.ts'

const candump: Form = { form: 'candump', dbc: 'car.dbc' }
const samples: readonly (readonly [string, Form])[] = [
  ['garmin-1.1.gpx', { form: 'gpx' }],
  ['logger-1.0.gpx', { form: 'gpx' }],
  ['receiver.nmea', { form: 'nmea' }],
  ['trace.openxc.txt', { form: 'openxc' }],
  ['drive.candump.txt', candump],
]

async function readWith(form: Form, bytes: AsyncIterable<Uint8Array>): Promise<{ rows: NumberedRow[]; notes: Notes }> {
  const notes: Notes = new Map()
  return { rows: await allOf(openReader(form, samplesFolder, notes)(bytes)), notes }
}

for (const [name, form] of samples) {
  test(`${name}: the rows are the same wherever its bytes are cut`, async () => {
    const bytes = readSample(name)
    const whole = await readWith(form, cutAt(bytes, []))
    assert.ok(whole.rows.length >= 2)
    assert.deepEqual(
      await readWith(
        form,
        cutAt(
          bytes,
          Array.from(bytes, (_, at) => at / bytes.length),
        ),
      ),
      whole,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), async (cuts) => {
        assert.deepEqual(await readWith(form, cutAt(bytes, cuts)), whole)
      }),
    )
  })

  test(`${name}: damaged anywhere it gives rows, or one error that says where and what to do`, async () => {
    const bytes = readSample(name)
    const damage = fc.record({
      at: fc.nat({ max: bytes.length - 1 }),
      without: fc.nat({ max: 40 }),
      insert: fc.uint8Array({ maxLength: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
        let damaged: Uint8Array = bytes
        for (const { at, without, insert } of damages)
          damaged = Buffer.concat([damaged.subarray(0, at), insert, damaged.subarray(at + without)])
        try {
          for (const { row, line } of (await readWith(form, cutAt(damaged, [0.5]))).rows) {
            assert.ok(line >= 1)
            for (const value of Object.values(row)) assert.equal(typeof value, 'string')
          }
        } catch (error) {
          assert.ok(error instanceof RecordingError, String(error))
          assert.match(error.message, /^(line \d+: .|there is no )/)
          assert.match(error.message, /[.?]$/)
        }
      }),
      { numRuns: 500 },
    )
  })

  test(`${name}: a reader that is asked for one row reads little more`, async () => {
    const bytes = readSample(name)
    let pieces = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (const byte of bytes) {
        pieces++
        yield Uint8Array.of(byte)
      }
      assert.fail('the whole file was read')
    }
    for await (const { line } of openReader(form, samplesFolder)(endless())) {
      assert.ok(line >= 1)
      break
    }
    assert.ok(pieces < bytes.length)
  })
}

test('a file of another kind, and an empty one, is told by every reader', async () => {
  const others = [
    '',
    '\n\n',
    'time,speed\n1,2\n',
    '<html><body>404</body></html>',
    '{"a": [1, 2',
    '\u0001\u0002\u0003',
    'x'.repeat(2_000_000),
    '<'.repeat(70_000),
    '<a '.repeat(40_000),
  ]
  for (const form of [{ form: 'gpx' }, { form: 'nmea' }, { form: 'openxc' }, candump] as const)
    for (const text of others)
      await assert.rejects(rowsFrom(openReader(form, samplesFolder), text), (error) => {
        assert.ok(error instanceof RecordingError, String(error))
        assert.ok(error.message.length < 700, error.message)
        return true
      })
})

test('a DBC that is not there, or cannot be read, is named with its line', async () => {
  const log = readSample('drive.candump.txt')
  await assert.rejects(
    rowsFrom(openReader({ form: 'candump', dbc: 'none.dbc' }, samplesFolder), log),
    /none\.dbc cannot be read \(ENOENT\)/,
  )
  await assert.rejects(
    rowsFrom(openReader({ form: 'candump', dbc: 'receiver.nmea' }, samplesFolder), log),
    /the DBC receiver\.nmea: there is no message/,
  )
})
