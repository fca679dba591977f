// What a file says of vehicles, from the setting to the API: a fixed sender has a twin and no trip, a van the signals of its model, and a vehicle of which nothing is said is no car in words. Roles are
// in threads of their own, so that what they are given is what is read from the file.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import type { Listing, Trip, VehicleDetail } from '../src/api/contract.ts'
import { signIn } from './support/api-client.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'

const overlay = fileURLToPath(new URL('../docs/examples/acme.json', import.meta.url))
const vehiclesFile = fileURLToPath(new URL('../docs/examples/vehicles.json', import.meta.url))

test('kinds and models of a file change what is derived and told of its vehicles, and of no other', async () => {
  using folder = temporaryFolder()
  const settings = { ROADSTREAM_VEHICLES: vehiclesFile, ROADSTREAM_SIGNALS: `${overlay} for Acme Cooler version 2.*` }
  await using system = await startSystem({ dataDir: folder.path, settings })
  const at = Date.now() - 600_000
  const vehicles = ['van-1', 'rsu-gate', 'stranger']
  for (const vehicle of vehicles) {
    const { stdout: password } = await runCommand(['password', `demo/${vehicle}`], { ...settings, ROADSTREAM_DATA: folder.path })
    const client = await connectAsync(system.mqttUrl, {
      clientId: `demo/${vehicle}`,
      username: `demo/${vehicle}`,
      password: password.trim(),
    })
    const samples = Array.from({ length: 120 }, (_, second) => ({
      at: at + second * 1000,
      signals: { 'Vehicle.Speed': 50, 'Vehicle.Acme.Cargo.Load': '812' },
    }))
    await client.publishAsync(`v1/demo/${vehicle}/up/telemetry`, JSON.stringify({ boot: '9f86d081884c7d65', seq: 0, samples }), { qos: 1 })
    await client.endAsync()
  }
  const api = await signIn(system.setupUrl ?? '')
  await api.untilRead()
  const told = async (vehicle: string) => {
    const { kind, model, version, signals } = await api.get<VehicleDetail>(`/vehicles/${vehicle}`)
    const load = signals.find(({ path }) => path === 'Vehicle.Acme.Cargo.Load')
    const { rows } = await api.get<Listing<Trip>>(`/trips?vehicle=${vehicle}`)
    return [kind, model, version, load?.value, load?.unit, rows.length]
  }
  assert.deepEqual(await Promise.all(vehicles.map(told)), [
    ['van', 'Acme Cooler', '2.1', 812, 'kg', 1],
    ['fixed', null, null, '812', null, 0],
    [null, null, null, '812', null, 1],
  ])
  assert.equal(await system.stop(), 0)
})

test('a file of vehicles that is wrong starts nothing, and is told with file, field and remedy', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'vehicles.json')
  writeFileSync(file, JSON.stringify({ vehicles: [{ vehicle: 'a', kind: 'lorry' }] }))
  const { code, stderr } = await runCommand(['start'], { ROADSTREAM_DATA: join(folder.path, 'data'), ROADSTREAM_VEHICLES: file })
  assert.equal(code, 2)
  assert.ok(stderr.includes(`ROADSTREAM_VEHICLES: ${file}: vehicles[0].kind is one of "car", "van",`), stderr)
})
