// Promise: a zone that the user says is that of all local times of a mapping, wherever they stand,
// and of nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inZone } from './in-zone.ts'
import type { Mapping, TimeRule } from './mapping.ts'

const mappingOf = (time: Mapping['time']): Mapping => ({
  name: 'x',
  about: 'x',
  from: { form: 'csv' },
  time,
  signals: {},
})
const local = { as: 'iso', field: 't', zone: 'UTC' } as const

test('local times are of the zone, also those that a recording starts at', () => {
  const counted = { as: 'elapsed', field: 's', unit: 's' } as const
  const here = { ...local, zone: 'Asia/Tokyo' }
  const cases: readonly (readonly [TimeRule, TimeRule])[] = [
    [local, here],
    [
      { ...counted, start: local },
      { ...counted, start: here },
    ],
    [
      { ...counted, start: { table: 'T.csv', key: 'k', time: local } },
      { ...counted, start: { table: 'T.csv', key: 'k', time: here } },
    ],
  ]
  for (const [given, expected] of cases) assert.deepEqual(inZone(mappingOf(given), 'Asia/Tokyo')?.time, [expected])
})

test('what is no local time stays, and a mapping without one has no zone', () => {
  const epoch = { as: 'epoch', field: 'e', unit: 's' } as const
  assert.deepEqual(inZone(mappingOf([epoch, local]), 'Asia/Tokyo')?.time, [epoch, { ...local, zone: 'Asia/Tokyo' }])
  assert.equal(inZone(mappingOf(epoch), 'Asia/Tokyo'), undefined)
  assert.equal(inZone(mappingOf({ as: 'rows', periodMs: 10, startAt: '2026-01-01' }), 'Asia/Tokyo'), undefined)
})
