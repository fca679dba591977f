import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driveSamples } from './drive-sample.ts'

test('an ignition event of a clock that is not set says nothing about any drive', () => {
  const ignition = (at: number) =>
    driveSamples({ boot: '00000000000000aa', seq: 0, event: 'ignition-off', at, data: {} }, 1_795_850_000_000)
  assert.equal(ignition(1_795_849_999_000).length, 1)
  for (const at of [0, 9000, 315_964_800_000, Date.UTC(2200, 0, 1), 2 ** 52]) assert.deepEqual(ignition(at), [])
})

test('a speed below a rule’s bound stays below it, however it is rounded', () => {
  const kept = (kmh: number): number =>
    driveSamples(
      { boot: '00000000000000aa', seq: 0, samples: [{ at: 1_795_850_000_000, signals: { 'Vehicle.Speed': kmh } }] },
      0,
    )[0]!.speedKmh
  assert.deepEqual(
    [0.998, 1, 1.004, 9.9999, 10, 49.996, 50.126, 0.001].map(kept),
    [0.99, 1, 1, 9.99, 10, 49.99, 50.13, 0],
  )
})
