// Cars with wrong clocks, and of which only receipts are known, through the whole system: one sends
// what was measured 530 days ago, as a recording does, one is twenty hours ahead. Both are heard
// now; only the first may be moving now.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Listing, PositionsEvent, Trip, VehicleDetail, VehicleListing } from '../src/api/contract.ts'
import { openSse } from '../src/api/live/sse-client.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { openVehicle } from '../src/vehicle/vehicle.ts'
import { signIn } from './support/api-client.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const hourMs = 3_600_000

test('a recording is heard now and measured long ago; a car whose clock is ahead is heard, marked, and not moving', async () => {
  using folder = temporaryFolder()
  await using system = await startSystem({ dataDir: folder.path })
  const client = await signIn(system.setupUrl ?? assert.fail('no setup link'))
  const offsets = { recording: -530 * 24 * hourMs, ahead: 20 * hourMs }
  const startedAt = Date.now()
  const secrets = openSecrets(folder.path)
  for (const [vehicle, offsetMs] of Object.entries(offsets)) {
    const ref = { tenant: 'demo', vehicle }
    await using car = openVehicle({
      url: system.mqttUrl,
      ref,
      password: vehiclePassword(secrets.fleetKey('demo'), ref),
    })
    const signals = {
      'Vehicle.Speed': 50,
      'Vehicle.CurrentLocation.Latitude': -34.9,
      'Vehicle.CurrentLocation.Longitude': -56.1,
    }
    car.send('telemetry', { samples: [{ at: startedAt + offsetMs, signals }] })
    assert.ok(await car.flush(20_000), JSON.stringify(car.stats))
  }
  await client.untilRead()

  const ids = async (query: string): Promise<string> =>
    (await client.get<VehicleListing>(`/vehicles?${query}`)).rows.map(({ vehicle }) => vehicle).join()
  assert.equal(await ids('state=moving'), 'recording')
  assert.equal(await ids('state=parked'), 'ahead')
  assert.equal(await ids('state=silent'), '')
  const recording = await client.get<VehicleDetail>('/vehicles/recording')
  assert.deepEqual([recording.at, recording.carClock?.state], [startedAt + offsets.recording, 'right'])
  assert.ok((recording.receivedAt ?? 0) >= startedAt)
  const ahead = await client.get<VehicleDetail>('/vehicles/ahead')
  assert.equal(ahead.carClock?.state, 'ahead')
  assert.equal(ahead.signals.find(({ path }) => path === 'Vehicle.Speed')?.clockDoubt, 'ahead')

  const feed = await openSse(`${client.url}/api/v1/live?feeds=positions`, { cookie: client.cookie })
  const seen = new Map<string, { at: number; receivedAt: number; speedKmh: number }>()
  const names = new Map<number, string>()
  while (seen.size < 2) {
    const { event, data } = await feed.next()
    if (event !== 'positions') continue
    const positions = data as PositionsEvent
    for (const [number, vehicle] of positions.names) names.set(number, vehicle)
    for (const [row, number] of positions.number.entries())
      seen.set(names.get(number) ?? '', {
        at: positions.at[row]!,
        receivedAt: positions.receivedAt[row]!,
        speedKmh: positions.speedKmh[row]!,
      })
  }
  feed.close()
  assert.deepEqual(seen.get('recording'), { at: recording.at, receivedAt: recording.receivedAt, speedKmh: 50 })
  assert.deepEqual(seen.get('ahead'), { at: ahead.at, receivedAt: ahead.receivedAt, speedKmh: -1 })
  assert.equal(await system.stop(), 0)
})

test('a car of which only receipts are known says so in its values and its trip, through the whole system', async () => {
  using folder = temporaryFolder()
  await using system = await startSystem({ dataDir: folder.path })
  const client = await signIn(system.setupUrl ?? assert.fail('no setup link'))
  const ref = { tenant: 'demo', vehicle: 'told' }
  const fromAt = Date.now() - 120_000
  await using car = openVehicle({
    url: system.mqttUrl,
    ref,
    password: vehiclePassword(openSecrets(folder.path).fleetKey('demo'), ref),
  })
  const samples = Array.from({ length: 60 }, (_, second) => ({
    at: fromAt + second * 1000,
    signals: { 'Vehicle.Speed': 36 },
    clock: 'received' as const,
  }))
  car.send('telemetry', { samples })
  car.send('event', { event: 'ignition-off', at: fromAt + 60_000 })
  assert.ok(await car.flush(20_000), JSON.stringify(car.stats))
  await client.untilRead()
  const told = await client.get<VehicleDetail>('/vehicles/told')
  assert.deepEqual(
    told.signals.map(({ path, at, clock }) => [path, at, clock]),
    [['Vehicle.Speed', fromAt + 59_000, 'received']],
  )
  const trips = await client.get<Listing<Trip>>('/trips?vehicle=told')
  assert.deepEqual(
    trips.rows.map(({ startAt, clock, clockDoubt }) => [startAt, clock, clockDoubt]),
    [[fromAt, 'received', null]],
  )
  assert.equal(await system.stop(), 0)
})
