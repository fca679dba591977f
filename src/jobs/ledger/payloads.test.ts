import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addPayload, comparedPlace, newPayloads, payloadsCodec } from './payloads.ts'

test('the numbers that are compared have places of their own, in their order, without one that is left out', () => {
  const places = Array.from({ length: 100_000 }, (_, seq) => comparedPlace(seq)).filter((place) => place !== undefined)
  assert.equal(
    places.findIndex((place, index) => place !== index),
    -1,
  )
  assert.ok(places.length < 130, `${places.length} of the first 100,000`)
  for (let seq = 2 ** 52; seq < 2 ** 53; seq += 2 ** 49)
    assert.equal(comparedPlace(seq), 16 + 48 * 8 + (seq - 2 ** 52) / 2 ** 49)
  assert.equal(comparedPlace(Number.MAX_SAFE_INTEGER), undefined)
})

test('what is kept of payloads, and how many are told apart, is the same in any order, and comes back from its bytes', () => {
  const heard = fc.array(fc.tuple(fc.nat(3), fc.nat(40)), { maxLength: 200, size: 'max' })
  fc.assert(
    fc.property(
      heard.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        const take = (given: typeof all) => {
          let payloads = newPayloads()
          let others = 0
          for (const [place, payload] of given) {
            others += addPayload(payloads, place, Uint8Array.of(payload, 7)) ? 1 : 0
            payloads = payloadsCodec.decode(payloadsCodec.encode(payloads))
          }
          return { others, payloads }
        }
        assert.deepEqual(take(shuffled), take(all))
      },
    ),
  )
})
