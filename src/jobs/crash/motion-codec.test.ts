import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addPlace, addReceipt, addSeen, addSpeed, addWhole, blockMs, newMotion } from './motion.ts'
import { motionCodec } from './motion-codec.ts'
import { addReading } from './readings.ts'

const block = 2_833_333
const beginAt = block * blockMs

/** Few of its seconds were heard, or most. */
const spans = [2, 100, blockMs / 1000]
const heard = fc.record({
  second: fc.nat(),
  ms: fc.nat(999),
  kmh: fc.option(
    fc.nat(300).map((tenths) => tenths / 10 + (tenths % 9 === 0 ? 250 : 0)),
    { nil: undefined },
  ),
  receivedAt: fc.integer({ min: beginAt, max: beginAt + 1e9 }),
  seen: fc.nat(15),
  lat: fc.option(fc.integer({ min: -9e8, max: 9e8 })),
  isWhole: fc.boolean(),
  isHard: fc.boolean(),
})

test('a block of motion survives being stored, however much of it was heard', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(...spans)
        .chain((span) => fc.tuple(fc.constant(span), fc.array(heard, { maxLength: 900, size: 'max' }))),
      ([span, all]) => {
        const motion = newMotion(block)
        for (const { second, ms, kmh, receivedAt, seen, lat, isWhole, isHard } of all) {
          const at = beginAt + (second % span) * 1000 + ms
          addSpeed(motion, at, kmh)
          addReceipt(motion, at, receivedAt)
          addSeen(motion, at, seen)
          addPlace(motion, at, lat === null ? null : { lat: lat / 1e7, lon: -56.0803861 })
          if (isWhole) addWhole(motion, at)
          if (isHard) addReading(motion, at, -45, 20)
        }
        assert.deepEqual(motionCodec.decode(motionCodec.encode(motion)), motion)
      },
    ),
    { numRuns: 60 },
  )
})
