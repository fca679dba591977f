import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultVehicleLimits, vehicleLimits } from './vehicle-limits.ts'

test('every limit that is out of its bounds is named', () => {
  assert.throws(
    () => vehicleLimits({ messagesMax: 0, bytesMax: Number.NaN }),
    /limits\.messagesMax .*; limits\.bytesMax/,
  )
  assert.throws(() => vehicleLimits({ reconnectMinMs: 2000, reconnectMaxMs: 1000 }), /reconnectMinMs \(2000\)/)
  assert.throws(() => vehicleLimits({ takenOverMinMs: 2000, takenOverMaxMs: 1000 }), /takenOverMinMs \(2000\)/)
  assert.deepEqual(vehicleLimits({}), defaultVehicleLimits)
})
