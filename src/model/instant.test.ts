import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describeInstant, earliestAt, latestAt, readInstant } from './instant.ts'

const at = 1_795_850_000_000
const weekMs = 7 * 86_400_000

test('what can mean one instant only is taken, all else is named', () => {
  for (const [given, right] of [
    [at, at],
    [at + 0.25, at],
    [at * 1000, at],
    [at * 1e6, at],
    [String(at), at],
    [` ${at}.75 `, at],
    ['2026-11-28T07:13:20Z', at],
    ['2026-11-28T08:13:20.5+01:00', at + 500],
    ['2026-11-28 02:43:20.123456-0430', at + 123],
    [at / 1000, 'time-seconds'],
    [String(at / 1000), 'time-seconds'],
    ['2026-11-28T07:13:20', 'time-no-zone'],
    ['2026-02-30T07:13:20Z', 'time-form'],
    ['28.11.2026', 'time-form'],
    [5000, 'time-1970'],
    [315_964_800_000, 'time-1980'],
    [Date.UTC(1999, 5), 'time-range'],
    [latestAt, 'time-range'],
    [-1, 'time-range'],
    [Number.NaN, 'time-form'],
    [undefined, 'time-form'],
    [{ at }, 'time-form'],
  ] as const)
    assert.equal(readInstant(given), right, JSON.stringify(given))
})

test('an instant comes back from milliseconds, microseconds, nanoseconds, and its ISO text', () => {
  fc.assert(
    fc.property(fc.integer({ min: earliestAt, max: latestAt - 1 }), (instant) => {
      for (const form of [instant, instant + 0.5, instant * 1000, String(instant), new Date(instant).toISOString()])
        assert.equal(readInstant(form), instant)
      // A double of nanoseconds is exact to 512 of them.
      assert.ok(Math.abs((readInstant(instant * 1e6) as number) - instant) <= 1)
      assert.equal(typeof readInstant(instant / 1000), 'string')
    }),
  )
  fc.assert(fc.property(fc.anything(), (given) => void readInstant(given)))
})

test('beside its receipt an instant is told for what it is', () => {
  const receivedAt = at
  const of = (instant: number) => describeInstant(instant, receivedAt, 120_000)
  assert.equal(of(at - 1000), undefined)
  assert.equal(of(at + 120_000), undefined)
  assert.equal(of(at + 120_001), 'time-ahead')
  assert.equal(of(at - 400 * 86_400_000), undefined)
  assert.equal(of(at - 1024 * weekMs - 5000), 'time-gps-rollover')
  assert.equal(of(at - 2048 * weekMs - 5000), 'time-gps-rollover')
  assert.equal(of(at - 1024 * weekMs - 3 * 86_400_000), 'time-behind')
  assert.equal(of(Math.floor(at / 1000)), 'time-seconds')
  assert.equal(of(9000), 'time-1970')
  assert.equal(of(315_964_800_000 + 60_000), 'time-1980')
  assert.equal(of(earliestAt + 3_600_000), 'time-2000')
  assert.equal(of(Date.UTC(2080, 0, 6)), 'time-ahead')
})
