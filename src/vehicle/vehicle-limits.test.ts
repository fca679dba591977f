import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { backoffMs, defaultVehicleLimits, vehicleLimits } from './vehicle-limits.ts'

test('every limit that is out of its bounds is named', () => {
  assert.throws(() => vehicleLimits({ messagesMax: 0, bytesMax: Number.NaN }), /limits\.messagesMax .*; limits\.bytesMax/)
  assert.throws(() => vehicleLimits({ reconnectMinMs: 2000, reconnectMaxMs: 1000 }), /reconnectMinMs \(2000\)/)
  assert.deepEqual(vehicleLimits({}), defaultVehicleLimits)
})

test('the waits are spread evenly below a bound that doubles up to its cap', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
      const waitMs = backoffMs(attempt, defaultVehicleLimits, () => chance)
      const boundMs = Math.min(60_000, 1000 * 2 ** Math.min(attempt, 40))
      assert.ok(waitMs >= 0 && waitMs < boundMs && Math.abs(waitMs - chance * boundMs) < 1)
    }),
  )
})
