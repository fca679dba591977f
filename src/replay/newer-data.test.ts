import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMapping } from './mapping-catalogue.ts'
import { newerData } from './newer-data.ts'
import type { ReplayOptions } from './replay.ts'

const hourMs = 3_600_000
const now = Date.UTC(2026, 5, 1)
const at = (hours: number): number => Date.UTC(2026, 2, 1) + Math.round(hours * hourMs)

function optionsOf(newest: readonly (number | null)[] | undefined, more: Partial<ReplayOptions> = {}): ReplayOptions {
  const mapping = findMapping('gpx')
  assert.ok(mapping.ok)
  const held = { newestAt: () => Promise.resolve(newest) }
  return {
    files: ['golf.gpx'],
    mapping: mapping.value,
    url: '',
    tenant: 'acme',
    passwordOf: () => '',
    speed: 'max',
    latenessMs: 6 * hourMs,
    held,
    vehicle: 'golf',
    asOne: true,
    ...more,
  }
}

/** The words said of a recording of some hours when the server has data up to another. */
const said = async (
  fromH: number,
  toH: number,
  newestH: number | null,
  more: Partial<ReplayOptions> = {},
): Promise<readonly string[]> =>
  newerData(
    optionsOf([newestH === null ? null : at(newestH)], more),
    new Map([['1', { samples: 2, firstAt: at(fromH), lastAt: at(toH) }]]),
    now,
  )

test('only what begins more than the lateness before the newest data of its car comes too late, all of it or its beginning', async () => {
  assert.deepEqual(await said(0, 2, null), [])
  assert.deepEqual(await said(0, 2, 6), [])
  assert.match(
    (await said(0, 10, 6.1)).join(),
    /^the server has data of golf up to 2026-03-01 06:06:00 UTC\. What is from before 2026-03-01 00:06:00 UTC comes too late/,
  )
  assert.match((await said(0, 2, 9)).join(), /All of it comes too late[^]*--vehicle/)
})

test('what is moved in time is judged by when it is played', async () => {
  const nowH = (now - at(0)) / hourMs
  assert.deepEqual(await said(0, 2, nowH, { toNow: true }), [])
  assert.match((await said(0, 20, nowH, { toNow: true })).join(), /What is from before/)
  assert.deepEqual(await said(0, 20, nowH, { toNow: true, speed: 1 }), [], 'at real time it begins now')
})

test('that nobody could be asked is said; where nobody is to be asked nothing is', async () => {
  const spans = new Map([['1', { samples: 2, firstAt: at(0), lastAt: at(1) }]])
  assert.match((await newerData(optionsOf(undefined), spans, now)).join(), /is not known/)
  const { held: _, ...without } = optionsOf(undefined)
  assert.deepEqual(await newerData(without, spans, now), [])
})
