import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCity } from '../city/city.ts'
import { simulateOffline } from './offline.ts'
import { toldBy, unitKinds, type UnitKind } from './unit.ts'

const city = await loadCity()

/** The sums of half an hour of six cars with such units. */
function live(unit: UnitKind) {
  const truths: unknown[] = []
  const instants = new Map<string, Map<string, number[]>>()
  const options = { city, seed: 9, cars: 6, units: [unit], startAt: 1_767_877_200_000, durationMs: 1_800_000 }
  for (const { ref, message } of simulateOffline({ ...options, onTruth: (truth) => truths.push(truth) })) {
    if (!('samples' in message)) continue
    for (const { at, signals } of message.samples)
      for (const path of Object.keys(signals)) {
        const own = instants.get(path) ?? new Map<string, number[]>()
        instants.set(path, own.set(ref.vehicle, [...(own.get(ref.vehicle) ?? []), at]))
      }
  }
  return { truths, instants }
}

test('what happens does not depend on what units tell of it', () => {
  const [full, ...lesser] = unitKinds.map(live)
  assert.ok(full!.truths.some((truth) => (truth as { kind: string }).kind === 'trip'))
  for (const { truths } of lesser) assert.deepEqual(truths, full!.truths)
})

test('a sparse unit reads the battery every 16 to 60 s and no counter; a tracker tells positions and the ignition', () => {
  const { instants } = live('sparse')
  for (const path of [
    'FuelSystem.ConsumptionSinceStart',
    'FuelSystem.AbsoluteLevel',
    'TractionBattery.AccumulatedConsumedEnergy',
  ])
    assert.equal(instants.has(`Vehicle.Powertrain.${path}`), false)
  const byCar = [...instants.get('Vehicle.Powertrain.FuelSystem.InstantConsumption')!.values()]
  for (const at of byCar) {
    const steps = at.slice(1, 20).map((instant, index) => (instant - at[index]!) / 1000)
    // Everything is told once more as the ignition goes on.
    assert.ok(steps.length > 3 && steps.filter((step) => step >= 16).length >= steps.length - 4, steps.join(' '))
  }
  assert.deepEqual([...live('tracker').instants.keys()].sort(), [
    'Vehicle.CurrentLocation.Latitude',
    'Vehicle.CurrentLocation.Longitude',
    'Vehicle.LowVoltageSystemState',
  ])
  assert.equal(toldBy('tracker', { event: 'trouble-code', at: 1, data: {} }), undefined)
  assert.ok(toldBy('tracker', { event: 'ignition-on', at: 1, data: {} }))
})
