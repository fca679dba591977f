import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readingsMax, readingsOfBlockMax } from './crash-rules.ts'
import { blockMs, newMotion } from './motion.ts'
import { motionCodec } from './motion-codec.ts'
import { addReading, readingsIn, type Reading } from './readings.ts'

const block = 2_833_333
const reading = fc.record({
  ms: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: blockMs - 1 })),
  x: fc.constantFrom(-45, -45, 30, 160.04),
  y: fc.constantFrom(0, 20),
})
type Made = { readonly ms: number; readonly x: number; readonly y: number }

function keptOf(made: readonly Made[]): Reading[] {
  const motion = newMotion(block)
  for (const { ms, x, y } of made) addReading(motion, block * blockMs + ms, x, y)
  return readingsIn(motionCodec.decode(motionCodec.encode(motion)))
}

test('of readings in any order and number the same earliest are kept, and are stored as they are', () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 600, size: 'max' }), fc.infiniteStream(fc.nat()), (made, random) => {
      const kept = keptOf(made)
      const order = made.map((each) => ({ each, place: random.next().value as number })).toSorted((a, b) => a.place - b.place)
      assert.deepEqual(keptOf([...order.map(({ each }) => each), ...made.slice(0, 50)]), kept)
      assert.ok(kept.length <= readingsOfBlockMax)
      const first = made.reduce((earliest, { ms }) => Math.min(earliest, ms), Infinity)
      assert.equal((kept[0]?.at ?? Infinity) - block * blockMs, first)
      const inCell = kept.filter(({ at }) => at < block * blockMs + 5_000).length
      const bins = new Set(made.filter(({ ms }) => ms < 5_000).map(({ ms }) => Math.floor((block * blockMs + ms) / 20)))
      assert.equal(inCell, Math.min(readingsMax, bins.size))
    }),
    { numRuns: 60, endOnFailure: true },
  )
})
