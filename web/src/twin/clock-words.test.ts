import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CarClock } from '../../../src/api/contract.ts'
import { clockNews } from './clock-words.ts'

const hourMs = 3_600_000
const titleOf = (state: CarClock['state'], offsetMs: number) =>
  clockNews({ boot: 'aa'.repeat(8), state, offsetMs })?.title

test('a clock that is off says by how much; one that is right, or behind as a buffer is, says nothing', () => {
  assert.equal(titleOf('ahead', 26 * hourMs), 'Clock 1 d 2 h ahead')
  assert.equal(titleOf('ahead', 150_000), 'Clock 2 min ahead')
  assert.equal(titleOf('behind', -7168 * 24 * hourMs), 'Clock 7168 d behind')
  assert.equal(titleOf('jumps', -300), 'Clock jumps')
  assert.equal(titleOf('right', -530 * 24 * hourMs), undefined)
  assert.equal(clockNews(null), null)
})
