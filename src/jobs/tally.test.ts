import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addToTally, mostFrequent, newTally, tallyPartsMax } from './tally.ts'

test('of more pairs than fit the same ones are counted apart in any order, each wholly, and the sum is of all', () => {
  const pair = fc.tuple(fc.nat(400), fc.constantFrom('range', 'type'))
  const heard = fc.array(pair, { minLength: 300, maxLength: 900, size: 'max' })
  fc.assert(
    fc.property(
      heard.chain((pairs) => fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))),
      ([pairs, shuffled]) => {
        const count = (given: typeof pairs) => {
          const tally = newTally()
          for (const [path, reason] of given) addToTally(tally, `Vehicle.X${path}`, reason, path)
          return { ...tally, parts: mostFrequent(tally, tallyPartsMax) }
        }
        const counted = count(pairs)
        assert.deepEqual(count(shuffled), counted)
        assert.deepEqual(
          [counted.total, counted.lastReceivedAt],
          [pairs.length, Math.max(...pairs.map(([path]) => path))],
        )
        const distinct = new Set(pairs.map((each) => each.join()))
        assert.equal(counted.parts.length, Math.min(distinct.size, tallyPartsMax))
        for (const { subject, reason, count: times } of counted.parts)
          assert.equal(times, pairs.filter(([path, why]) => `Vehicle.X${path}` === subject && why === reason).length)
      },
    ),
    { numRuns: 30, endOnFailure: true },
  )
})
