// Publishers with forms of their own from their broker to the API: with the mappings that come with
// Roadstream, in one process and in one for each role, through a kill of everything.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { MqttClient } from 'mqtt'
import type { LedgerEntry, Listing, SystemState, VehicleDetail } from '../src/api/contract.ts'
import { freePort } from '../src/base/port.testing.ts'
import { openAedes, type AedesBroker } from './support/aedes-broker.ts'
import { openClient } from './support/publishing-client.ts'
import { apiClient, signIn, type ApiClient } from './support/api-client.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const soc = 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current'

function settingsFor(folder: string, broker: AedesBroker): Record<string, string> {
  const senders = join(folder, 'senders.json')
  writeFileSync(senders, JSON.stringify({ ovms: { CAR7: 'leaf' }, owntracks: { 'ana/phone': 'leaf' } }))
  return {
    ROADSTREAM_BRIDGE: broker.url,
    // Aedes has no shared subscriptions.
    ROADSTREAM_BRIDGE_GROUP: '',
    ROADSTREAM_MAPPINGS: 'ovms,owntracks',
    ROADSTREAM_SENDERS: senders,
  }
}

const untilSubscribed = async (broker: AedesBroker): Promise<void> => {
  while (!broker.hasSubscriber('owntracks/+/+')) await wait(10)
}

/** One second of an OVMS unit. */
async function ovms(client: MqttClient, speed: number, car = 'CAR7'): Promise<void> {
  const to = (metric: string) => `ovms/fleet/${car}/metric/${metric}`
  await client.publishAsync(to('v/p/speed'), String(speed), { qos: 1 })
  await client.publishAsync(to('v/b/soc'), '71.5', { qos: 1 })
}

const location = (at: number, lat: number): string =>
  JSON.stringify({ _type: 'location', lat, lon: -56.2, tst: Math.floor(at / 1000), vel: 40 })

/** Values of the vehicle by path; none while it is not known. */
async function twinOf(api: ApiClient): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${api.url}/api/v1/vehicles/leaf`, { headers: { cookie: api.cookie } })
  if (response.status !== 200) return {}
  const { signals } = (await response.json()) as VehicleDetail
  return Object.fromEntries(signals.map(({ path: name, value }) => [name, value]))
}

async function untilTold(api: ApiClient, path: string, value: unknown): Promise<void> {
  while ((await twinOf(api))[path] !== value) await wait(100)
}

const ledgerOf = async (api: ApiClient): Promise<Record<string, LedgerEntry>> =>
  Object.fromEntries(
    (await api.get<Listing<LedgerEntry>>('/ledger?vehicle=leaf')).rows.map((entry) => [entry.stream, entry]),
  )

test(
  'what OVMS and OwnTracks publish at another broker is a vehicle of ours, through a kill of all',
  { timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    await using broker = await openAedes()
    const settings = settingsFor(folder.path, broker)
    await using opened = await openClient(broker.url)
    const { client } = opened
    await client.publishAsync('ovms/fleet/CAR7/metric/v/e/temp', '12', { qos: 1, retain: true })
    let setupUrl: string
    let cookie: string
    {
      await using system = await startSystem({ dataDir: folder.path, settings })
      setupUrl = system.setupUrl!
      await untilSubscribed(broker)
      const api = await signIn(setupUrl)
      cookie = api.cookie
      await ovms(client, 63)
      await untilTold(api, 'Vehicle.Speed', 63)
      const told = await twinOf(api)
      // A message that the broker had kept is old by nobody knows how much.
      assert.deepEqual([told[soc], told['Vehicle.Exterior.AirTemperature']], [71.5, undefined])
      await ovms(client, 64)
      // Stored or not, and translated or not.
      await system.kill()
    }
    // The broker keeps what comes meanwhile.
    await ovms(client, 65)
    await ovms(client, 50, 'CAR9')
    const at = Date.now()
    await client.publishAsync('owntracks/ana/phone', location(at, -34.9), { qos: 1 })
    await client.publishAsync('owntracks/ana/phone', location(at - 3_600_000, -34.8), { qos: 1 })
    await client.publishAsync('owntracks/ana/phone', 'no json', { qos: 1 })
    await using system = await startSystem({ dataDir: folder.path, settings })
    const api = apiClient(new URL(system.dashboardUrl).origin, cookie)
    await untilTold(api, 'Vehicle.CurrentLocation.Latitude', -34.9)
    await untilTold(api, 'Vehicle.Speed', 65)
    await api.untilRead()
    // The ledger says what it counts some seconds later.
    let counted = await ledgerOf(api)
    for (; counted['snapshot'] === undefined || counted['foreign'] === undefined; counted = await ledgerOf(api))
      await wait(100)
    const { telemetry, snapshot, foreign } = counted
    assert.deepEqual([telemetry!.missing, telemetry!.duplicate, telemetry!.refused, telemetry!.reused], [0, 0, 0, 0])
    assert.equal(telemetry!.sent, telemetry!.stored)
    assert.ok(snapshot.stored >= 1 && snapshot.missing === 0)
    assert.deepEqual([foreign.refused, foreign.stored], [1, 0])
    const state = await api.get<SystemState>('/system')
    assert.deepEqual(
      state.anomalies.map(({ kind }) => kind),
      ['refused'],
    )
    const [first, second] = state.publishers!
    assert.deepEqual(
      [first!.mapping, first!.unknown.map(({ foreignId }) => foreignId), first!.refused[0]!.reason],
      ['ovms', ['CAR9'], 'unknown-sender'],
    )
    assert.deepEqual(
      [second!.mapping, second!.taken, second!.said, second!.refused],
      ['owntracks', 3, 2, [{ reason: 'not-json', count: 1 }]],
    )
    assert.deepEqual(
      (await api.get<Listing<{ vehicle: string }>>('/vehicles')).rows.map(({ vehicle }) => vehicle),
      ['leaf'],
    )
  },
)

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

type Process = AsyncDisposable & { said(pattern: RegExp): Promise<string> }

function startRole(role: string, settings: Readonly<Record<string, string>>): Process {
  const env = {
    ...process.env,
    ...settings,
    NODE_NO_WARNINGS: '1',
    ROADSTREAM_HTTP: '127.0.0.1:0',
    ROADSTREAM_METRICS: '127.0.0.1:0',
  }
  const child: ChildProcess = spawn(process.execPath, [main, role], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', (more: string) => (text += more))
  return {
    async said(pattern) {
      for (let found = pattern.exec(text); ; found = pattern.exec(text)) {
        if (found !== null) return found[1] ?? found[0]
        assert.equal(child.exitCode, null, `${role}: ${text}`)
        await once(child.stdout!, 'data')
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

test('the roles take them as well each in a process of its own', { timeout: 240_000 }, async () => {
  using folder = temporaryFolder()
  await using broker = await openAedes()
  const settings = { ...settingsFor(folder.path, broker), ROADSTREAM_DATA: join(folder.path, 'data') }
  await using apiRole = startRole('api', settings)
  const api = await signIn(await apiRole.said(/(http:\S+\/setup\?token=\S+)/))
  assert.equal((await api.get<SystemState>('/system')).publishers, null)
  await using gateway = startRole('gateway', settings)
  await gateway.said(/running on/)
  await untilSubscribed(broker)
  await using opened = await openClient(broker.url)
  const { client } = opened
  await ovms(client, 77)
  await using jobs = startRole('jobs', settings)
  await jobs.said(/running on/)
  await untilTold(api, 'Vehicle.Speed', 77)
  const [first] = (await api.get<SystemState>('/system')).publishers!
  assert.deepEqual([first!.mapping, first!.taken], ['ovms', 2])
  const metrics = await (await fetch((await jobs.said(/metrics on (\S+)/)).replace(/\/metrics$/, '/metrics'))).text()
  assert.match(metrics, /roadstream_publishers_said_total\{mapping="ovms"\} 1/)
})

test(
  'apps and webhooks send by HTTP to a listener of ours, beside cars at our gateway',
  { timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    const port = await freePort()
    const secret = 'c0ffee'.repeat(8)
    const key = 'application management token'
    const file = (name: string, content: object): string => {
      writeFileSync(join(folder.path, name), JSON.stringify(content), { mode: 0o644 })
      return join(folder.path, name)
    }
    await using system = await startSystem({
      dataDir: join(folder.path, 'data'),
      settings: {
        ROADSTREAM_MAPPINGS: 'owntracks,smartcar',
        ROADSTREAM_SENDERS: file('senders.json', { owntracks: { 'ana/phone': 'leaf' }, smartcar: { 'id-7': 'leaf' } }),
        ROADSTREAM_PUBLISHERS_HTTP: `127.0.0.1:${port}`,
        ROADSTREAM_PUBLISHERS_SECRETS: file('secrets.json', { owntracks: { secret }, smartcar: { key } }),
        ROADSTREAM_LOG_LEVEL: 'trace',
      },
    })
    const api = await signIn(system.setupUrl!)
    const url = `http://127.0.0.1:${port}`
    const send = (path: string, body: string, headers = {}) =>
      fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
    const at = Date.now()
    assert.equal((await send('/owntracks?u=ana&d=phone', location(at, -34.7))).status, 401)
    assert.equal((await send(`/owntracks/${secret}?u=ana&d=phone`, location(at, -34.9))).status, 200)
    const meta = { oemUpdatedAt: at - 86_400_000, retrievedAt: at }
    const signals = [
      {
        code: 'tractionbattery-stateofcharge',
        body: { value: 71.5, unit: 'percent' },
        status: { value: 'SUCCESS' },
        meta,
      },
    ]
    const event = JSON.stringify({
      eventType: 'VEHICLE_STATE',
      data: { vehicle: { id: 'id-7' }, signals },
      meta: { deliveredAt: at },
    })
    assert.equal((await send('/smartcar/', event)).status, 401)
    assert.equal(
      (await send('/smartcar/', event, { 'sc-signature': createHmac('sha256', key).update(event).digest('hex') }))
        .status,
      200,
    )
    await untilTold(api, 'Vehicle.CurrentLocation.Latitude', -34.9)
    await untilTold(api, soc, 71.5)
    const { publishers, anomalies } = await api.get<SystemState>('/system')
    assert.deepEqual(
      publishers!.map(({ mapping, taken, said, refused }) => [mapping, taken, said, refused]),
      [
        ['owntracks', 1, 1, []],
        ['smartcar', 1, 1, []],
      ],
    )
    assert.deepEqual(anomalies, [])
    assert.ok(system.said().includes(`publishers  http://127.0.0.1:${port}/MAPPING/SECRET/`))
    assert.ok(!system.said().includes(secret) && !system.said().includes(key))
    assert.equal(system.said().split('chmod 600 it').length - 1, process.platform === 'win32' ? 0 : 1)
    assert.equal(await system.stop(), 0)
  },
)
