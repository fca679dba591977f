import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedAnomaly, anomalyWords, partReason } from './anomaly-words.ts'

test('every kind of anomaly says what it means and what to do', () => {
  const words = Object.values(anomalyWords)
  for (const { meaning, remedy } of words) assert.ok(meaning.endsWith('.') && /[.)]$/.test(remedy))
  assert.equal(new Set(words.map(({ remedy }) => remedy)).size, words.length)
})

test('anomalies are counted in words', () => {
  assert.equal(countedAnomaly('invalid', 1), '1 invalid value')
  assert.equal(countedAnomaly('refused', 1200), '1,200 refused messages')
})

test('a reason is said in words where it is one of ours, and as it came otherwise', () => {
  assert.equal(partReason('refused', { reason: 'not-json' }), 'not JSON')
  assert.equal(partReason('invalid', { reason: 'range' }), 'outside its range')
  assert.equal(partReason('invalid', { reason: 'sensor-fault' }), 'sensor-fault')
  assert.equal(partReason('invalid', { reason: 'path' }), 'not named by a VSS path')
  assert.equal(partReason('clock', { reason: 'time-seconds' }), 'seconds in place of milliseconds')
  assert.equal(partReason('reused', { reason: null }), null)
})
