import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { backoffMs, ReconnectWaits } from './reconnect-waits.ts'
import { defaultVehicleLimits } from './vehicle-limits.ts'

const { takenOverMinMs, takenOverMaxMs } = defaultVehicleLimits
const takeOver = { code: 'server', mqttReason: 0x8e } as const
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('the waits are spread evenly below a bound that doubles up to its cap', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
      const waitMs = backoffMs(attempt, defaultVehicleLimits, () => chance)
      const boundMs = Math.min(60_000, 1000 * 2 ** Math.min(attempt, 40))
      assert.ok(waitMs >= 0 && waitMs < boundMs && Math.abs(waitMs - chance * boundMs) < 1)
    }),
  )
})

test('a vehicle that is taken over again and again never comes back at once, and later each time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(chances, fc.nat(2 * takenOverMaxMs - 1)), { minLength: 1, maxLength: 30 }),
      (lives) => {
        let chance = 0
        const waits = new ReconnectWaits(defaultVehicleLimits, () => chance)
        lives.forEach(([drawn, heldMs], index) => {
          chance = drawn
          const spanMs = Math.min(takenOverMaxMs, takenOverMinMs * 2 ** index)
          const waitMs = waits.after(takeOver, heldMs)
          assert.ok(waitMs >= spanMs / 2 - 1 && waitMs <= spanMs, `${waitMs} ms after take-over ${index + 1}`)
        })
      },
    ),
  )
})

test('two clients with one id end each other at most a few times an hour once they have noticed', () => {
  fc.assert(
    fc.property(fc.array(chances, { minLength: 200, maxLength: 200 }), (draws) => {
      let drawn = 0
      const random = (): number => draws[drawn++ % draws.length] ?? 0
      const sides = [new ReconnectWaits(defaultVehicleLimits, random), new ReconnectWaits(defaultVehicleLimits, random)]
      const dayMs = 24 * 3_600_000
      let [at, connectedAt, takeOvers] = [0, 0, 0]
      for (let loser = 0; at < dayMs; loser = 1 - loser) {
        if (at > dayMs / 2) takeOvers++
        const waitMs = sides[loser]?.after(takeOver, at - connectedAt) ?? 0
        connectedAt = at
        at += waitMs
      }
      assert.ok(takeOvers <= 25, `${takeOvers} take-overs in the second half of a day`)
    }),
  )
})

test('a connection that outlived the longest wait is alone: the waits begin anew', () => {
  const waits = new ReconnectWaits(defaultVehicleLimits, () => 0)
  for (let count = 0; count < 6; count++) waits.after(takeOver, 0)
  assert.equal(waits.after(takeOver, 2 * takenOverMaxMs), takenOverMinMs / 2)
})

test('a network that comes back wipes out its own troubles, not those of an id that two have', () => {
  const waits = new ReconnectWaits(defaultVehicleLimits, () => 0.999)
  for (let count = 0; count < 4; count++) {
    waits.after({ code: 'unreachable' }, 0)
    waits.after(takeOver, 0)
  }
  waits.forgetTroubles()
  assert.ok(waits.after({ code: 'unreachable' }, 0) < defaultVehicleLimits.reconnectMinMs)
  assert.ok(waits.after(takeOver, 0) > takenOverMinMs * 8)
})
