import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addInstant, tensMax, type Ten } from './backs.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

/** The memory of messages measured in these ten minutes under these numbers. */
function remembered(messages: readonly (readonly [ten: number, seq: number])[]): {
  readonly tens: Ten[]
  readonly back: number
} {
  const boot = { stored: [], refused: [], marked: [], reused: 0, span: null, tens: [], back: 0 }
  for (const [ten, seq] of messages) addInstant(boot, ten * 600_000 + 1, seq)
  return { tens: boot.tens, back: boot.back }
}

test(`what is remembered of when numbers were measured is bounded, and a function of the set of messages (seed ${seed})`, () => {
  const message = fc.tuple(fc.nat(3 * tensMax), fc.nat(500))
  const messages = fc.array(message, { minLength: 1, maxLength: 300, size: 'max' })
  fc.assert(
    fc.property(
      messages.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        const { tens, back } = remembered(all)
        assert.deepEqual(remembered([...shuffled, ...all.slice(0, 9)]), { tens, back })
        assert.ok(tens.length <= tensMax)
        const wanted = tens.filter(([ten, , high]) => tens.some(([later, low]) => later >= ten + 2 && low < high))
        assert.equal(back, wanted.length)
      },
    ),
    { seed, numRuns: 200 },
  )
})

test('a unit that runs for a day in order has no cause', () => {
  assert.equal(remembered(Array.from({ length: 300 }, (_, index) => [Math.floor(index / 2), index] as const)).back, 0)
})
