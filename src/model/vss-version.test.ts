import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkMessage } from './message-check.ts'
import { isBeforeVss6, toVss6 } from './vss-version.ts'
import { findSignal, vssSignals } from './vss.ts'

const messageOf = (signals: Record<string, unknown>, vss?: unknown) => {
  const result = checkMessage({
    boot: '00000000000000a1',
    seq: 0,
    ...(vss !== undefined && { vss }),
    samples: [{ at: 1_795_850_000_000, signals }],
  })
  assert.ok(result.ok && 'samples' in result.value)
  return result.value
}
const signalsOf = (signals: Record<string, unknown>, vss?: unknown) => messageOf(signals, vss).samples[0]!.signals

test('an odometer in kilometres becomes metres where the message says that it speaks an older VSS, and only there', () => {
  for (const vss of ['3.0', '4.0', 'v5.1', 5.1, '4.2.1']) {
    assert.deepEqual(signalsOf({ 'Vehicle.TraveledDistance': 48_152.037 }, vss), {
      'Vehicle.TraveledDistance': 48_152_037,
    })
    assert.deepEqual(signalsOf({ 'Vehicle.TraveledDistance': '48152.5' }, vss), {
      'Vehicle.TraveledDistance': 48_152_500,
    })
  }
  for (const vss of [undefined, '6.0', 7, '6.1'])
    assert.deepEqual(signalsOf({ 'Vehicle.TraveledDistance': 48_152 }, vss), { 'Vehicle.TraveledDistance': 48_152 })
  assert.deepEqual(signalsOf({ 'Vehicle.TraveledDistance': 4_294_967.295 }, '5.0'), {
    'Vehicle.TraveledDistance': { invalid: 'not-available', value: 0xffff_ffff },
  })
})

test('names before 6.0 are those of today, and a signal that is there under both keeps its own', () => {
  assert.deepEqual(
    signalsOf(
      {
        'Vehicle.TravelledDistance': 12.5,
        'Vehicle.Powertrain.CombustionEngine.ECT': 88,
        'Vehicle.Powertrain.FuelSystem.Level': 54.9,
        'Vehicle.Cabin.Seat.Row1.DriverSide.IsOccupied': true,
        'Vehicle.Speed': 50,
      },
      '3.0',
    ),
    {
      'Vehicle.TraveledDistance': 12_500,
      'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature': 88,
      'Vehicle.Powertrain.FuelSystem.RelativeLevel': 55,
      'Vehicle.Cabin.Seat.Row1.DriverSide.OccupancyStatus': 'OCCUPIED',
      'Vehicle.Speed': 50,
    },
  )
  const both = { 'Vehicle.TravelledDistance': 1, 'Vehicle.TraveledDistance': 2 }
  assert.equal(signalsOf(both, '3.1')['Vehicle.TraveledDistance'], 2000)
  assert.equal(signalsOf(both, '6.0')['Vehicle.TraveledDistance'], 2)
})

test('a version that is none is set aside, and the message is taken for 6.0', () => {
  for (const vss of ['latest', '', {}, null, -5, '4.']) {
    assert.equal(isBeforeVss6(vss), undefined)
    const message = messageOf({ 'Vehicle.TraveledDistance': 7 }, vss)
    assert.deepEqual([message.samples[0]!.signals['Vehicle.TraveledDistance'], message.setAside?.[0]?.path], [7, 'vss'])
  }
})

test('no signal is lost, whatever a sample of an older vocabulary holds', () => {
  const path = fc.oneof(
    fc.constantFrom(...vssSignals.map((signal) => signal.path)),
    fc.constantFrom(
      'Vehicle.TravelledDistance',
      'Vehicle.Powertrain.FuelSystem.Level',
      'Vehicle.Body.Lights.IsHazardOn',
      '__proto__',
      'x',
    ),
  )
  fc.assert(
    fc.property(fc.dictionary(path, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 12 }), (signals) => {
      const converted = toVss6(signals)
      assert.equal(Object.keys(converted).length, Object.keys(signals).length)
      for (const name of Object.keys(converted))
        assert.ok(Object.hasOwn(signals, name) || findSignal(name) !== undefined, name)
    }),
  )
})
