// The jobs against a simulated city whose truth is known. `npm run bench simulated-truth` is the
// same over 1,000 car-hours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCity } from '../src/city/city.ts'
import { scoreSimulation } from './support/score-simulation.ts'

const seed = Number(process.env['SIM_SEED'] ?? 11)

test(`every crash and every trip of 20 simulated car-hours is found, and none that was not (seed ${seed})`, async () => {
  const { crashes, trips, doubted, worst, lookalikes } = scoreSimulation(await loadCity(), {
    cars: 80,
    hours: 0.25,
    seed,
    crashesPerHour: 1,
  })
  assert.ok(crashes.injected >= 5, `${crashes.injected} crashes injected`)
  assert.deepEqual(crashes.missed, [])
  assert.deepEqual(crashes.falseOnes, [])
  assert.ok(lookalikes > 10, `${lookalikes} potholes, kerbs and slammed doors`)
  assert.ok(trips.driven > 50, `${trips.driven} trips driven`)
  assert.deepEqual(trips.missed, [])
  assert.deepEqual(trips.falseOnes, [])
  assert.deepEqual(doubted, [], 'all that the cars told was true')
  assert.ok(
    worst.distancePercent < 1,
    `the distance of every trip is right; the worst is ${worst.distancePercent} % off`,
  )
})
