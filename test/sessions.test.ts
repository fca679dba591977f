// Operators and the clients of a running system: seen, looked into and disconnected over the API,
// with the gateway in a thread and in a process of its own.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectAsync, type MqttClient } from 'mqtt'
import type {
  ClientSessionDetail,
  ClientSessionListing,
  Disconnection,
  Problem,
  SystemState,
} from '../src/api/contract.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { freePort } from '../src/base/port.testing.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'
import { signIn, type ApiClient } from './support/api-client.ts'

async function connectCar(url: string, dataDir: string, vehicle: string): Promise<MqttClient> {
  const ref = { tenant: 'demo', vehicle }
  const password = vehiclePassword(openSecrets(dataDir).fleetKey(ref.tenant), ref)
  const client = await connectAsync(url, {
    clientId: `demo/${vehicle}`,
    username: `demo/${vehicle}`,
    password,
    protocolVersion: 5,
    clean: false,
    properties: { sessionExpiryInterval: 600 },
    reconnectPeriod: 0,
  })
  await client.subscribeAsync(`v1/demo/${vehicle}/down/#`, { qos: 1 })
  return client
}

const end = async (api: ApiClient, path: string): Promise<Disconnection> => {
  const response = await fetch(`${api.url}/api/v1${path}`, {
    method: 'DELETE',
    headers: { cookie: api.cookie, origin: api.url },
  })
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as Disconnection
}

/** Steps of an operator with one car, wherever the gateway is. */
async function operate(api: ApiClient, mqttUrl: string, dataDir: string): Promise<void> {
  const car = await connectCar(mqttUrl, dataDir, 'car-1')
  const { rows, total } = await api.get<ClientSessionListing>('/sessions?vehicle=car-1')
  assert.deepEqual([rows[0]?.clientId, rows[0]?.state, total], ['demo/car-1', 'connected', { connected: 1, away: 0 }])
  const detail = await api.get<ClientSessionDetail>('/sessions/demo/car-1')
  assert.deepEqual(
    detail.filters.map(({ filter, qos }) => [filter, qos]),
    [['v1/demo/car-1/down/#', 1]],
  )
  assert.match(detail.address ?? '', /^127\.0\.0\.1:\d+$/)

  const told = new Promise<number | undefined>((resolve) =>
    car.once('disconnect', ({ reasonCode }) => resolve(reasonCode)),
  )
  assert.deepEqual(await end(api, '/sessions/demo/car-1/connection'), {
    wasConnected: true,
    sessionEnded: false,
    messagesDropped: 0,
  })
  assert.equal(await told, 0x98)
  assert.equal((await api.get<ClientSessionListing>('/sessions?state=away')).rows[0]?.clientId, 'demo/car-1')
  assert.deepEqual(await end(api, '/sessions/demo/car-1'), {
    wasConnected: false,
    sessionEnded: true,
    messagesDropped: 0,
  })
  assert.deepEqual((await api.get<ClientSessionListing>('/sessions?search=car-1')).total, { connected: 0, away: 0 })
  const { disconnects, reasonCodes } = await api.get<SystemState>('/system')
  assert.deepEqual(
    disconnects.find(({ reason }) => reason === 'administrative'),
    { reason: 'administrative', count: 1 },
  )
  assert.deepEqual(
    reasonCodes.map(({ packet, direction, code, count }) => [packet, direction, code, count]),
    [
      ['disconnect', 'sent', '0x98', 1],
      ['connack', 'sent', '0x00', 1],
      ['suback', 'sent', '0x01', 1],
    ],
  )
  await car.endAsync(true)
}

test('with everything in one process an operator sees, disconnects and ends the session of a car', async () => {
  using folder = temporaryFolder()
  await using system = await startSystem({ dataDir: folder.path })
  await operate(await signIn(system.setupUrl ?? assert.fail('no setup link')), system.mqttUrl, folder.path)
  assert.equal(await system.stop(), 0)
})

const skip = process.platform === 'win32' ? 'there are no Unix sockets on this system' : false

test(
  'with the gateway in a process of its own the same, and without it the API says that there is none',
  { skip },
  async () => {
    using folder = temporaryFolder()
    const [mqttPort, httpPort] = [await freePort(), await freePort()]
    const settings = {
      ROADSTREAM_DATA: folder.path,
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
      ROADSTREAM_HTTP: `127.0.0.1:${httpPort}`,
      ROADSTREAM_METRICS: '127.0.0.1:0',
      ROADSTREAM_GATEWAY_THREADS: process.platform === 'linux' ? '2' : '1',
    }
    await using apiProcess = await startRole('api', settings, 'Ctrl-C stops it.')
    const api = await signIn(
      /(http:\S+\/setup\?token=\S+)/.exec(apiProcess.said())?.[1] ?? assert.fail('no setup link'),
    )
    const unreachable = async (): Promise<readonly [number, string]> => {
      const response = await fetch(`${api.url}/api/v1/sessions`, { headers: { cookie: api.cookie } })
      return [response.status, ((await response.json()) as Problem).type]
    }
    assert.deepEqual(await unreachable(), [503, '/problems/gateway-unreachable'])
    assert.equal((await api.get<SystemState>('/system')).vehicles.connected, null)
    {
      await using gatewayProcess = await startRole('gateway', settings, 'running on')
      assert.ok(gatewayProcess.said().includes(`cars on mqtt://127.0.0.1:${mqttPort}`), gatewayProcess.said())
      // Two would each forget, and take back, what the other stores of the same sessions.
      await assert.rejects(
        startRole('gateway', { ...settings, ROADSTREAM_MQTT: '127.0.0.1:0' }, 'running on'),
        /in use by another running/,
      )
      await operate(api, `mqtt://127.0.0.1:${mqttPort}`, folder.path)
      assert.equal((await api.get<SystemState>('/system')).vehicles.connected, 0)
    }
    assert.deepEqual(await unreachable(), [503, '/problems/gateway-unreachable'])
  },
)

async function startRole(role: string, settings: Readonly<Record<string, string>>, announcement: string) {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, role], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let said = ''
  const announced = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes(announcement)) announced.resolve()
    })
  void exited.then(() => announced.reject(new Error(`the ${role} ended before it ran:\n${said}`)))
  await announced.promise
  return {
    said: () => said,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
