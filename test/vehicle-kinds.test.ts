// Facts of vehicles in a file, from the setting to the API: a fixed sender has a twin and no trip,
// a van the signals of its model, and a vehicle of which nothing is said is no car in words. Roles
// are in threads of their own, so that what they are given is what is read from the file.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import type { Listing, Trip, VehicleDetail } from '../src/api/contract.ts'
import { apiClient, signIn, type ApiClient } from './support/api-client.ts'
import { runCommand, startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'

const overlay = fileURLToPath(new URL('../docs/examples/acme.json', import.meta.url))
const vehiclesFile = fileURLToPath(new URL('../docs/examples/vehicles.json', import.meta.url))

/** Two minutes of a drive in one message. */
async function drive(
  { mqttUrl }: RunningSystem,
  { vehicle, dataDir, startAt, seq = 0 }: { vehicle: string; dataDir: string; startAt: number; seq?: number },
): Promise<void> {
  const { stdout: password } = await runCommand(['password', `demo/${vehicle}`], { ROADSTREAM_DATA: dataDir })
  const client = await connectAsync(mqttUrl, {
    clientId: `demo/${vehicle}`,
    username: `demo/${vehicle}`,
    password: password.trim(),
  })
  const samples = Array.from({ length: 120 }, (_, second) => ({
    at: startAt + second * 1000,
    signals: { 'Vehicle.Speed': 50, 'Vehicle.Acme.Cargo.Load': '812' },
  }))
  await client.publishAsync(
    `v1/demo/${vehicle}/up/telemetry`,
    JSON.stringify({ boot: '9f86d081884c7d65', seq, samples }),
    { qos: 1 },
  )
  await client.endAsync()
}

test('kinds and models of a file change what is derived and told of its vehicles, and of no other', async () => {
  using folder = temporaryFolder()
  const settings = { ROADSTREAM_VEHICLES: vehiclesFile, ROADSTREAM_SIGNALS: `${overlay} for Acme Cooler version 2.*` }
  await using system = await startSystem({ dataDir: folder.path, settings })
  const vehicles = ['van-1', 'rsu-gate', 'stranger']
  for (const vehicle of vehicles) await drive(system, { vehicle, dataDir: folder.path, startAt: Date.now() - 600_000 })
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

test('a sender that is said to be fixed after a kill loses its trip when it is heard next', async () => {
  using folder = temporaryFolder()
  const sent = { vehicle: 'rsu-gate', dataDir: folder.path, startAt: Date.now() - 600_000 }
  await using first = await startSystem({ dataDir: folder.path })
  await drive(first, sent)
  const before = await signIn(first.setupUrl ?? '')
  await before.untilRead()
  const tripsOf = async ({ get }: Pick<ApiClient, 'get'>) =>
    (await get<Listing<Trip>>('/trips?vehicle=rsu-gate')).rows.length
  assert.equal(await tripsOf(before), 1)
  await first.kill()
  await using second = await startSystem({ dataDir: folder.path, settings: { ROADSTREAM_VEHICLES: vehiclesFile } })
  await drive(second, { ...sent, startAt: sent.startAt + 180_000, seq: 1 })
  const after = apiClient(second.dashboardUrl, before.cookie)
  await after.untilRead()
  assert.equal(await tripsOf(after), 0)
  assert.equal(await second.stop(), 0)
})

test('a file of vehicles that is wrong starts nothing, and is told with file, field and remedy', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'vehicles.json')
  writeFileSync(file, JSON.stringify({ vehicles: [{ vehicle: 'a', kind: 'lorry' }] }))
  const { code, stderr } = await runCommand(['start'], {
    ROADSTREAM_DATA: join(folder.path, 'data'),
    ROADSTREAM_VEHICLES: file,
  })
  assert.equal(code, 2)
  assert.ok(stderr.includes(`ROADSTREAM_VEHICLES: ${file}: vehicles[0].kind is one of "car", "van",`), stderr)
})
