// Promise: what a car says is the same whether the window's past is remembered or made anew; and a
// car that drives for hours has the last of them in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import { fnv1a } from '../../engine/pace.ts'
import { randomLife } from '../random-life.contract.ts'
import { at, straight, tripsIn } from './drives.testing.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 60)

test(`each batch says the same with the past remembered and without (seed ${seed})`, () => {
  fc.assert(
    fc.property(randomLife, fc.integer({ min: 1, max: 9 }), fc.nat(99), (life, size, late) => {
      // Some come up to two hours later, so that what was remembered is no longer so.
      const records = life
        .map((record, index) => ({ record, at: record.at + (fnv1a(`${late} ${index}`) % 7 === 0 ? late * 73_000 : 0) }))
        .sort((a, b) => a.at - b.at)
        .map(({ record }) => record)
      const [kept, anew] = [driveJobs([trips]), driveJobs([trips], { reload: true })]
      for (let from = 0; from < records.length; from += size) {
        const batch = records.slice(from, from + size)
        assert.deepEqual(kept.feed(batch), anew.feed(batch))
      }
      assert.deepEqual(kept.pass(Number.MAX_SAFE_INTEGER), anew.pass(Number.MAX_SAFE_INTEGER))
    }),
    { seed, numRuns: runs },
  )
})

test('of a drive of hours the last minutes are in memory, and its trip is the whole', () => {
  const hours = 9
  const drive = recordsOf(messagesOf(straight(0, hours * 3600, { kmh: 72, stepS: 5 })))
  const driver = driveJobs([trips])
  let most = 0
  for (const record of drive) {
    driver.feed([record])
    if ((record.at - at) % 60_000 !== 0) continue
    driver.save(5)
    if (record.at - at > 8 * 3_600_000) most = Math.max(most, driver.size())
  }
  const [trip] = tripsIn(driver)
  assert.ok(trip !== undefined && Math.abs(trip.distanceM - hours * 72_000) < 2_000, `${trip?.distanceM} m`)
  assert.ok(most < 40, `${most} parts`)
})
