// Bytes that have crashed or filled other brokers, tried here: lengths that lie, packets out of
// place, handshakes that never end. Each test names the published advisory it comes from. While
// they are tried, and after, another client is served.
import { inEachVersion } from '../conformance/exchange.testing.ts'
import { until } from '../gateway.testing.ts'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { endOf, packetOf, quiet, refusalOf, text, willOf } from '../conformance/exchange.testing.ts'
import { encodeConnack, encodePublish, encodeSubscriptionAnswer } from '../../mqtt/encode-packet.ts'
import { packetType } from '../../mqtt/packet.ts'
import { noProperties } from '../../mqtt/properties.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
} from '../gateway.testing.ts'

const longest = [0xff, 0xff, 0xff, 0x7f]

test('before CONNECT a length is believed up to a small limit (Mosquitto CVE-2017-7651 and CVE-2023-0809, aedes issue 1086, NanoMQ CVE-2026-25627)', async () => {
  await using it = await openTestGateway()
  await using other = await openConnected(it.port, 5, 'other')
  for (const first of [0x10, 0x30, 0x32, 0x82, 0xe0, 0xf0, 0x00])
    for (const length of [longest, [0x80, 0x80, 0x80, 0x01], [0x81, 0x80, 0x01]]) {
      await using client = await openRawClient(it.port)
      client.send(Buffer.from([first, ...length]))
      assert.equal(await client.next(), undefined)
    }
  await quiet(other)
})

test('a header that promises much and brings little takes little memory', async () => {
  await using it = await openTestGateway()
  const sockets: Socket[] = []
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 300; count++) {
    const socket = connect({ port: it.port, host: '127.0.0.1' }).on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(Buffer.from([0x10, 0xf0, 0x7f, 0]))
    sockets.push(socket)
  }
  await using last = await openConnected(it.port, 5, 'last')
  await quiet(last)
  const grown = process.memoryUsage().arrayBuffers - before
  for (const socket of sockets) socket.destroy()
  // 300 promises of 16 KiB would be 4.9 MB. Chunks that are read take what they hold.
  assert.ok(grown < 1_500_000, `${grown} bytes`)
})

inEachVersion(
  'a length of five bytes, or one that ends inside a text, ends the connection (NanoMQ CVE-2026-21888)',
  async (version) => {
    await using it = await openTestGateway()
    const end = version === 5 ? 0x81 : 'closed'
    assert.equal(await endOf(it.port, version, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])), end)
    assert.equal(await endOf(it.port, version, Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])), end)
    assert.equal(await endOf(it.port, version, packetOf(0x30, [0xff, 0xff], text('a'))), end)
    assert.equal(
      await endOf(it.port, version, packetOf(0x82, [0, 1], version === 5 ? [0] : [], [0x7f, 0xff, 0x61, 0])),
      end,
    )
  },
)

test('a length of properties of five bytes, or one that ends outside them, ends the connection', async () => {
  await using it = await openTestGateway()
  const topic = text('t')
  for (const length of [[0xff, 0xff, 0xff, 0xff, 0x01], [0x80], [0x05], [0x80, 0x00]])
    assert.equal(await endOf(it.port, 5, packetOf(0x30, topic, length)), 0x81)
})

test('a slow CONNECT has a deadline that its bytes do not move (Mosquitto CVE-2020-13849)', async () => {
  await using it = await openTestGateway({ limits: { connectTimeoutMs: 1000 } })
  await using client = await openRawClient(it.port)
  const bytes = connectPacket(5, 'slow', { will: willOf({ payload: Buffer.alloc(10_000) }) })
  let sent = 0
  while (!client.socket.closed && sent < bytes.length - 1) {
    client.send(bytes.subarray(sent, ++sent))
    it.clock.advance(60)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(sent < bytes.length - 1)
  assert.equal(await it.metric('roadstream_gateway_disconnects_total{reason="connect-timeout"}'), 1)
})

test('a packet only servers send ends the connection that sent it and no other (Mosquitto CVE-2021-28166)', async () => {
  await using it = await openTestGateway()
  await using other = await openConnected(it.port, 5, 'other')
  const packets = [
    encodeConnack(5, true, 0, noProperties),
    encodeSubscriptionAnswer(packetType.suback, 5, 1, [0]),
    encodeSubscriptionAnswer(packetType.unsuback, 5, 1, [0]),
    Buffer.from([0xd0, 0]),
    Buffer.from([0xf0, 0]),
    Buffer.from([0x00, 0]),
  ]
  for (const bytes of packets) assert.ok([0x81, 0x82].includes((await endOf(it.port, 5, bytes)) as number))
  await quiet(other)
})

test('a second CONNECT on a connection takes over nothing and leaves nothing (Mosquitto CVE-2021-34431)', async () => {
  await using it = await openTestGateway()
  for (let count = 0; count < 50; count++)
    assert.equal(
      await endOf(
        it.port,
        5,
        connectPacket(5, `another-${count}`, { will: willOf(), properties: { sessionExpiryS: 600 } }),
      ),
      0x82,
    )
  assert.equal(await it.metric('roadstream_gateway_sessions'), 0)
})

test('a PUBLISH without a topic, or of nothing at all, ends the connection (Mosquitto CVE-2021-34432)', async () => {
  await using it = await openTestGateway()
  for (const body of [[], [0], [0, 0], [0, 0, 0]])
    for (const first of [0x30, 0x32, 0x34, 0x31])
      assert.ok([0x81, 0x82].includes((await endOf(it.port, 5, packetOf(first, body))) as number))
})

test('a CONNECT whose will has the wrong properties leaves neither will nor session (Mosquitto CVE-2023-3592)', async () => {
  await using it = await openTestGateway()
  const head = [text('MQTT'), [5, 0x06, 0, 60, 0], text('car')]
  for (const properties of [
    [0x21, 0, 1],
    [0x22, 0, 1],
    [0x13, 0, 1],
    [0x24, 1],
    [0x18, 0],
    [0x7f, 0],
    [0x01, 2],
  ])
    for (let count = 0; count < 20; count++) {
      const connectBytes = packetOf(0x10, ...head, [properties.length, ...properties], text('wills/car'), text('gone'))
      assert.ok([0x81, 0x82].includes((await refusalOf(it.port, 5, connectBytes)) as number))
    }
  assert.equal(await it.metric('roadstream_gateway_sessions'), 0)
  await until('all connections have ended', () => it.gateway.connectionCount() === 0)
})

test('a packet in single bytes is read as in one piece', async () => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port)
  client.socket.setNoDelay(true)
  const packets = [connectPacket(5, 'acme/car-1'), publishPacket(5, 'v1/acme/car-1/up/telemetry', telemetry(1))]
  for (const byte of Buffer.concat(packets)) {
    client.send(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await client.expect('connack')
  assert.equal((await client.expect('puback')).reasonCode ?? 0, 0)
  assert.equal((await it.stored('telemetry')).length, 1)
})

test('more properties, filters or aliases than a packet or a connection may have are refused (Mosquitto CVE-2021-41039, EMQX CVE-2021-33175)', async () => {
  await using it = await openTestGateway()
  const userProperties = Array.from({ length: 3000 }, (): [string, string] => ['', ''])
  const many = { properties: { userProperties } }
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'car', many)), 0x83)
  assert.equal(await endOf(it.port, 5, publishPacket(5, 't', Buffer.from('x'), many)), 0x83)
  const filters = Array.from({ length: 5000 }, (_, index) => Buffer.concat([text(`f/${index}`), Buffer.from([0])]))
  const body = Buffer.concat([Buffer.from([0, 1, 0]), ...filters])
  const header = Buffer.from([0x82, (body.length & 0x7f) | 0x80, ((body.length >> 7) & 0x7f) | 0x80, body.length >> 14])
  assert.equal(await endOf(it.port, 5, Buffer.concat([header, body])), 0x81)
  for (const topicAlias of [17, 0xffff])
    assert.equal(
      await endOf(
        it.port,
        5,
        encodePublish(5, {
          topic: 't',
          payload: Buffer.alloc(0),
          qos: 0,
          dup: false,
          retain: false,
          packetId: 0,
          properties: { topicAlias },
        }),
      ),
      0x94,
    )
})
