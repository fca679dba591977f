// Clients other people wrote: MQTT.js in both versions, and Mosquitto's where they are installed.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { openTestGateway, telemetry } from './gateway.testing.ts'
import { vehicleAdmission } from './admission/vehicle-admission.ts'

const fleetKey = Buffer.alloc(32, 3)
const ref = { tenant: 'acme', vehicle: 'car-1' }
const admission = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })

for (const protocolVersion of [4, 5] as const)
  test(`MQTT.js, version ${protocolVersion}: a car connects, publishes at every QoS, and hears its commands`, async () => {
    await using it = await openTestGateway({ admission })
    const car = await mqtt.connectAsync(`mqtt://127.0.0.1:${it.port}`, {
      protocolVersion,
      clientId: 'acme/car-1',
      username: 'acme/car-1',
      password: vehiclePassword(fleetKey, ref),
      reconnectPeriod: 0,
    })
    const heard = new Promise<[string, Buffer]>((resolve) =>
      car.once('message', (topic, payload) => resolve([topic, payload])),
    )
    const granted = await car.subscribeAsync('v1/acme/car-1/down/#', { qos: 1 })
    assert.equal(granted[0]?.qos, 1)
    for (const qos of [0, 1, 2] as const) await car.publishAsync('v1/acme/car-1/up/telemetry', telemetry(qos), { qos })
    assert.equal((await it.stored('telemetry')).length, 3)
    await it.gateway.publish('v1/acme/car-1/down/command', Buffer.from('{"do":"it"}'), { qos: 1 })
    const [topic, payload] = await heard
    assert.deepEqual([topic, payload.toString()], ['v1/acme/car-1/down/command', '{"do":"it"}'])
    await car.endAsync()
  })

test('MQTT.js is told why it may not connect, and why a message was refused', async () => {
  await using it = await openTestGateway({ admission })
  const options = { protocolVersion: 5, clientId: 'acme/car-1', username: 'acme/car-1', reconnectPeriod: 0 } as const
  await assert.rejects(mqtt.connectAsync(`mqtt://127.0.0.1:${it.port}`, { ...options, password: 'wrong' }), {
    code: 0x86,
  })
  const car = await mqtt.connectAsync(`mqtt://127.0.0.1:${it.port}`, {
    ...options,
    password: vehiclePassword(fleetKey, ref),
  })
  await assert.rejects(car.publishAsync('v1/acme/car-1/up/event', 'no json', { qos: 1 }), { code: 0x99 })
  await assert.rejects(car.publishAsync('v1/acme/car-2/up/event', 'x', { qos: 1 }), { code: 0x87 })
  await car.endAsync()
})

const missing = spawnSync('mosquitto_pub', ['--help']).error === undefined ? false : 'mosquitto_pub is not installed'

for (const version of ['311', '5'])
  test(
    `mosquitto_sub hears in its session what mosquitto_pub said (version ${version})`,
    { skip: missing },
    async () => {
      await using it = await openTestGateway()
      const run = promisify(execFile)
      const common = ['-h', '127.0.0.1', '-p', String(it.port), '-V', version]
      const session = ['-i', 'watcher', '-c', ...(version === '5' ? ['-x', '600'] : []), '-t', 'v1/+/+/up/#', '-q', '2']
      // -E: ends as soon as the subscription is granted, and leaves its session behind.
      await run('mosquitto_sub', [...common, ...session, '-E'])
      for (const qos of ['0', '1', '2']) {
        const topic = `v1/acme/pub-${qos}/up/telemetry`
        await run('mosquitto_pub', [
          ...common,
          '-i',
          `acme/pub-${qos}`,
          '-t',
          topic,
          '-q',
          qos,
          '-m',
          telemetry(Number(qos)).toString(),
        ])
      }
      const { stdout } = await run('mosquitto_sub', [...common, ...session, '-C', '2', '-W', '10', '-F', '%q %t %l'])
      const length = telemetry(0).length
      assert.equal(stdout, [1, 2].map((qos) => `${qos} v1/acme/pub-${qos}/up/telemetry ${length}\n`).join(''))
      assert.equal((await it.stored('telemetry')).length, 3)
    },
  )
