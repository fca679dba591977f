// From the command line to a car that connects with its certificate: authority, settings, gateway,
// renewal, revocation.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import { openVehicle } from '../src/vehicle/vehicle.ts'
import { freePort } from '../src/base/port.testing.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('a fleet makes its authority, starts with the settings it is told, and its cars come in by TLS and WebSocket', async () => {
  using folder = temporaryFolder()
  const env = { ...process.env, NODE_NO_WARNINGS: '1', ROADSTREAM_DATA: folder.path }
  const certificates = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [main, 'certificates', ...args], { env })).stdout
  const told = await certificates('server', '127.0.0.1', 'localhost')
  await certificates('vehicle', 'demo/car-1', 'demo/car-2')
  const settings = Object.fromEntries(
    [...told.matchAll(/^ {2}(ROADSTREAM_\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
  )
  assert.deepEqual(Object.keys(settings), [
    'ROADSTREAM_MQTTS',
    'ROADSTREAM_TLS_CERT',
    'ROADSTREAM_TLS_KEY',
    'ROADSTREAM_TLS_CLIENT_CA',
    'ROADSTREAM_TLS_CLIENT_CRL',
  ])
  const [secure, web] = [await freePort(), await freePort()]
  const addresses = { ROADSTREAM_MQTTS: `127.0.0.1:${secure}`, ROADSTREAM_MQTT_WSS: `127.0.0.1:${web}` }
  await using system = await startSystem({ dataDir: folder.path, settings: { ...settings, ...addresses } })
  const read = (name: string): string => readFileSync(join(folder.path, 'certificates', name), 'utf8')
  const [ca, cert, key] = [read('ca.pem'), read('vehicles/demo,car-1.pem'), read('vehicles/demo,car-1.key')]
  await using car = openVehicle({
    url: `mqtts://127.0.0.1:${secure}`,
    ref: { tenant: 'demo', vehicle: 'car-1' },
    tls: { ca, cert, key },
  })
  car.send('telemetry', { samples: [{ at: Date.now(), signals: { 'Vehicle.Speed': 63.2 } }] })
  assert.equal(await car.flush(20_000), true)

  const byWeb = (clientId: string): Promise<mqtt.MqttClient> =>
    mqtt.connectAsync(`wss://127.0.0.1:${web}/mqtt`, {
      protocolVersion: 5,
      clientId,
      wsOptions: { ca, cert, key },
      reconnectPeriod: 0,
    })
  await assert.rejects(byWeb('demo/car-2'), { code: 0x87 })
  await (await byWeb('demo/car-1')).endAsync()
  assert.equal(await system.stop(), 0)
})
