// The vehicle against a server whose every answer the test chooses.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import mqttPacket, { type IPublishPacket } from 'mqtt-packet'
import { silentLogger, type Logger } from '../base/logger.ts'
import { parseMessage } from '../model/message-codec.ts'
import { openServer, type Client } from './server.testing.ts'
import { openVehicle, type Vehicle, type VehicleOptions, type VehicleState } from './vehicle.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-vehicle-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

type Watched = Vehicle & { until(state: VehicleState): Promise<void>; readonly states: VehicleState[] }

function openWatched(url: string, options: Partial<VehicleOptions> = {}): Watched {
  const news = new EventEmitter()
  const states: VehicleState[] = []
  const vehicle = openVehicle({
    url,
    ref: { tenant: 'acme', vehicle: 'car-1' },
    password: 'secret',
    ...options,
    limits: { reconnectMinMs: 1, reconnectMaxMs: 5, ...options.limits },
    onState(state) {
      states.push(state)
      news.emit('state')
    },
  })
  return Object.assign(vehicle, {
    states,
    async until(state: VehicleState) {
      while (vehicle.state !== state) await once(news, 'state')
    },
  })
}

const at = Date.UTC(2026, 0, 1)
const samples = (speed = 1): { samples: { at: number; signals: { 'Vehicle.Speed': number } }[] } => ({
  samples: [{ at, signals: { 'Vehicle.Speed': speed } }],
})
const ack = (client: Client, { messageId }: IPublishPacket, reasonCode = 0): void =>
  client.send({ cmd: 'puback', messageId: messageId!, reasonCode })
const seqOf = ({ payload }: IPublishPacket): number => {
  const message = parseMessage(Buffer.from(payload))
  assert.ok(message.ok)
  return message.value.seq
}

test('it connects as itself, publishes with boot and seq, and leaves with a DISCONNECT', async () => {
  await using server = await openServer()
  const vehicle = openWatched(server.url)
  assert.equal(vehicle.state, 'connecting')
  assert.equal(vehicle.send('telemetry', samples(63.2)), 'queued')
  vehicle.send('event', { event: 'ignition-on', at, data: { key: 1 } })
  const client = await server.client()
  const [event, telemetry] = [await client.next('publish'), await client.next('publish')]
  assert.deepEqual([event.topic, telemetry.topic], ['v1/acme/car-1/up/event', 'v1/acme/car-1/up/telemetry'])
  assert.deepEqual(JSON.parse(String(telemetry.payload)), { boot: vehicle.boot, seq: 0, ...samples(63.2) })
  assert.deepEqual(JSON.parse(String(event.payload)), {
    boot: vehicle.boot,
    seq: 0,
    event: 'ignition-on',
    at,
    data: { key: 1 },
  })
  assert.match(vehicle.boot, /^[0-9a-f]{16}$/)
  const flushed = vehicle.flush(10_000)
  ack(client, event)
  ack(client, telemetry)
  assert.equal(await flushed, true)
  assert.deepEqual(vehicle.stats, {
    sent: 2,
    acknowledged: 2,
    refused: 0,
    dropped: 0,
    pending: 0,
    pendingBytes: 0,
    takenOver: 0,
  })
  const closing = vehicle[Symbol.asyncDispose]()
  assert.equal((await client.next('disconnect')).reasonCode ?? 0, 0)
  await closing
  assert.equal(vehicle.state, 'closed')
  assert.throws(() => vehicle.send('telemetry', samples()), /closed/)
})

test('no more messages are in flight than the server and the vehicle allow', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url, { limits: { inFlightMax: 5 } })
  for (let seq = 0; seq < 20; seq++) vehicle.send('telemetry', samples())
  const client = await server.client({ properties: { receiveMaximum: 3 } })
  for (let seq = 0; seq < 20; seq++) {
    const publish = await client.next('publish')
    assert.equal(seqOf(publish), seq)
    assert.ok(client.packets.length < 3)
    ack(client, publish)
  }
  assert.equal(await vehicle.flush(10_000), true)
})

test('a lost connection is made again, and what was not acknowledged is sent again as a duplicate, in order', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url)
  const first = await server.client()
  for (let seq = 0; seq < 3; seq++) vehicle.send('telemetry', samples())
  const publishes = [await first.next('publish'), await first.next('publish'), await first.next('publish')]
  ack(first, publishes[1]!)
  while (vehicle.stats.acknowledged < 1) await new Promise(setImmediate)
  first.socket.destroy()
  const second = await server.client()
  const again = [await second.next('publish'), await second.next('publish')]
  assert.deepEqual(
    again.map((publish) => [seqOf(publish), publish.dup, publish.messageId]),
    [
      [0, true, publishes[0]!.messageId],
      [2, true, publishes[2]!.messageId],
    ],
  )
  for (const publish of again) ack(second, publish)
  assert.equal(await vehicle.flush(10_000), true)
  assert.deepEqual(vehicle.states, ['online', 'waiting', 'connecting', 'online'])
})

test('a refused message is counted and not sent again; a quota that is used up is tried again later, in order', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url, { limits: { inFlightMax: 2 } })
  for (let seq = 0; seq < 3; seq++) vehicle.send('telemetry', samples())
  const client = await server.client()
  ack(client, await client.next('publish'), 0x99)
  ack(client, await client.next('publish'), 0x97)
  const retried: number[] = []
  while (retried.length < 2) {
    const publish = await client.next('publish')
    retried.push(seqOf(publish))
    ack(client, publish)
  }
  assert.equal(await vehicle.flush(10_000), true)
  assert.deepEqual(new Set(retried), new Set([1, 2]))
  const { sent, acknowledged, refused } = vehicle.stats
  assert.deepEqual([sent, acknowledged, refused], [3, 2, 1])
})

test('in a tunnel it stays away and keeps what is said, and sends it after', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url)
  const first = await server.client()
  await vehicle.until('online')
  const gone = once(first.socket, 'close')
  vehicle.setNetwork(false)
  assert.equal(vehicle.state, 'offline')
  await gone
  for (let seq = 0; seq < 3; seq++) vehicle.send('telemetry', samples())
  assert.equal(vehicle.stats.pending, 3)
  vehicle.setNetwork(true)
  assert.equal(vehicle.state, 'connecting')
  const second = await server.client()
  for (let seq = 0; seq < 3; seq++) {
    const publish = await second.next('publish')
    assert.deepEqual([seqOf(publish), publish.dup], [seq, false])
    ack(second, publish)
  }
  assert.equal(await vehicle.flush(10_000), true)
})

test('commands and config reach onDown and are then acknowledged; one that throws is refused', async () => {
  await using server = await openServer()
  const got: string[] = []
  await using vehicle = openWatched(server.url, {
    onDown(channel, payload) {
      got.push(`${channel} ${Buffer.from(payload).toString()}`)
      if (channel === 'notice') throw new Error('not today')
    },
  })
  const client = await server.client()
  const subscribe = await client.next('subscribe')
  assert.deepEqual(
    subscribe.subscriptions.map(({ topic, qos }) => [topic, qos]),
    [['v1/acme/car-1/down/#', 1]],
  )
  client.send({ cmd: 'suback', messageId: subscribe.messageId!, granted: [1] })
  for (const [index, channel] of ['command', 'config', 'notice', 'unheard-of'].entries())
    client.send({
      cmd: 'publish',
      topic: `v1/acme/car-1/down/${channel}`,
      payload: `{"n":${index}}`,
      qos: 1,
      messageId: index + 1,
      dup: false,
      retain: false,
    })
  const acks = [
    await client.next('puback'),
    await client.next('puback'),
    await client.next('puback'),
    await client.next('puback'),
  ]
  assert.deepEqual(
    acks.map(({ messageId, reasonCode }) => [messageId, reasonCode ?? 0]),
    [
      [1, 0],
      [2, 0],
      [3, 0x83],
      [4, 0],
    ],
  )
  assert.deepEqual(got, ['command {"n":0}', 'config {"n":1}', 'notice {"n":2}'])
  assert.equal(vehicle.state, 'online')
})

test('answers may come in any pieces', async () => {
  await using server = await openServer()
  const got: string[] = []
  await using vehicle = openWatched(server.url, {
    onDown: (_channel, payload) => void got.push(Buffer.from(payload).toString()),
  })
  const client = await server.client()
  vehicle.send('telemetry', samples())
  const publish = await client.next('publish')
  const down = {
    cmd: 'publish',
    topic: 'v1/acme/car-1/down/command',
    payload: 'x'.repeat(300),
    qos: 1,
    messageId: 9,
    dup: false,
    retain: false,
  } as const
  const bytes = Buffer.concat([
    mqttPacket.generate(down, { protocolVersion: 5 }),
    mqttPacket.generate({ cmd: 'puback', messageId: publish.messageId!, reasonCode: 0 }, { protocolVersion: 5 }),
  ])
  client.socket.setNoDelay(true)
  for (const byte of bytes) await new Promise((resolve) => client.socket.write(Buffer.of(byte), resolve))
  assert.equal(await vehicle.flush(10_000), true)
  assert.deepEqual(got, [down.payload])
})

test('a refused CONNECT, a bad packet and a goodbye of the server all end in another try', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url)
  await server.client({ reasonCode: 0x87 })
  const second = await server.client()
  await vehicle.until('online')
  second.socket.write(Buffer.of(0x00, 0x00))
  const third = await server.client()
  await vehicle.until('online')
  third.send({ cmd: 'disconnect', reasonCode: 0x8b })
  await server.client()
  await vehicle.until('online')
})

test('another client with its id is told apart from other ends, counted and waited for', async () => {
  await using server = await openServer()
  const told: string[] = []
  const warnings: Logger = { ...silentLogger, warn: (_details: unknown, text?: string) => void told.push(text ?? '') }
  await using vehicle = openWatched(server.url, {
    limits: { takenOverMinMs: 3_600_000 },
    logger: warnings,
  })
  const first = await server.client()
  await vehicle.until('online')
  first.send({ cmd: 'disconnect', reasonCode: 0x8e })
  await vehicle.until('waiting')
  assert.equal(vehicle.stats.takenOver, 1)
  assert.deepEqual(told, ["another client signed in with this vehicle's id: only one of them may have it"])
  vehicle.setNetwork(false)
  vehicle.setNetwork(true)
  const second = await server.client()
  await vehicle.until('online')
  second.send({ cmd: 'disconnect', reasonCode: 0x8b })
  await server.client()
  await vehicle.until('online')
  assert.equal(vehicle.stats.takenOver, 1)
})

test('a silent link is tried with PINGREQ, kept while it answers, and left when it does not', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url, { limits: { keepAliveSeconds: 1, answerTimeoutMs: 600 } })
  const client = await server.client()
  for (let count = 0; count < 2; count++) {
    await client.next('pingreq')
    client.send({ cmd: 'pingresp' })
  }
  await client.next('pingreq')
  assert.equal(vehicle.state, 'online')
  await server.client()
  assert.equal(vehicle.trouble?.code ?? 'timeout', 'timeout')
  assert.deepEqual(vehicle.states.slice(0, 2), ['online', 'waiting'])
})

test('a message larger than the server takes is refused here, and the next ones go on', async () => {
  await using server = await openServer()
  await using vehicle = openWatched(server.url)
  vehicle.send('telemetry', { samples: [{ at, signals: { 'Vehicle.Extra': 'x'.repeat(1500) } }] })
  vehicle.send('telemetry', samples())
  const client = await server.client({ properties: { maximumPacketSize: 1000 } })
  const publish = await client.next('publish')
  assert.equal(seqOf(publish), 1)
  ack(client, publish)
  assert.equal(await vehicle.flush(10_000), true)
  assert.equal(vehicle.stats.refused, 1)
})

test('with a folder, what one run could not send goes first in the next, with its own boot', async () => {
  await using server = await openServer()
  const folder = mkdtempSync(join(scratch, 'car-'))
  const first = openWatched(server.url, { folder })
  first.setNetwork(false)
  for (let seq = 0; seq < 2; seq++) first.send('telemetry', samples(seq))
  await first[Symbol.asyncDispose]()
  await using second = openWatched(server.url, { folder })
  second.send('telemetry', samples(2))
  assert.notEqual(second.boot, first.boot)
  const client = await server.client()
  const got: unknown[] = []
  for (let count = 0; count < 3; count++) {
    const publish = await client.next('publish')
    const message = parseMessage(Buffer.from(publish.payload))
    assert.ok(message.ok)
    got.push([message.value.boot, message.value.seq])
    ack(client, publish)
  }
  assert.deepEqual(got, [
    [first.boot, 0],
    [first.boot, 1],
    [second.boot, 0],
  ])
  assert.equal(await second.flush(10_000), true)
  assert.equal(second.stats.sent, 3)
})

test('a wrong option or body is refused by name', async () => {
  const options = { url: 'mqtt://127.0.0.1:1', ref: { tenant: 'acme', vehicle: 'car-1' }, password: 'secret' }
  assert.throws(() => openVehicle({ ...options, url: 'http://127.0.0.1' }), /url: .*mqtt:\/\/host:port/)
  assert.throws(() => openVehicle({ ...options, ref: { tenant: 'acme', vehicle: 'a/b' } }), /ref: /)
  assert.throws(() => openVehicle({ ...options, password: '' }), /password: /)
  assert.throws(() => openVehicle({ ...options, limits: { inFlightMax: 0 } }), /limits\.inFlightMax/)
  await using vehicle = openVehicle(options)
  assert.throws(() => vehicle.send('telemetry', { samples: [] }), /body\.samples/)
  assert.throws(() => vehicle.send('telemetry', { samples: [{ at: 1.5, signals: {} }] }), /"at"/)
  assert.throws(() => vehicle.send('event', { event: 'Not A Name', at }), /body\.event/)
  assert.deepEqual(vehicle.stats.sent, 0)
  vehicle.send('telemetry', samples())
  assert.equal(await vehicle.flush(1), false)
})
