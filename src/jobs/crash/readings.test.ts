import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { fiftiethsMax, fiftiethsOfBlockMax } from './crash-rules.ts'
import { blockMs, newMotion } from './motion.ts'
import { motionCodec } from './motion-codec.ts'
import { addReading, addReadingBeside, fiftiethOf, fiftiethsIn, type Fiftieth } from './readings.ts'

const block = 2_833_333
const reading = fc.record({
  ms: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: blockMs - 1 })),
  x: fc.constantFrom(-45, -45, 30, 160.04),
  y: fc.constantFrom(0, 20),
})
type Made = { readonly ms: number; readonly x: number; readonly y: number }

function keptOf(made: readonly Made[]): Fiftieth[] {
  const motion = newMotion(block)
  for (const { ms, x, y } of made) addReading(motion, block * blockMs + ms, x, y)
  return fiftiethsIn(motionCodec.decode(motionCodec.encode(motion)))
}

test('of readings in any order and number the same earliest are kept, and are stored as they are', () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 600, size: 'max' }), fc.infiniteStream(fc.nat()), (made, random) => {
      const kept = keptOf(made)
      const order = made
        .map((each) => ({ each, place: random.next().value as number }))
        .toSorted((a, b) => a.place - b.place)
      assert.deepEqual(keptOf([...order.map(({ each }) => each), ...made.slice(0, 50)]), kept)
      assert.ok(kept.length <= fiftiethsOfBlockMax)
      const first = made.reduce((earliest, { ms }) => Math.min(earliest, ms), Infinity)
      assert.equal((kept[0]?.[0]?.at ?? Infinity) - block * blockMs, first)
      const inCell = kept.filter(([reading]) => reading!.at < block * blockMs + 5_000).length
      const fiftieths = new Set(made.filter(({ ms }) => ms < 5_000).map(({ ms }) => fiftiethOf(ms)))
      assert.equal(inCell, Math.min(fiftiethsMax, fiftieths.size))
      const kinds = new Set(made.map(({ ms }) => ms))
      const keptNumbers = new Set(kept.map(([reading]) => fiftiethOf(reading!.at)))
      const wanted = [...kinds].filter((ms) => keptNumbers.has(fiftiethOf(block * blockMs + ms)))
      assert.equal(kept.flat().length, wanted.length)
    }),
    { numRuns: 60, endOnFailure: true },
  )
})

test('a reading below the threshold is kept in a fiftieth that one beyond it opened, and opens none', () => {
  const motion = newMotion(block)
  const at = block * blockMs + 40
  assert.equal(addReadingBeside(motion, at + 5, 3, 1), false)
  addReading(motion, at, -45, 0)
  assert.equal(addReadingBeside(motion, at + 5, 3, 1), true)
  assert.equal(addReadingBeside(motion, at + 25, 3, 1), false)
  assert.deepEqual(fiftiethsIn(motion), [
    [
      { at, x: -45, y: 0 },
      { at: at + 5, x: 3, y: 1 },
    ],
  ])
})
