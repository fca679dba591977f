import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lifetimes, linkOf, tokenOf, untilOf } from './share-words.ts'

const token = `rsl_${'aB3-_'.repeat(8)}xyz`

test('the token comes out of the address that was made of it, and out of no other', () => {
  assert.equal(tokenOf(new URL(linkOf('https://fleet.example', token)).hash), token)
  for (const hash of ['', '#', '#rsl_', `#${token}x`, `#x${token}`, token, '#rs_0123'])
    assert.equal(tokenOf(hash), null)
})

test('a link lasts as long as was chosen, and never longer than 30 days', () => {
  assert.deepEqual(
    lifetimes.map(({ id }) => untilOf(id, 1000) - 1000),
    [3_600_000, 28_800_000, 86_400_000, 604_800_000, 2_592_000_000 - 60_000],
  )
})
