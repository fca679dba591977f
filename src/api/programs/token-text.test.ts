import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashOfSecret } from '../signed-text.ts'
import { isTokenText, newTokenText } from './token-text.ts'

test('a token is told from any text that differs from it in a letter, and from whatever else there is', () => {
  const text = newTokenText()
  assert.match(text, /^rs_[0-9A-Za-z]{38}$/)
  assert.ok(isTokenText(text))
  const letter = fc.constantFrom('0', '1', '9', 'A', 'Z', 'a', 'z', '_', '-', ' ')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length - 1 }), letter, (place, other) => {
      const changed = text.slice(0, place) + other + text.slice(place + 1)
      assert.equal(isTokenText(changed), changed === text)
    }),
  )
  fc.assert(fc.property(fc.string(), (any) => assert.equal(isTokenText(any), false)))
  for (const near of [`${text}0`, text.slice(1), `${text}\n`, text.toLowerCase(), ''])
    assert.equal(isTokenText(near), near === text)
})

test('no two tokens are alike, and every letter is as frequent as another', () => {
  const texts = Array.from({ length: 2000 }, newTokenText)
  assert.equal(new Set(texts).size, texts.length)
  assert.equal(new Set(texts.map(hashOfSecret)).size, texts.length)
  const counts = Map.groupBy(
    texts.flatMap((text) => text.slice(3, -6).split('')),
    (letter) => letter,
  )
  assert.equal(counts.size, 62)
  // 64,000 letters, each expected 1,032 times: 200 off is more than six deviations.
  for (const [letter, of] of counts) assert.ok(Math.abs(of.length - 1032) < 200, `${letter}: ${of.length}`)
})
