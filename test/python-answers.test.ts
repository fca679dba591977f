// The Python client against a server whose every answer the test chooses: what it makes of each is
// what the SDK makes of it (docs/vehicle-sdk.md).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IPublishPacket } from 'mqtt-packet'
import { openServer, type Client } from '../src/vehicle/server.testing.ts'
import { pythonMissing, startPythonCar } from './support/python-car.ts'

const skip = pythonMissing
const at = Date.UTC(2026, 0, 1)
const common = { tenant: 'acme', vehicle: 'car-1', password: 'secret' }
const limits = { reconnect_min_s: 0.001, reconnect_max_s: 0.005, taken_over_min_s: 0.001, taken_over_max_s: 0.005 }
const telemetry = (speed: number) => ({
  send: ['telemetry', { samples: [{ at, signals: { 'Vehicle.Speed': speed } }] }],
})
const named = ({ topic, payload }: IPublishPacket): string =>
  `${topic.slice('v1/acme/car-1/up/'.length)} ${(JSON.parse(payload.toString()) as { seq: number }).seq}`
const answer = (client: Client, { messageId }: IPublishPacket, reasonCode = 0): void =>
  client.send({ cmd: 'puback', messageId: messageId!, reasonCode })

test(
  'the Python client keeps the window, sends what matters first, comes again after 0x97 and a lost connection, and counts 0x99',
  { skip },
  async () => {
    await using server = await openServer()
    await using car = startPythonCar({ ...common, url: server.url, limits })
    const first = await server.client({ properties: { receiveMaximum: 2 } })
    car.say(telemetry(0))
    car.say(telemetry(1))
    const [one, two] = [await first.next('publish'), await first.next('publish')]
    assert.deepEqual([named(one), named(two), one.qos], ['telemetry 0', 'telemetry 1', 1])
    car.say(telemetry(2))
    car.say({ send: ['critical', { event: 'airbag-deployed', at }] })
    for (let count = 0; count < 4; count++) await car.next('taken')
    answer(first, one)
    const critical = await first.next('publish')
    assert.equal(named(critical), 'critical 0')
    answer(first, two)
    const three = await first.next('publish')
    assert.deepEqual([named(three), three.dup], ['telemetry 2', false])
    answer(first, critical, 0x97)
    const again = await first.next('publish')
    assert.equal(named(again), 'critical 0')
    answer(first, again)
    first.socket.destroy()
    const second = await server.client()
    let last = await second.next('publish')
    // The acknowledgement may have been lost with the connection.
    if (named(last) === 'critical 0') {
      answer(second, last)
      last = await second.next('publish')
    }
    assert.deepEqual([named(last), last.dup], ['telemetry 2', true])
    answer(second, last, 0x99)
    car.say({ flush: 20 })
    const { flushed, stats } = await car.next('flushed')
    assert.deepEqual(
      [flushed, stats],
      [true, { sent: 4, acknowledged: 3, refused: 1, dropped: 0, pending: 0, pending_bytes: 0, taken_over: 0 }],
    )
  },
)

test('the Python client comes back after another has taken its id, and counts it', { skip }, async () => {
  await using server = await openServer()
  await using car = startPythonCar({ ...common, url: server.url, limits })
  const first = await server.client()
  first.send({ cmd: 'disconnect', reasonCode: 0x8e })
  await server.client()
  car.say({ flush: 0 })
  assert.equal((await car.next('flushed')).stats?.['taken_over'], 1)
})

test(
  'the Python client refuses by itself what is larger than the server takes, and says DISCONNECT at its end',
  { skip },
  async () => {
    await using server = await openServer()
    const car = startPythonCar({ ...common, url: server.url, limits })
    const client = await server.client({ properties: { maximumPacketSize: 160 } })
    car.say({ send: ['telemetry', { samples: [{ at, signals: { 'Vehicle.Maker.Text': 'x'.repeat(100) } }] }] })
    car.say(telemetry(1))
    const sent = await client.next('publish')
    assert.equal(named(sent), 'telemetry 1')
    answer(client, sent)
    car.say({ flush: 20 })
    const { stats } = await car.next('flushed')
    assert.deepEqual([stats?.['acknowledged'], stats?.['refused'], stats?.['pending']], [1, 1, 0])
    await car[Symbol.asyncDispose]()
    assert.equal((await client.next('disconnect')).reasonCode ?? 0, 0)
  },
)
