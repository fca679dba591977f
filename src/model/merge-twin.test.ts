// Patches of any time, merged: a receipt never goes back, and one that is not known takes none
// away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeTwin } from './merge-twin.ts'
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
