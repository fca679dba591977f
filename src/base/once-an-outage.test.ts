import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from './errors.ts'
import { onceAnOutage } from './once-an-outage.ts'

test('the first of outages that come one after the other is told, and the first of the next ones', () => {
  let now = 0
  const told: string[] = []
  const tell = onceAnOutage(({ code }) => void told.push(code), { now: () => now })
  const meet = (code: string, at: number): void => {
    now = at
    tell(new Outage(code, '', { retryable: true }))
  }
  for (const at of [0, 30_000, 80_000]) meet(`LOG_${at}`, at)
  meet('LOG_NEXT', 141_000)
  assert.deepEqual(told, ['LOG_0', 'LOG_NEXT'])
})
