import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doubtKinds } from '../../../src/model/doubt.ts'
import { countedDoubt, doubtWords, partReason } from './doubt-words.ts'

test('every kind of doubt says what it means and what to do', () => {
  assert.deepEqual(Object.keys(doubtWords), [...doubtKinds], 'in the order in which they are shown')
  for (const { meaning, remedy } of Object.values(doubtWords)) assert.ok(meaning.endsWith('.') && /[.)]$/.test(remedy))
  assert.equal(new Set(Object.values(doubtWords).map(({ remedy }) => remedy)).size, doubtKinds.length)
})

test('doubts are counted in words', () => {
  assert.equal(countedDoubt('invalid', 1), '1 invalid value')
  assert.equal(countedDoubt('refused', 1200), '1,200 refused messages')
})

test('a reason is said in words where it is one of ours, and as it came otherwise', () => {
  assert.equal(partReason('refused', { reason: 'not-json' }), 'not JSON')
  assert.equal(partReason('invalid', { reason: 'range' }), 'outside its range')
  assert.equal(partReason('invalid', { reason: 'sensor-fault' }), 'sensor-fault')
  assert.equal(partReason('clock', { reason: null }), null)
})
