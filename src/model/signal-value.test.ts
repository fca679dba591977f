import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { vssCatalogue } from './catalogue.ts'
import { takeValue, valueLimits } from './signal-value.ts'
import { vssSignals } from './vss.ts'

const take = (path: string, value: unknown) => takeValue(value, vssCatalogue.rule(`Vehicle.${path}`))

test('numbers as text, truth values as 0 and 1, words in other letters and fractions of whole numbers are taken by one rule', () => {
  assert.equal(take('Speed', '63.2'), 63.2)
  assert.equal(take('Speed', ' +6.32e1 '), 63.2)
  assert.equal(take('IsMoving', 1), true)
  assert.equal(take('IsMoving', 'False'), false)
  assert.equal(take('IsMoving', '0'), false)
  assert.equal(take('LowVoltageSystemState', 'On'), 'ON')
  assert.equal(take('Powertrain.FuelSystem.RelativeLevel', 54.9), 55)
  assert.equal(take('Chassis.SteeringWheel.Angle', -12.5), -12)
  assert.equal(take('Chassis.Accelerator.PedalPosition', 33.3), 33)
  assert.equal(take('Chassis.Axle.Row1.Wheel.Left.Tire.Pressure', 241.3), 241)
  assert.ok(Object.is(take('Chassis.SteeringWheel.Angle', -0.4), 0))
  assert.deepEqual(take('Diagnostics.DTCList', ['P0301']), ['P0301'])
})

test('what may mean something else is invalid, with what came', () => {
  assert.deepEqual(take('Speed', '63,2'), { invalid: 'type', value: '63,2' })
  assert.deepEqual(take('Speed', true), { invalid: 'type', value: true })
  assert.deepEqual(take('Speed', ''), { invalid: 'type', value: '' })
  assert.deepEqual(take('IsMoving', 2), { invalid: 'type', value: 2 })
  assert.deepEqual(take('Diagnostics.DTCList', 'P0301'), { invalid: 'type', value: 'P0301' })
  assert.deepEqual(take('CurrentLocation.Heading', -90), { invalid: 'range', value: -90 })
  assert.deepEqual(take('CurrentLocation.Latitude', 91), { invalid: 'range', value: 91 })
  assert.deepEqual(take('Powertrain.Transmission.CurrentGear', 'D'), { invalid: 'type', value: 'D' })
  assert.deepEqual(take('Powertrain.Type', 'STEAM'), { invalid: 'not-allowed', value: 'STEAM' })
  assert.deepEqual(take('TraveledDistance', 2 ** 32), { invalid: 'range', value: 2 ** 32 })
  assert.deepEqual(take('Chassis.Brake.PedalPosition', 100.5), { invalid: 'range', value: 100.5 })
  assert.deepEqual(take('Speed', Infinity), { invalid: 'not-a-number' })
  assert.deepEqual(take('Maker.Anything', Infinity), { invalid: 'not-a-number' })
  for (const path of ['IsMoving', 'VehicleIdentification.VIN', 'OBD.DTCList'])
    assert.deepEqual(take(path, -Infinity), { invalid: 'not-a-number' }, path)
  assert.deepEqual(take('VehicleIdentification.Brand', 7), { invalid: 'type', value: 7 })
})

test('what sensors and buses send for "none" is not available, where nothing can be measured there', () => {
  const notAvailable = (path: string, value: number) =>
    assert.deepEqual(take(path, value), { invalid: 'not-available', value })
  notAvailable('TraveledDistance', 0xffff_ffff)
  for (const metres of [0xff00_0000, 0xfe00_0000, 0xfb00_0000]) notAvailable('TraveledDistance', metres)
  notAvailable('TraveledDistance', 0x7fff_ffff)
  for (const kmh of [-1, -3.6, 255, 255.996_093_75, 511.97, 655.35, 6553.5]) notAvailable('Speed', kmh)
  for (const celsius of [-128, -273, 87.5, 127, 214, 215]) notAvailable('Exterior.AirTemperature', celsius)
  for (const celsius of [214, 215, 1735]) notAvailable('Powertrain.CombustionEngine.EngineCoolant.Temperature', celsius)
  notAvailable('Powertrain.TractionBattery.Temperature.Average', 215)
  for (const watts of [2 ** 31 - 1, -(2 ** 31)]) notAvailable('Powertrain.TractionBattery.CurrentPower', watts)
  assert.equal(take('TraveledDistance', 48_152_000), 48_152_000)
  assert.equal(take('TraveledDistance', 65_535), 65_535)
  assert.equal(take('TraveledDistance', 0xfaff_ffff), 0xfaff_ffff)
  for (const kmh of [0, -2, 0.4, 254.9, 255.1, 490]) assert.equal(take('Speed', kmh), kmh)
  for (const celsius of [-89.2, -40, 0, 56.7]) assert.equal(take('Exterior.AirTemperature', celsius), celsius)
  assert.equal(take('Powertrain.TractionBattery.Temperature.Average', 480), 480)
  for (const watts of [-600_000, 0, 1_200_000])
    assert.equal(take('Powertrain.TractionBattery.CurrentPower', watts), watts)
})

test('whatever comes for whatever signal, it is a value of the signal or told for none, and what was taken is taken again as it is', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.double(),
    fc.double().map(String),
    fc.constantFrom('on', 'TRUE', 'Electric', '0', '1', 1, 0),
    fc.constant(undefined),
  )
  fc.assert(
    fc.property(fc.constantFrom(undefined, ...vssSignals), value, (signal, came) => {
      const rule = signal === undefined ? undefined : vssCatalogue.rule(signal.path)
      const taken = takeValue(came, rule)
      const stored: unknown = JSON.parse(JSON.stringify(taken))
      if (!Object.is(taken, -0)) assert.deepEqual(stored, taken)
      assert.deepEqual(takeValue(taken, rule), taken)
      if (typeof taken !== 'number' || signal === undefined) return
      assert.ok(Number.isFinite(taken) && taken >= (signal.min ?? -Infinity) && taken <= (signal.max ?? Infinity))
      if (/int/.test(signal.datatype)) assert.ok(Number.isInteger(taken))
    }),
    { numRuns: 5000 },
  )
})

test('a list has as many characters as a text may have, all its texts together', () => {
  const { textChars, listItems } = valueLimits
  const fits = ['x'.repeat(textChars - 5), 'y'.repeat(5)]
  for (const rule of [undefined, vssCatalogue.rule('Vehicle.Diagnostics.DTCList')]) {
    assert.deepEqual(takeValue(fits, rule), fits)
    for (const tooLong of [[...fits, 'z'], Array<string>(listItems + 1).fill(''), ['x'.repeat(textChars + 1)]]) {
      const taken = takeValue(tooLong, rule)
      assert.ok(typeof taken === 'object' && taken !== null && 'invalid' in taken)
      assert.equal(taken.invalid, 'too-long')
      assert.ok(JSON.stringify(taken).length < 2 * valueLimits.keptChars + 50)
    }
  }
})
