import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCatalogue, createCatalogueOf, otherAirbagRule, vssCatalogue } from './catalogue.ts'
import { checkMessage } from './message-check.ts'
import { createVehicles } from './vehicles.ts'
import type { VssSignal } from './vss.ts'

const own = (path: string, datatype: VssSignal['datatype'], more: Partial<VssSignal> = {}): VssSignal => ({
  path: `Vehicle.${path}`,
  type: 'sensor',
  datatype,
  group: 'Acme',
  ...more,
})
const catalogue = createCatalogue([
  own('Acme.Temperature', 'float', { unit: 'Celsius', min: -40, max: 60 }),
  own('Acme.Mode', 'uint8', { allowed: ['0', '1', '3'] }),
  own('Acme.Door', 'string', { allowed: ['OPEN', 'CLOSED'] }),
  own('Acme.Seals', 'string[]', { allowed: ['A', 'B'] }),
  own('Acme.IsOn', 'boolean'),
  own('Acme.Serial', 'uint64'),
  own('Acme.Offset', 'int32'),
  own('Acme.Box', 'Types.Box'),
  own('Acme.Cells', 'float[]', { unit: 'V' }),
  own('Cabin.Seat.Row2.Middle.Airbag.IsDeployed', 'boolean'),
  own('OBD.FuelRate', 'uint8', { unit: 'l/h', max: 10 }),
])

function taken(path: string, value: unknown): unknown {
  const message = {
    boot: '0123456789abcdef',
    seq: 0,
    samples: [{ at: 1_764_338_400_000, signals: { [`Vehicle.${path}`]: value } }],
  }
  const checked = checkMessage(message, catalogue)
  assert.ok(checked.ok && 'samples' in checked.value)
  return checked.value.samples[0]?.signals[`Vehicle.${path}`]
}

test('values of own signals are taken by type, range and words, as ours are', () => {
  for (const [path, value, expected] of [
    ['Acme.Temperature', '-18.5', -18.5],
    ['Acme.Temperature', 61, { invalid: 'range', value: 61 }],
    ['Acme.Temperature', true, { invalid: 'type', value: true }],
    ['Acme.Mode', 3, 3],
    ['Acme.Mode', '1', 1],
    ['Acme.Mode', 2, { invalid: 'not-allowed', value: 2 }],
    ['Acme.Mode', 256, { invalid: 'range', value: 256 }],
    ['Acme.Door', 'open', 'OPEN'],
    ['Acme.Door', 'AJAR', { invalid: 'not-allowed', value: 'AJAR' }],
    ['Acme.Seals', ['A'], ['A']],
    ['Acme.Seals', ['A', 'C'], { invalid: 'not-allowed', value: '["A","C"]' }],
    ['Acme.IsOn', 1, true],
    ['Acme.Serial', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['Acme.Serial', 2 ** 53, { invalid: 'range', value: 2 ** 53 }],
    ['Acme.Offset', -(2 ** 31), -(2 ** 31)],
    ['Acme.Offset', 2 ** 31, { invalid: 'range', value: 2 ** 31 }],
    ['Acme.Box', { shelf: 1 }, { invalid: 'form', value: '{"shelf":1}' }],
    ['Acme.Cells', [3.7], { invalid: 'form', value: '[3.7]' }],
    ['Acme.Unnamed', 'as it came', 'as it came'],
  ] as const)
    assert.deepEqual(taken(path, value), expected, `${path} ${JSON.stringify(value)}`)
})

test('the rules of VSS, and of all else that jobs read, are the same whatever is added', () => {
  for (const { path } of vssCatalogue.signals) assert.deepEqual(catalogue.rule(path), vssCatalogue.rule(path), path)
  assert.equal(catalogue.rule('Vehicle.Cabin.Seat.Row2.Middle.Airbag.IsDeployed'), otherAirbagRule)
  assert.equal(taken('OBD.FuelRate', 12.34), 12.34)
  assert.equal(catalogue.find('Vehicle.OBD.FuelRate')?.unit, 'l/h')
})

test('own signals stand behind those of VSS, by path', () => {
  const paths = catalogue.signals.map(({ path }) => path)
  const { length } = vssCatalogue.signals
  assert.deepEqual(
    paths.slice(0, length),
    vssCatalogue.signals.map(({ path }) => path),
  )
  assert.deepEqual(paths.slice(length), paths.slice(length).toSorted())
})

test('signals that are of some models are unknown in vehicles of others, of other versions, and of models that nobody knows', () => {
  const of = createCatalogueOf(
    [
      own('Acme.All', 'uint8'),
      own('Acme.Cargo', 'uint8', { models: [{ model: 'Cargo*', version: '2.*' }] }),
      own('Acme.Both', 'uint8', { models: [{ model: 'Cargo L' }, { model: 'Bus' }] }),
    ],
    createVehicles([
      { vehicle: 'l-1', model: 'Cargo L', version: '1.9' },
      { vehicle: 'l-2', model: 'Cargo L', version: '2.0' },
      { vehicle: 'l-*', model: 'Cargo L' },
      { vehicle: 'xl', model: 'Cargo XL', version: '2.4' },
      { vehicle: 'bus', model: 'Bus', version: '2.0' },
      { vehicle: 'kind', kind: 'van' },
    ]),
  )
  const known = (vehicle: string): string =>
    ['All', 'Cargo', 'Both'].filter((name) => of(`demo/${vehicle}`).rule(`Vehicle.Acme.${name}`) !== undefined).join()
  assert.deepEqual(
    ['l-1', 'l-2', 'l-3', 'xl', 'bus', 'kind', 'other'].map((vehicle) => [vehicle, known(vehicle)]),
    [
      ['l-1', 'All,Both'],
      ['l-2', 'All,Cargo,Both'],
      ['l-3', 'All,Both'],
      ['xl', 'All,Cargo'],
      ['bus', 'All,Both'],
      ['kind', 'All'],
      ['other', 'All'],
    ],
  )
  assert.equal(of('demo/l-1'), of('demo/bus'), 'vehicles with the same signals have one catalogue')
  assert.equal(of('demo/other').find('Vehicle.Speed'), vssCatalogue.find('Vehicle.Speed'))
})
