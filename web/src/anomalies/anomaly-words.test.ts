import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DoubtReason } from '../../../src/api/contract.ts'
import { countedAnomaly, anomalyWords, partReason, partRemedy } from './anomaly-words.ts'

test('every kind of anomaly says what it means and what to do', () => {
  const words = Object.values(anomalyWords)
  for (const { meaning, remedy } of words) assert.ok(meaning.endsWith('.') && /[.)]$/.test(remedy))
  assert.equal(new Set(words.map(({ remedy }) => remedy)).size, words.length)
})

test('anomalies are counted in words', () => {
  assert.equal(countedAnomaly('invalid', 1), '1 invalid value')
  assert.equal(countedAnomaly('refused', 1200), '1,200 refused messages')
})

const doubtReasons = Object.keys({
  'no-fix': 0,
  'null-island': 0,
  zero: 0,
  inaccurate: 0,
  jump: 0,
  frozen: 0,
  drift: 0,
  sentinel: 0,
  impossible: 0,
  fell: 0,
  scale: 0,
} satisfies Record<DoubtReason, 0>)

test('every reason to doubt a value says what it means and what to do; a reason that is not ours says nothing to do', () => {
  const remedies = doubtReasons.map((reason) => partRemedy('doubted', { reason }))
  assert.ok(remedies.every((remedy) => remedy?.endsWith('.')))
  assert.equal(new Set(remedies).size, doubtReasons.length)
  assert.ok(doubtReasons.every((reason) => partReason('doubted', { reason }) !== reason))
  assert.deepEqual(
    [partReason('doubted', { reason: 'later' }), partRemedy('doubted', { reason: 'later' })],
    ['later', null],
  )
  assert.equal(partRemedy('invalid', { reason: 'range' }), null)
})

test('a reason is said in words where it is one of ours, and as it came otherwise', () => {
  assert.equal(partReason('refused', { reason: 'not-json' }), 'not JSON')
  assert.equal(partReason('invalid', { reason: 'range' }), 'outside its range')
  assert.equal(partReason('invalid', { reason: 'sensor-fault' }), 'sensor-fault')
  assert.equal(partReason('invalid', { reason: 'path' }), 'not named by a VSS path')
  assert.equal(partReason('clock', { reason: 'time-seconds' }), 'seconds in place of milliseconds')
  assert.equal(partReason('reused', { reason: null }), null)
})
