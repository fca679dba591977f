import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { vssCatalogue } from '../model/catalogue.ts'
import { vssSignals } from '../model/vss.ts'
import type { Mapping, SignalRule } from './mapping.ts'
import { rowAccess } from './access.ts'
import { nineDigits } from './nine-digits.ts'
import { conversion, units, type Unit } from './units.ts'
import { openValue } from './values.ts'

const mapping: Mapping = {
  name: 'test',
  about: '',
  from: { form: 'csv' },
  time: { as: 'rows', periodMs: 1 },
  signals: {},
}
const valueOf = (
  path: string,
  rule: Omit<SignalRule, 'field'>,
  text: string,
  more: Readonly<Record<string, string>> = {},
): unknown => openValue(path, { field: 'x', ...rule }, mapping, { access: rowAccess })({ x: text, ...more })

test('units convert exactly by their definitions', () => {
  const cases: readonly (readonly [path: string, unit: Unit | undefined, text: string, value: number])[] = [
    ['Vehicle.Speed', 'km/h', '63.1', 63.1],
    ['Vehicle.Speed', 'mph', '100', 160.9344],
    ['Vehicle.Speed', 'm/s', '17.5', 63],
    ['Vehicle.Speed', 'knots', '34', 62.968],
    ['Vehicle.Acceleration.Lateral', 'g', '-1', -9.80665],
    ['Vehicle.Exterior.AirTemperature', 'Fahrenheit', '-40', -40],
    ['Vehicle.Exterior.AirTemperature', 'Fahrenheit', '68', 20],
    ['Vehicle.Exterior.AirTemperature', 'Kelvin', '273.15', 0],
    ['Vehicle.AngularVelocity.Yaw', 'rad/s', '1', 57.2957795],
    ['Vehicle.CurrentLocation.Altitude', 'ft', '1000', 304.8],
    ['Vehicle.Powertrain.TractionBattery.CurrentPower', 'kW', '-7.2', -7200],
    ['Vehicle.OBD.FuelRate', 'gal/h', '1', 3.78541178],
  ]
  for (const [path, unit, text, value] of cases)
    assert.equal(valueOf(path, unit === undefined ? {} : { unit }, text), value, `${text} ${unit}`)
  assert.equal(conversion('mph', 'm'), undefined)
  assert.equal(conversion('A', 'W'), undefined)
})

test('every unit converts to another of its kind and back, and every signal in a unit can be mapped', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...units),
      fc.constantFrom(...units),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      (from, to, value) => {
        const [there, back] = [conversion(from, to), conversion(to, from)]
        assert.equal(there === undefined, back === undefined)
        if (there === undefined || back === undefined) return
        const returned = (value * there.factor + there.offset) * back.factor + back.offset
        assert.ok(
          Math.abs(returned - value) <= 1e-6 * Math.max(1, Math.abs(value)),
          `${from} ${to} ${value} ${returned}`,
        )
      },
    ),
  )
  for (const { path, unit } of vssSignals) {
    const kind = vssCatalogue.rule(path)?.kind
    if (unit !== undefined && (kind === 'real' || kind === 'whole'))
      assert.notEqual(conversion(unit, unit), undefined, `${path} in ${unit}`)
  }
})

test('what is no number in the stated form is invalid, and never another number', () => {
  const speed = (text: string, rule: Partial<SignalRule> = {}): unknown =>
    valueOf('Vehicle.Speed', { unit: 'km/h', ...rule }, text)
  const none = { invalid: 'not-a-number' }
  assert.equal(speed('1.2e1'), 12)
  for (const text of ['12,5', '1,234.5', '0x1F', '12 km/h', 'Infinity', '1_000', '--1', '٣'])
    assert.deepEqual((speed(text) as { invalid?: string }).invalid, none.invalid, text)
  assert.equal(speed('12,5', { decimal: ',' }), 12.5)
  for (const text of ['12.5', '1.234,5', '1,2,3'])
    assert.deepEqual((speed(text, { decimal: ',' }) as { invalid?: string }).invalid, none.invalid)
  assert.equal(speed('48.0 kilometer_per_hour', { suffix: 'kilometer_per_hour' }), 48)
  assert.deepEqual(
    (speed('48.0 mile_per_hour', { suffix: 'kilometer_per_hour' }) as { invalid?: string }).invalid,
    none.invalid,
  )
})

test("a two's complement that was read without its sign gets it back, in every width", () => {
  fc.assert(
    fc.property(fc.constantFrom(8 as const, 16 as const, 24 as const, 32 as const), fc.nat(), (bits, seed) => {
      const value = (seed % 2 ** Math.min(bits - 1, 31)) * (seed % 2 === 0 ? 1 : -1)
      const raw = value < 0 ? value + 2 ** bits : value
      assert.equal(valueOf('Vehicle.CurrentLocation.Altitude', { unit: 'm', bits }, String(raw)), value)
    }),
  )
  assert.equal(valueOf('Vehicle.CurrentLocation.Altitude', { unit: 'm', bits: 8 }, '128'), -128)
  assert.equal(valueOf('Vehicle.CurrentLocation.Altitude', { unit: 'm', bits: 8 }, '127'), 127)
  const tooWide = valueOf('Vehicle.CurrentLocation.Altitude', { unit: 'm', bits: 8 }, '256') as { invalid?: string }
  assert.equal(tooWide.invalid, 'not-a-number')
})

test('unknown is null by its texts and by another field, an unknown word is an unknown code, and none is a zero', () => {
  const rule = { unit: 'km/h', unknown: ['-1', 'nil'], unknownWhen: { field: 'sat', is: ['0', ''] } } as const
  assert.equal(valueOf('Vehicle.Speed', rule, '-1', { sat: '5' }), null)
  assert.equal(valueOf('Vehicle.Speed', rule, 'nil', { sat: '5' }), null)
  assert.equal(valueOf('Vehicle.Speed', rule, '0', { sat: '0' }), null)
  assert.equal(valueOf('Vehicle.Speed', rule, '0', {}), null)
  assert.equal(valueOf('Vehicle.Speed', rule, '0', { sat: '7' }), 0)
  const words = { words: { on: true, off: false } }
  assert.equal(valueOf('Vehicle.Cabin.Door.Row1.DriverSide.IsOpen', words, 'on'), true)
  assert.deepEqual(valueOf('Vehicle.Cabin.Door.Row1.DriverSide.IsOpen', words, 'ajar'), { invalid: 'unknown-code' })
  assert.deepEqual(valueOf('Vehicle.Cabin.Door.Row1.DriverSide.IsOpen', words, 'toString'), { invalid: 'unknown-code' })
})

test('absent is unchanged or unknown as it is stated; where nothing is, it goes by how much of the column is filled', () => {
  const absent = (rule: Partial<SignalRule>, isSparse: boolean, row: Readonly<Record<string, string>>): unknown =>
    openValue('Vehicle.Speed', { field: 'x', unit: 'km/h', ...rule }, mapping, {
      access: rowAccess,
      isSparse: () => isSparse,
    })(row)
  assert.equal(absent({}, false, { x: '' }), null)
  assert.equal(absent({}, true, { x: '' }), undefined)
  assert.equal(absent({}, true, {}), undefined)
  assert.equal(absent({}, false, {}), undefined)
  assert.equal(absent({ absent: 'unknown' }, true, {}), null)
  assert.equal(absent({ absent: 'unchanged' }, false, { x: '' }), undefined)
})

test('a converted number is rounded to nine digits as its text would be', () => {
  const size = fc.integer({ min: -12, max: 14 })
  fc.assert(
    fc.property(
      fc.double({ min: -1, max: 1, noNaN: true }),
      size,
      fc.constantFrom(1, 1.852, 3.6, 1000, 0.001),
      (part, power, factor) => {
        for (const value of [part * 10 ** power * factor, Math.round(part * 10 ** power) * factor])
          assert.ok(Object.is(nineDigits(value), Number(value.toPrecision(9)) + 0), String(value))
      },
    ),
    { numRuns: 5000 },
  )
  // Its product with a power of ten is a middle, and it is not.
  assert.equal(nineDigits(1.000000005), Number((1.000000005).toPrecision(9)))
})

test('a unit told beside the value is the one it is in, and an unknown one is an unknown code', () => {
  const unit = { field: 'u', are: { km: 'km', miles: 'mi' } } as const
  const odometer = (u: string): unknown => valueOf('Vehicle.TraveledDistance', { unit }, '10', { u })
  assert.equal(odometer('km'), 10_000)
  assert.equal(odometer('miles'), 16_093)
  assert.deepEqual(odometer('leagues'), { invalid: 'unknown-code' })
})

test('of several other fields any makes the value unknown', () => {
  const unknownWhen = [
    { field: 'valid', is: ['false'] },
    { field: 'old', is: ['true'] },
  ]
  const speed = (valid: string, old: string): unknown =>
    valueOf('Vehicle.Speed', { unit: 'km/h', unknownWhen }, '5', { valid, old })
  assert.deepEqual([speed('true', 'false'), speed('false', 'false'), speed('true', 'true')], [5, null, null])
})
