// Messages as units of other people send them, from their public bug reports: through the gateway
// into the log, and from there to the twin and the ledger.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerEntry } from '../read-models/ledger/ledger.ts'
import type { Twin } from '../model/twin.ts'
import { driveJobs } from '../engine/job-driver.ts'
import { jobs } from '../jobs/jobs.ts'
import { openConnected, openTestGateway, publishPacket } from './gateway.testing.ts'

const boot = '00000000000000a1'
const at = 1_795_850_000_000

/** Publishes each, and gives the answers and what the jobs make of the log. */
async function say(payloads: readonly (string | object)[], stream = 'telemetry') {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  const reasons: number[] = []
  for (const [n, payload] of payloads.entries()) {
    const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
    car.send(publishPacket(5, `v1/acme/car-1/up/${stream}`, bytes, { packetId: n + 1 }))
    reasons.push((await car.expect('puback')).reasonCode ?? 0)
  }
  const records = [
    ...(await it.stored('telemetry')),
    ...(await it.stored('critical')),
    ...(await it.stored('dead-letter')),
  ]
  const driver = driveJobs(jobs)
  driver.feed(records)
  const results = driver.results()
  return {
    reasons,
    records,
    twin: results.get('twin acme/car-1') as Twin | undefined,
    ledger: results.get(`ledger acme/car-1/${stream}`) as LedgerEntry | undefined,
  }
}

const valuesOf = (twin: Twin | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(twin?.signals ?? {}).map(([path, { value }]) => [path.replace('Vehicle.', ''), value]),
  )

const sample = (seq: number, signals: object) => ({ boot, seq, samples: [{ at: at + seq * 1000, signals }] })

test('one bad value of many: the others are kept, and nothing is a dead letter', async () => {
  const { reasons, twin, ledger } = await say([
    sample(0, { 'Vehicle.Speed': 50, 'Vehicle.Powertrain.Transmission.CurrentGear': { invalid: true } }),
    `{"boot":"${boot}","seq":1,"samples":[{"at":${at + 1000},"signals":{"Vehicle.Speed":51,"Vehicle.Exterior.AirTemperature":NaN}}]}`,
    sample(2, { 'Vehicle.Speed': 52, 'Vehicle.Maker.Location': { lat: 52.5, lon: 13.4 } }),
    sample(3, { 'Vehicle.Speed': 53, 'Vehicle.Maker.CellVoltages': [3.71, 3.72] }),
    sample(4, { 'Vehicle.Speed': 54, 'Vehicle.Maker.inside-temp': 21 }),
    sample(5, { 'Vehicle.Speed': 55, 'vehicle.speed': 55 }),
  ])
  assert.deepEqual(reasons, [0, 0, 0, 0, 0, 0])
  assert.deepEqual(valuesOf(twin), {
    Speed: 55,
    'Powertrain.Transmission.CurrentGear': { invalid: 'unspecified' },
    'Exterior.AirTemperature': { invalid: 'not-a-number' },
    'Maker.Location': { invalid: 'form', value: '{"lat":52.5,"lon":13.4}' },
    'Maker.CellVoltages': { invalid: 'form', value: '[3.71,3.72]' },
  })
  assert.deepEqual([ledger?.stored, ledger?.refused], [6, 0])
})

test('types of other people: what can mean one thing only is taken, the rest is told for invalid', async () => {
  const { twin } = await say([
    sample(0, {
      'Vehicle.Speed': '63.2',
      'Vehicle.IsMoving': 1,
      'Vehicle.LowVoltageSystemState': 'On',
      'Vehicle.Powertrain.FuelSystem.RelativeLevel': 54.9,
      'Vehicle.Chassis.SteeringWheel.Angle': -12.5,
      'Vehicle.Chassis.Accelerator.PedalPosition': 33.3,
      'Vehicle.Diagnostics.DTCList': 'P0301',
      'Vehicle.CurrentLocation.Heading': -90,
      'Vehicle.Powertrain.Transmission.CurrentGear': 'D',
      'Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure': 241.3,
    }),
  ])
  assert.deepEqual(valuesOf(twin), {
    Speed: 63.2,
    IsMoving: true,
    LowVoltageSystemState: 'ON',
    'Powertrain.FuelSystem.RelativeLevel': 55,
    'Chassis.SteeringWheel.Angle': -12,
    'Chassis.Accelerator.PedalPosition': 33,
    'Diagnostics.DTCList': { invalid: 'type', value: 'P0301' },
    'CurrentLocation.Heading': { invalid: 'range', value: -90 },
    'Powertrain.Transmission.CurrentGear': { invalid: 'type', value: 'D' },
    'Chassis.Axle.Row1.Wheel.Left.Tire.Pressure': 241,
  })
})

test('an odometer of all ones and air of −128 °C are not available, and never shown as a measurement', async () => {
  const { twin } = await say([
    sample(0, { 'Vehicle.TraveledDistance': 48_152_000, 'Vehicle.Exterior.AirTemperature': 11.5 }),
    sample(60, { 'Vehicle.TraveledDistance': 4_294_967_295, 'Vehicle.Exterior.AirTemperature': -128 }),
  ])
  assert.deepEqual(valuesOf(twin), {
    TraveledDistance: { invalid: 'not-available', value: 4_294_967_295 },
    'Exterior.AirTemperature': { invalid: 'not-available', value: -128 },
  })
})

test('instants of other people: all but seconds are taken, and those are stored and counted', async () => {
  const instants = [
    '1795850000',
    '1795850001000000',
    '1795850002000.25',
    '"1795850003000"',
    '"2026-11-28T07:13:24Z"',
    '1795850005000',
  ]
  const payloads = instants.map(
    (instant, seq) =>
      `{"boot":"${boot}","seq":${seq},"samples":[{"at":${instant},"signals":{"Vehicle.Speed":${seq}}}]}${seq === 5 ? '\u0000' : ''}`,
  )
  const { reasons, twin, ledger, records } = await say(payloads)
  assert.deepEqual(reasons, [0, 0, 0, 0, 0, 0])
  assert.deepEqual([ledger?.stored, ledger?.refused, ledger?.missing], [6, 0, 0])
  const speed = twin?.signals['Vehicle.Speed']
  assert.deepEqual([speed?.value, speed?.at], [5, at + 5000])
  assert.deepEqual(
    records.map((record) => (record.at === record.receivedAt ? 'receipt' : record.at - at)),
    ['receipt', 1000, 2000, 3000, 4000, 5000],
  )
})

test('a clock that is not set: the good samples of the message stand, and the airbag event is stored at its receipt', async () => {
  const samples = [
    { at: 5000, signals: { 'Vehicle.Speed': 40 } },
    { at, signals: { 'Vehicle.Speed': 41 } },
    { at: at + 1000, signals: { 'Vehicle.Speed': 42 } },
  ]
  const driven = await say([{ boot, seq: 0, samples }])
  assert.deepEqual([driven.reasons, driven.twin?.signals['Vehicle.Speed']?.value], [[0], 42])
  const { reasons, records } = await say([{ boot, seq: 0, event: 'airbag-deployed', at: 9000 }], 'critical')
  assert.deepEqual(
    [reasons, records.map(({ topic, at, receivedAt }) => [topic, at === receivedAt])],
    [[0], [['critical', true]]],
  )
})
