import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { daysUntilFull, type StoreGrowth } from './forecast.ts'

const bytes = fc.oneof(fc.constant(0), fc.double({ min: 1, max: 1e12, noNaN: true }))
const growth = fc.record({ bytesPerDay: bytes, bytesToCome: fc.oneof(bytes, fc.constant(Infinity)) })
const filledAfter = (days: number, stores: readonly StoreGrowth[]): number =>
  stores.reduce((sum, { bytesPerDay, bytesToCome }) => sum + Math.min(days * bytesPerDay, bytesToCome), 0)

test('on the day it says the room is used up, in whatever order the stores are', () => {
  fc.assert(
    fc.property(fc.array(growth, { maxLength: 12 }), fc.double({ min: 1, max: 1e12, noNaN: true }), (stores, free) => {
      const days = daysUntilFull(free, stores)
      const turned = daysUntilFull(free, stores.toReversed())
      assert.ok(turned === days || Math.abs(turned - days) <= days * 1e-9, `${turned} and ${days}`)
      if (days === Infinity) {
        const all = filledAfter(1e30, stores)
        assert.ok(all <= free * (1 + 1e-9), `${all} of ${free}`)
      } else {
        const filled = filledAfter(days, stores)
        assert.ok(Math.abs(filled - free) <= free * 1e-9, `${filled} of ${free}`)
      }
    }),
  )
})

test('a store that comes to rest leaves the room to the others', () => {
  const topic = { bytesPerDay: 10, bytesToCome: 70 }
  const table = { bytesPerDay: 1, bytesToCome: Infinity }
  assert.equal(daysUntilFull(100, [topic]), Infinity)
  assert.equal(daysUntilFull(100, [topic, table]), 30)
  assert.equal(daysUntilFull(44, [topic, table]), 4)
  assert.equal(daysUntilFull(100, []), Infinity)
  assert.equal(daysUntilFull(0, []), 0)
  assert.equal(daysUntilFull(-5, [topic]), 0)
})
