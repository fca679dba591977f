import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServerClock } from './server-clock.ts'

test("the log's time is that of who stamps, within the time an answer took, whatever our wall clock says", () => {
  let steadyAt = 1_000
  const clock = createServerClock({ now: () => 5_000_000 }, { now: () => steadyAt })
  assert.equal(clock.now(), 5_000_000)
  const trueAt = (): number => steadyAt + 1_700_000_000_000.4
  for (const tookMs of [40, 3, 250, 7]) {
    const sentAt = steadyAt
    steadyAt += tookMs / 2
    const at = Math.floor(trueAt())
    steadyAt += tookMs / 2
    clock.stamped(at, sentAt, steadyAt)
    assert.ok(Math.abs(clock.now() - trueAt()) <= 41, `${clock.now()} for ${trueAt()}`)
    steadyAt += 60_000
  }
  assert.ok(Math.abs(clock.now() - trueAt()) <= 5, 'the answer that took least says most')
})
