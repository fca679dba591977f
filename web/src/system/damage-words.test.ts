import assert from 'node:assert/strict'
import { test } from 'node:test'
import { damageRemedy } from './damage-words.ts'

const remediesOf = (...topics: readonly string[]): string => damageRemedy(topics.map((topic) => ({ topic }))).join(' ')

test('what cars published comes back from a backup, what jobs derived is made again', () => {
  assert.match(remediesOf('telemetry'), /backup/)
  assert.doesNotMatch(remediesOf('telemetry', 'dead-letter'), /remove/)
  assert.match(remediesOf('twin'), /remove the folders/)
  assert.doesNotMatch(remediesOf('twin', 'ledger'), /backup/)
  assert.match(remediesOf('a-topic-of-a-job-of-today'), /remove the folders/)
  assert.equal(damageRemedy([{ topic: 'event' }, { topic: 'trip' }, { topic: 'critical' }]).length, 2)
})
