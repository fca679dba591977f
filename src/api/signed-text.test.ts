import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSignedClaims } from './signed-text.ts'

const secret = new Uint8Array(32).fill(3)
const signed = createSignedClaims<object>(secret, 'test', 4096)

test('what was signed comes back, and whatever was changed, cut or signed for something else does not', () => {
  const others = [
    createSignedClaims(secret, 'another', 4096),
    createSignedClaims(new Uint8Array(32).fill(4), 'test', 4096),
    createSignedClaims(secret, 'test', 10),
  ]
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), fc.nat(), fc.string(), (claims, place, text) => {
      const sealed = signed.seal(claims)
      const at = place % sealed.length
      assert.deepEqual(signed.open(sealed), JSON.parse(JSON.stringify(claims)))
      for (const other of others) assert.equal(other.open(sealed), undefined)
      // The last letter of the MAC has bits that no byte has.
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      if (at < sealed.length - 1) assert.equal(signed.open(changed), undefined)
      for (const wrong of [sealed.slice(0, at), `${sealed}.`, text, '.', ''])
        assert.equal(signed.open(wrong), undefined, wrong)
    }),
  )
})
