import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carModels } from './car-model.ts'
import { charge, drawEnergy, reserveShare, spend, wheelKw } from './energy.ts'
import { Random } from './random.ts'

/** l/100 km or kWh/100 km over a stop-and-go kilometre repeated: up to 50 km/h, a while at it,
 *  down, a wait. */
function cityUse(index: number): { litres: number; kwh: number } {
  const model = carModels[index]!
  const energy = drawEnergy(model, new Random(index))
  const before = { burntL: energy.burntL, consumedKwh: energy.consumedKwh, batteryKwh: energy.batteryKwh }
  let km = 0
  for (let lap = 0; lap < 20; lap++) {
    let speed = 0
    for (let second = 0; second < 90; second++) {
      const next = second < 10 ? speed + 1.4 : second < 60 ? speed : second < 70 ? Math.max(0, speed - 1.4) : 0
      spend(energy, model, (speed + next) / 2, next - speed, 21)
      km += (speed + next) / 2000
      speed = next
    }
  }
  return {
    litres: ((energy.burntL - before.burntL) / km) * 100,
    kwh: ((energy.consumedKwh - before.consumedKwh) / km) * 100,
  }
}

test('cars use in town what cars of their kind use', () => {
  for (const [index, { name, powertrain }] of carModels.entries()) {
    const { litres, kwh } = cityUse(index)
    if (powertrain === 'COMBUSTION') assert.ok(litres > 4.5 && litres < 12, `${name}: ${litres} l/100 km`)
    if (powertrain === 'HYBRID') assert.ok(litres > 2.5 && litres < 6.5, `${name}: ${litres} l/100 km`)
    if (powertrain === 'ELECTRIC') assert.ok(kwh > 10 && kwh < 22, `${name}: ${kwh} kWh/100 km`)
  }
})

test('the road load is that of the textbook: 1,290 kg at a steady 50 km/h take about 3 kW, and braking gives power back', () => {
  const kw = wheelKw(carModels[1]!, 50 / 3.6, 0)
  assert.ok(kw > 2.7 && kw < 3.3, `${kw} kW`)
  assert.ok(wheelKw(carModels[1]!, 50 / 3.6, -2) < -30)
  assert.equal(wheelKw(carModels[1]!, 0, 0), 0)
})

test('a tank or battery never holds less than nothing or more than it can', () => {
  for (const model of carModels) {
    const energy = drawEnergy(model, new Random(3))
    energy.fuelL = Math.min(energy.fuelL, 0.01)
    energy.batteryKwh = Math.min(energy.batteryKwh, 0.01)
    for (let second = 0; second < 3600; second++) spend(energy, model, 30, 0.5, 35)
    assert.ok(energy.fuelL >= 0 && energy.batteryKwh >= 0)
    assert.equal(Math.round(100 * reserveShare(energy, model)), 0)
    if (model.chargeKwMax === 0) continue
    let seconds = 0
    while (!charge(energy, model)) seconds++
    assert.ok(energy.batteryKwh <= energy.capacityKwh)
    assert.ok(seconds > 15 * 60 && seconds < 90 * 60, `charges in ${seconds} s`)
  }
})
