// The broker of the bridge, asked by MQTT: a real Mosquitto that refuses, and what the question
// leaves of the bridge's own session, connection and messages.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import mqtt from 'mqtt'
import {
  noDynamicSecurity,
  noMosquitto,
  noPasswords,
  openLastingMosquitto,
  withoutSubscribing,
  withPasswords,
  type Mosquitto,
} from './engines/mosquitto.ts'
import { temporaryFolder } from './support/running-system.ts'
import type { Finding } from '../src/base/finding.ts'
import { isSubscribed, load, openCar, openTestBridge, seqsOf, until } from '../src/bridge/bridge.testing.ts'
import { readConfig } from '../src/config/config.ts'
import { brokerExamination } from '../src/doctor/broker.ts'

async function found({ port }: Mosquitto, settings: Readonly<Record<string, string>> = {}): Promise<Finding> {
  using folder = temporaryFolder()
  const config = readConfig({
    ROADSTREAM_DATA: folder.path,
    ROADSTREAM_TENANT: 'acme',
    ROADSTREAM_BRIDGE: `mqtt://127.0.0.1:${port}`,
    ROADSTREAM_BRIDGE_GROUP: 'g',
    ROADSTREAM_BRIDGE_CLIENT_ID: 'bridge',
    ...settings,
  })
  assert.ok(config.ok, JSON.stringify(config))
  const [finding, ...more] = (await brokerExamination(config.value)[0]?.look()) ?? []
  assert.ok(finding !== undefined && more.length === 0)
  assert.deepEqual(readdirSync(folder.path), [])
  return finding
}

const asUser = (password: string) => ({ ROADSTREAM_BRIDGE_USER: 'roadstream', ROADSTREAM_BRIDGE_PASSWORD: password })

test(
  'a wrong password and a missing user are told with their settings, the right one with the topics',
  { skip: noPasswords },
  async () => {
    await using broker = await openLastingMosquitto((folder) => {
      const rules = join(folder, 'acl')
      writeFileSync(rules, 'user roadstream\ntopic read v1/acme/+/up/#\n', { mode: 0o600 })
      return [...withPasswords(folder, 'roadstream', 'acme/car-1'), `acl_file ${rules}`]
    })
    for (const settings of [asUser('not-mine'), {}]) {
      const { state, says } = await found(broker, settings)
      assert.equal(state, 'problem')
      assert.match(says, /asked as bridge-doctor: .*ROADSTREAM_BRIDGE_USER and ROADSTREAM_BRIDGE_PASSWORD/)
      assert.ok(!says.includes('not-mine'))
    }
    const { state, says } = await found(broker, asUser('mine'))
    assert.equal(state, 'ok')
    assert.match(says, /lets roadstream in; it grants \$share\/g-doctor\/v1\/acme\/\+\/up\/#$/)
  },
)

test('a subscription that the rules refuse is told with its filter', { skip: noDynamicSecurity }, async () => {
  await using broker = await openLastingMosquitto(withoutSubscribing)
  const { state, says } = await found(broker)
  assert.equal(state, 'problem')
  assert.match(
    says,
    /does not let this client subscribe to \$share\/g-doctor\/v1\/acme\/\+\/up\/#: its access rules \(ACL\)/,
  )
})

test(
  'beside a bridge that runs no message and no connection is taken from it, and no session stays',
  { skip: noMosquitto },
  async () => {
    await using broker = await openLastingMosquitto()
    await using it = openTestBridge({ port: broker.port })
    await until(() => isSubscribed(it))
    const car = await openCar(broker.port)
    const driving = load(car, 20)
    for (let count = 0; count < 10; count += 1) assert.equal((await found(broker)).state, 'ok')
    await driving.stop()
    await until(async () => seqsOf(await it.stored('telemetry')).size === driving.acknowledged.length)
    assert.equal(it.bridge.state().losses, 0)
    const same = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
      protocolVersion: 5,
      clientId: 'bridge-doctor',
      clean: false,
    })
    const packet = await new Promise<{ readonly sessionPresent: boolean }>((resolve) => same.once('connect', resolve))
    assert.equal(packet.sessionPresent, false)
    await Promise.all([car.endAsync(), same.endAsync()])
  },
)

test(
  'where client ids are made of user names, the session of a bridge that is away stays, with what waits for it',
  { skip: noPasswords },
  async () => {
    await using broker = await openLastingMosquitto((folder) => [
      ...withPasswords(folder, 'roadstream', 'acme/car-1'),
      'use_username_as_clientid true',
    ])
    const server = { user: 'roadstream', password: 'mine' }
    {
      await using before = openTestBridge({ port: broker.port, server })
      await until(() => isSubscribed(before))
    }
    const car = await openCar(broker.port, { username: 'acme/car-1', password: 'mine' })
    const driving = load(car, 20)
    await until(() => driving.acknowledged.length > 100)
    await driving.stop()
    await car.endAsync()
    const { state, says } = await found(broker, asUser('mine'))
    assert.equal(state, 'ok')
    assert.match(says, /lets roadstream in; whether it grants the topics is not asked: .* session already/)
    await using it = openTestBridge({ port: broker.port, server })
    await until(async () => seqsOf(await it.stored('telemetry')).size === driving.acknowledged.length)
  },
)
