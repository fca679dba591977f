import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage, outageOf } from './errors.ts'

test('an outage is told also where the clean-up after it failed, however deep; a bug is none', () => {
  const outage = new Outage('DISK_FULL', 'the disk is full', { retryable: true })
  const bug = new TypeError('a bug')
  const afterBug = (suppressed: unknown) => new SuppressedError(bug, suppressed, 'clean-up failed')
  assert.equal(outageOf(outage), outage)
  assert.equal(outageOf(afterBug(outage)), outage)
  assert.equal(outageOf(afterBug(afterBug(outage))), outage)
  assert.equal(outageOf(new SuppressedError(outage, bug, 'clean-up failed')), undefined)
  assert.equal(outageOf(afterBug(bug)), undefined)
})
