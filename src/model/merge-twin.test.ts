// Patches of any time, merged: a receipt never goes back, and one that is not known takes none
// away; patches that follow each other may be merged first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { mergeTwin, wholeTwin } from './merge-twin.ts'
import type { TwinPatch } from './twin.ts'

const patch = (receivedAt: number | null | undefined): TwinPatch =>
  ({ tenant: 'acme', vehicle: 'v1', at: 1, carClock: null, signals: {}, receivedAt }) as TwinPatch

test('the receipt of a twin is the greatest that was told, also beside patches of the time before receipts', () => {
  for (const [known, next, merged] of [
    [undefined, 5, 5],
    [5, undefined, 5],
    [null, 5, 5],
    [5, null, 5],
    [5, 4, 5],
    [4, 5, 5],
    [0, null, 0],
    [undefined, undefined, null],
    [null, undefined, null],
  ] as const)
    assert.equal(mergeTwin(patch(known), patch(next)).receivedAt, merged, `${known} then ${next}`)
})

test('patches merged in any groups give one twin, of which no signal that is gone is left', () => {
  const paths = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
  const patches = fc.array(
    fc.record({ told: paths, gone: paths, ends: fc.boolean() }).map(({ told, gone, ends }, at = told.length) => ({
      ends,
      row: {
        ...patch(1),
        signals: Object.fromEntries(told.map((path) => [path, { value: at, at }])),
        gone: gone.filter((path) => !told.includes(path)),
      },
    })),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(patches, (given) => {
      const expected: Record<string, unknown> = {}
      for (const { row } of given) {
        Object.assign(expected, row.signals)
        for (const path of row.gone) delete expected[path]
      }
      const groups: TwinPatch[][] = [[]]
      for (const { row, ends } of given) {
        groups.at(-1)!.push(row)
        if (ends) groups.push([])
      }
      const merged = groups.filter((group) => group.length > 0).map((group) => group.reduce(mergeTwin))
      const twin = wholeTwin(merged.reduce(mergeTwin))
      assert.deepEqual(twin.signals, expected)
      assert.ok(!('gone' in twin))
    }),
  )
})
