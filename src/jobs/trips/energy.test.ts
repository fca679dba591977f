// Promise: the energy of a trip is what the car used on its way: what was charged at a stand is no
// part of it, and no lone reading makes a figure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { sample, settled } from './drives.testing.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 60)

const [power, charge, capacity, rate] = [
  'Powertrain.TractionBattery.CurrentPower',
  'Powertrain.TractionBattery.StateOfCharge.Current',
  'Powertrain.TractionBattery.NetCapacity',
  'OBD.FuelRate',
]
const tripOf = (samples: readonly Sample[]): Trip => {
  const [trip, ...others] = settled(samples)
  assert.ok(trip && others.length === 0)
  return trip
}
const energyOf = (samples: readonly Sample[]) => {
  const { energyKwh, energyFrom, energyDoubt } = tripOf(samples)
  return [energyKwh, energyFrom, energyDoubt]
}

/** Driving and stops by turns, a sample a second: power into the battery in kW, and the state of
 *  charge of 60 kWh that it makes. */
type Leg = { readonly seconds: number; readonly kmh: number; readonly kw: number }
type Told = { readonly speedS: number; readonly isPower: boolean; readonly chargeS: number }

function drive(
  legs: readonly Leg[],
  { speedS, isPower, chargeS }: Told,
  fromS = 0,
): { samples: Sample[]; usedKwh: number } {
  let [second, kwh, usedKwh] = [0, 40, 0]
  const samples: Sample[] = []
  for (const { seconds, kmh, kw } of legs)
    for (let index = 0; index < seconds; index += 1, second += 1) {
      kwh += kw / 3600
      if (kmh > 0 || kw < 0) usedKwh -= kw / 3600
      samples.push(
        sample(fromS + second, {
          ...((index === 0 || index === seconds - 1 || second % speedS === 0) && { Speed: kmh }),
          LowVoltageSystemState: 'ON',
          ...(isPower && { [power]: kw * 1000 }),
          ...(second % chargeS === 0 && { [charge]: (kwh / 60) * 100, [capacity]: 60 }),
        }),
      )
    }
  return { samples, usedKwh }
}

test(`what is charged at stops is no part of what was used, whether power tells it or the state of charge (seed ${seed})`, () => {
  const way = fc.record({
    seconds: fc.integer({ min: 600, max: 1_200 }),
    kmh: fc.constantFrom(30, 90),
    kw: fc.integer({ min: -40, max: -5 }),
  })
  const stop = fc.record({
    seconds: fc.integer({ min: 60, max: 400 }),
    kmh: fc.constant(0),
    kw: fc.integer({ min: -2, max: 150 }),
  })
  const told = fc.record({
    speedS: fc.constantFrom(1, 10, 250),
    isPower: fc.boolean(),
    chargeS: fc.constantFrom(1, 10),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(way, stop), { minLength: 1, maxLength: 3 }), told, fc.nat(59), (legs, how, fromS) => {
      const { samples, usedKwh } = drive(legs.flat(), how, fromS)
      const { energyKwh, energyFrom } = tripOf(samples)
      // Beside each turn from driving to charging a reading may lie on either side of it.
      const slackKwh = how.isPower ? 0.02 + 0.1 * legs.length : 1.2 + 0.5 * legs.length
      // Less than a step or two of the state of charge is not known.
      if (energyKwh === null && !how.isPower) return assert.ok(usedKwh < 3)
      assert.equal(energyFrom, how.isPower ? 'power' : 'charge')
      assert.ok(Math.abs(energyKwh! - usedKwh) <= slackKwh, `${energyKwh} of ${usedKwh} kWh`)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
})

test('a fast charger at the end, or on the way, costs and gives nothing', () => {
  const told = { speedS: 1, isPower: true, chargeS: 60 }
  const way = { seconds: 1_200, kmh: 60, kw: -10 }
  for (const stop of [
    { seconds: 360, kmh: 0, kw: 150 },
    { seconds: 1_500, kmh: 0, kw: 50 },
  ]) {
    const { energyKwh } = tripOf(drive([way, stop], told).samples)
    assert.ok(Math.abs(energyKwh! - 3.33) < 0.03, `${energyKwh}`)
    const both = tripOf(drive([way, stop, way], told).samples)
    assert.ok(Math.abs(both.energyKwh! - 6.67) < 0.06, `${both.energyKwh}`)
  }
})

const readings = (values: (second: number) => Record<string, number>): Sample[] =>
  Array.from({ length: 601 }, (_, second) => sample(second, { Speed: 60, ...values(second) }))

test('a lone reading of power, of a rate or of the state of charge that no car makes says nothing', () => {
  for (const glitchAt of [0, 300, 600]) {
    const at = (second: number, told: number, glitch: number): number => (second === glitchAt ? glitch : told)
    for (const watts of [2_147_483_646, 1e6, -1e9]) {
      const [kwh, from] = energyOf(readings((second) => ({ [power]: at(second, -12_000, watts) })))
      assert.ok(Math.abs(Number(kwh) - 2) < 0.02 && from === 'power', `${kwh} kWh`)
    }
    for (const percent of [0, 100]) {
      const told = readings((second) => ({ [charge]: at(second, 70 - second / 120, percent), [capacity]: 60 }))
      const [kwh, from] = energyOf(told)
      assert.ok(Math.abs(Number(kwh) - 3) < 0.02 && from === 'charge', `${kwh} kWh`)
    }
    for (const litresAnHour of [3_276.75, 3_000]) {
      const { fuelL, fuelFrom } = tripOf(readings((second) => ({ [rate]: at(second, 6, litresAnHour) })))
      assert.ok(Math.abs(fuelL! - 1) < 0.01 && fuelFrom === 'rate', `${fuelL} L`)
    }
  }
  assert.equal(tripOf(readings(() => ({ [rate]: 3_276.75 }))).fuelL, null)
})

test('what never moves tells nothing, and gives way to what does', () => {
  const counters = [
    'Powertrain.FuelSystem.ConsumptionSinceStart',
    rate,
    'Powertrain.TractionBattery.AccumulatedConsumedEnergy',
    power,
  ]
  for (const path of counters) {
    const [trip] = settled(readings(() => ({ [path]: 0 })))
    assert.deepEqual([trip?.fuelL, trip?.energyKwh], [null, null], path)
  }
  const falling = (second: number) => ({ [charge]: 70 - second / 75 })
  const watched = (more: Record<string, number>) => energyOf(readings((second) => ({ ...falling(second), ...more })))
  assert.deepEqual(watched({ [power]: 0, [capacity]: 60 }), [4.8, 'charge', null])
  assert.deepEqual(watched({ [counters[2]!]: 1_234.5, [capacity]: 60 }), [4.8, 'charge', null])
  assert.deepEqual(watched({ [power]: 0 }), [null, null, null])
  const burning = tripOf(readings(() => ({ [counters[0]!]: 0, [rate]: 6 })))
  assert.deepEqual([burning.fuelL, burning.fuelFrom], [1, 'rate'])
})
