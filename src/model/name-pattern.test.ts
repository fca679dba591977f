import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isPattern, matchesPattern, takesAllOf } from './name-pattern.ts'

const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.'), maxLength: 6 })
const pattern = fc.tuple(name, name).map(([head, tail]) => `${head}*${tail}`)

test('a pattern takes what the expression with any characters for the star takes', () => {
  fc.assert(
    fc.property(fc.oneof(pattern, name), name, (given, other) => {
      const wanted = new RegExp(`^${given.replaceAll('.', '\\.').replace('*', '.*')}$`).test(other)
      assert.equal(matchesPattern(given, other), wanted)
    }),
  )
})

test('a pattern that takes all of another takes each name of it, and one that does not leaves one out', () => {
  fc.assert(
    fc.property(pattern, pattern, (one, other) => {
      // Of a pattern the name with a character that no pattern has, and many of them, is the one
      // that others miss.
      const names = ['', 'x', 'xxxxxxxxxxxx'].map((any) => other.replace('*', any))
      const takesNames = names.every((each) => matchesPattern(one, each))
      assert.equal(takesAllOf(one, other), takesNames)
    }),
  )
})

test('one star is a pattern, and so is none', () => {
  assert.deepEqual(['a', '*', 'a*b', '**', 'a*b*'].map(isPattern), [true, true, true, false, false])
})
