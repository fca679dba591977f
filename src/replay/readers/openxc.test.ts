import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Notes } from './notes.ts'
import { readOpenxc } from './openxc.ts'
import { allOf, cutAt, readSample, rowsFrom } from './samples.testing.ts'

test('a trace: values under their names, events beside what they are of, raw CAN and a torn end counted', async () => {
  const notes: Notes = new Map()
  const rows = await allOf(readOpenxc(cutAt(readSample('trace.openxc.txt'), []), notes))
  assert.deepEqual(rows, [
    { line: 2, row: { vehicle_speed: '63', timestamp: '1332432977.835' } },
    { line: 3, row: { latitude: '-34.9055', timestamp: '1332432977.835' } },
    { line: 4, row: { longitude: '-56.1913', timestamp: '1332432977.835' } },
    { line: 5, row: { 'door_status.driver': 'true', timestamp: '1332432978.1' } },
    { line: 6, row: { transmission_gear_position: 'reverse', timestamp: '1332432978.2' } },
    { line: 8, row: { ignition_status: 'run', timestamp: '1332432978.4' } },
  ])
  assert.deepEqual(
    [...notes.entries()],
    [
      ['CAN and diagnostic messages, which are not taken', { count: 1, firstLine: 7 }],
      ['lines that are no JSON', { count: 1, firstLine: 9 }],
    ],
  )
})

test('unknown is empty, and no value of another shape is made into a text', async () => {
  const rows = await rowsFrom(
    readOpenxc,
    '{"timestamp":1,"name":"a","value":null}\n{"timestamp":2,"name":"b","value":{"x":1}}\n{"name":"c","value":1}\n[1]\n',
  )
  assert.deepEqual(rows, [{ line: 1, row: { a: '', timestamp: '1' } }])
})

test('no message, whatever is in it, gives anything but its own value and instant', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ name: fc.string(), value: fc.jsonValue(), timestamp: fc.oneof(fc.double(), fc.string()) }),
      async (message) => {
        const rows = await rowsFrom(readOpenxc, `${JSON.stringify(message)}\n{"timestamp":1,"name":"end","value":1}`)
        for (const { row } of rows.slice(0, -1)) {
          assert.ok(Object.keys(row).every((field) => field === 'timestamp' || field === message.name))
          assert.equal(row['timestamp'], String(message.timestamp))
        }
      },
    ),
  )
})
