import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldCase } from './fold-case.ts'

const signs = function* (): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code)
}

test('every sign folds to the same in both cases and in both forms, and what is folded stays', () => {
  const odd: string[] = []
  for (const sign of signs()) {
    const folded = foldCase(sign)
    const others = [sign.toLowerCase(), sign.toUpperCase(), sign.normalize('NFD'), sign.normalize('NFC'), folded]
    if (others.some((other) => foldCase(other) !== folded)) odd.push(sign)
  }
  assert.deepEqual(odd, [])
})

test('words of several alphabets', () => {
  for (const [one, other] of [
    ['Ünal', 'ünal'],
    ['u\u0308nal', 'ÜNAL'],
    ['Weiß', 'WEISS'],
    ['ΟΔΟΣ', 'οδος'],
    ['Ада', 'АДА'],
  ] as const)
    assert.equal(foldCase(one), foldCase(other))
  assert.notEqual(foldCase('Unal'), foldCase('Ünal'))
  assert.ok(foldCase('ΟΔΟΣΑ').includes(foldCase('οδος')), 'a sigma at the end of what is looked for')
})
