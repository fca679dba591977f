import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personNameFault } from './person-name.ts'

for (const name of ['ana', 'Ana María', 'Ünal', 'Ада', 'Ἀδάμ', 'ana+fleet@example.org', '山田', "O'Neil-2"])
  test(`"${name}" is a name`, () => assert.equal(personNameFault(name), undefined))
for (const [name, reason] of [
  ['a\u200bna', /not seen/],
  ['a\tna', /not seen/],
  ['ana\r', /not seen/],
  ['ana\u202e', /not seen/],
  ['a\u00a0na', /not seen/],
  ['ａna', /stands for another/],
  ['аna', /several alphabets/],
  ['ανa', /several alphabets/],
] as const)
  test(`${JSON.stringify(name)} is none`, () => assert.match(personNameFault(name) ?? '', reason))
