// Ends of recorded trips against those that there are, also with standing added; and their figures
// against sums over the raw files that use nothing of ours. `npm run bench recorded-trips` prints
// how far they are off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip } from './raw-rows.testing.ts'
import { recordedSet, scoreOf, shareOff, withStanding, type Compared } from './recordings.testing.ts'

test(
  'labelled trips keep up to 300 s of standing at their ends: both ends within 30 s of 99 %, at most 1 % false',
  { skip },
  async () => {
    const recorded = await recordedSet('cmap-trips')
    for (const [beforeS, afterS] of [
      [60, 60],
      [180, 180],
      [300, 0],
      [0, 300],
      [300, 300],
    ] as const) {
      const { truths, derived, found } = scoreOf(withStanding(recorded, [beforeS * 1000, afterS * 1000]))
      const added = `${beforeS} s before and ${afterS} s after`
      assert.equal(truths, 171)
      assert.ok(found >= 0.99 * truths, `${added}: ${found} of ${truths} found`)
      assert.ok(derived - found <= 0.01 * truths, `${added}: ${derived} trips, of which ${found} are right`)
    }
  },
)

function hold(compared: readonly Compared[]): void {
  for (const each of compared)
    assert.ok(
      shareOff(each) <= 0.001 || Math.abs(each.told - each.raw) <= each.unit,
      `${each.name}: ${each.told}, by the raw file ${each.raw}`,
    )
}

test(
  'distance, energy and idle time of the BMW i3 are those of its raw files over the same spans',
  { skip },
  async () => {
    const { truths, found, metres, idleSeconds, kwh } = scoreOf(await recordedSet('bev-bmw-i3'))
    assert.deepEqual([found, metres.length, idleSeconds.length, kwh.length], [truths, truths, truths, truths])
    for (const compared of [metres, idleSeconds, kwh]) hold(compared)
    assert.ok(idleSeconds.reduce((sum, { raw }) => sum + raw, 0) > 600, 'they stood for ten minutes in all')
  },
)

for (const name of ['nds-drives', 'cmap-trips', 'obd-carobd', 'drive-cycles'] as const)
  test(`distance and idle time of ${name} are those of its raw files over the same spans`, { skip }, async () => {
    const { derived, metres, idleSeconds } = scoreOf(await recordedSet(name))
    assert.equal(metres.length, derived)
    assert.ok(idleSeconds.length > derived / 2, `the idle time of ${idleSeconds.length} of ${derived} is known`)
    for (const compared of [metres, idleSeconds]) hold(compared)
  })
