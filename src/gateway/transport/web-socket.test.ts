// MQTT over WebSocket: MQTT.js as browsers use it, and `ws` for what no good client does.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import mqtt from 'mqtt'
import mqttPacket from 'mqtt-packet'
import { WebSocket, type ClientOptions } from 'ws'
import type { GatewayLimits } from '../gateway-limits.ts'
import {
  connectPacket,
  openConnected,
  openTestGateway,
  publishPacket,
  telemetry,
  type TestGateway,
  until,
} from '../gateway.testing.ts'
import { makeTestCertificates } from './certificates.testing.ts'

const host = '127.0.0.1'
const openWeb = (limits: Partial<GatewayLimits> = {}, origins?: readonly string[]): Promise<TestGateway> =>
  openTestGateway({
    limits,
    listeners: [
      { kind: 'ws', host, port: 0, ...(origins === undefined ? {} : { origins }) },
      { kind: 'tcp', host, port: 0 },
    ],
  })

const disconnects = (it: TestGateway, reason: string): Promise<number> =>
  it.metric(`roadstream_gateway_disconnects_total{reason="${reason}"}`)
const counted = (it: TestGateway, reason: string): Promise<void> =>
  until(`an end is counted as ${reason}`, async () => (await disconnects(it, reason)) > 0)

for (const kind of ['ws', 'wss'] as const)
  for (const protocolVersion of [4, 5] as const)
    test(`MQTT.js over ${kind}, version ${protocolVersion}: publishes at every QoS, up to the largest message, and hears`, async () => {
      using files = makeTestCertificates()
      const tls = { certFile: files.certFile, keyFile: files.keyFile }
      const listener = kind === 'ws' ? ({ kind, host, port: 0 } as const) : ({ kind, host, port: 0, tls } as const)
      await using it = await openTestGateway({ listeners: [listener] })
      const car = await mqtt.connectAsync(`${kind}://${host}:${it.port}/mqtt`, {
        protocolVersion,
        clientId: 'acme/car-1',
        reconnectPeriod: 0,
        wsOptions: { ca: files.ca },
      })
      for (const qos of [0, 1, 2] as const)
        await car.publishAsync('v1/acme/car-1/up/telemetry', telemetry(qos), { qos })
      assert.equal((await it.stored('telemetry')).length, 3)
      await car.subscribeAsync('large', { qos: 1 })
      const heard = new Promise<Buffer>((resolve) => car.once('message', (_topic, bytes) => resolve(bytes)))
      const payload = Buffer.alloc(256 * 1024, 'x')
      await car.publishAsync('large', payload, { qos: 1 })
      assert.ok(payload.equals(await heard))
      const { rows } = await it.gateway.sessions.list({ tenant: 'acme', limit: 10 })
      assert.equal(rows[0]?.transport, kind)
      await car.endAsync()
    })

type WebClient = AsyncDisposable & {
  readonly socket: WebSocket
  next(): Promise<mqttPacket.Packet | undefined>
  readonly closed: Promise<unknown[]>
}

async function openWebClient(port: number, options: ClientOptions = {}): Promise<WebClient> {
  const socket = new WebSocket(`ws://${host}:${port}/mqtt`, 'mqtt', options)
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  const packets: mqttPacket.Packet[] = []
  let wake = (): void => undefined
  parser.on('packet', (packet) => {
    packets.push(packet)
    wake()
  })
  socket.on('message', (data) => void parser.parse(data as Buffer)).on('error', () => undefined)
  const closed = new Promise<unknown[]>((resolve) => socket.on('close', (...end) => resolve(end)))
  void closed.then(() => wake())
  await once(socket, 'open')
  return {
    socket,
    closed,
    async next() {
      while (packets.length === 0 && socket.readyState !== WebSocket.CLOSED)
        await new Promise<void>((resolve) => (wake = resolve))
      return packets.shift()
    },
    async [Symbol.asyncDispose]() {
      socket.terminate()
      await closed
    },
  }
}

test('packets may share a frame or span several, wherever they are cut and however a message is fragmented', async () => {
  await using it = await openWeb()
  const publishes = [1, 2, 3].map((seq) =>
    publishPacket(5, 'v1/acme/car-1/up/telemetry', telemetry(seq), { packetId: seq }),
  )
  const bytes = Buffer.concat([connectPacket(5, 'acme/car-1'), ...publishes])
  let wanted = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ length: fc.integer({ min: 0, max: 120 }), fin: fc.boolean() }), { maxLength: 12 }),
      async (cuts) => {
        await using client = await openWebClient(it.port)
        let at = 0
        for (const { length, fin } of cuts) {
          client.socket.send(bytes.subarray(at, at + length), { binary: true, fin })
          at += length
        }
        client.socket.send(bytes.subarray(at), { binary: true })
        assert.equal((await client.next())?.cmd, 'connack')
        for (const id of [1, 2, 3]) assert.equal(((await client.next()) as mqttPacket.IPubackPacket).messageId, id)
        wanted += 3
        assert.equal((await it.stored('telemetry')).length, wanted)
      },
    ),
    { numRuns: process.env['CI'] === 'true' ? 300 : 30 },
  )
})

test('[MQTT-6.0.0-1] a text frame ends the connection', async () => {
  await using it = await openWeb()
  await using client = await openWebClient(it.port)
  client.socket.send(connectPacket(5, 'a'))
  await client.next()
  client.socket.send('text')
  assert.equal((await client.closed)[0], 1003)
  assert.equal(await disconnects(it, 'web-socket-text'), 1)
})

test('[MQTT-6.0.0-3] [MQTT-6.0.0-4] the subprotocol mqtt is needed and named in the answer', async () => {
  await using it = await openWeb()
  await using client = await openWebClient(it.port)
  assert.equal(client.socket.protocol, 'mqtt')
  for (const [path, protocols, status, reason] of [
    ['/mqtt', [], 400, 'web-socket-protocol'],
    ['/mqtt', ['chat'], 400, 'web-socket-protocol'],
    ['/other', ['mqtt'], 404, 'web-socket-path'],
  ] as const) {
    const other = new WebSocket(`ws://${host}:${it.port}${path}`, [...protocols])
    const [error] = (await once(other, 'error').catch((error: unknown) => [error])) as [Error]
    assert.match(error.message, new RegExp(String(status)))
    await counted(it, reason)
  }
  const several = new WebSocket(`ws://${host}:${it.port}/mqtt?x`, ['chat', 'mqtt'])
  await once(several, 'open')
  assert.equal(several.protocol, 'mqtt')
  several.terminate()
})

test('pages of other origins than those named are refused, and clients that are no browser are not asked', async () => {
  await using it = await openWeb({}, ['https://fleet.example'])
  await using _page = await openWebClient(it.port, { origin: 'https://fleet.example' })
  await using _car = await openWebClient(it.port)
  await assert.rejects(openWebClient(it.port, { origin: 'https://other.example' }), /403/)
  assert.equal(await disconnects(it, 'web-socket-origin'), 1)
})

test('a request that is no upgrade is told what this is', async () => {
  await using it = await openWeb()
  const [answer] = (await once(get({ host, port: it.port, path: '/' }), 'response')) as [IncomingMessage]
  assert.equal(answer.statusCode, 426)
  answer.resume()
  await counted(it, 'web-socket-none')
})

test('what is no WebSocket frame, and a frame larger than the largest packet, end the connection', async () => {
  await using it = await openWeb({ packetBytes: 4096, connectPacketBytes: 1024 })
  await using first = await openWebClient(it.port)
  first.socket.send(connectPacket(5, 'a'))
  await first.next()
  first.socket.send(Buffer.alloc(5000))
  assert.equal((await first.closed)[0], 1009)
  await using second = await openWebClient(it.port)
  // Not masked, as a client's frame must be.
  ;(second.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.from([0x82, 1, 0]))
  assert.equal((await second.closed)[0], 1002)
  assert.equal(await disconnects(it, 'web-socket-malformed'), 2)
})

test('before CONNECT a client cannot make the gateway hold a large frame', async () => {
  await using it = await openWeb()
  await using client = await openWebClient(it.port)
  client.socket.send(Buffer.alloc(200 * 1024), { fin: false })
  await client.closed
  assert.equal(await disconnects(it, 'packet-too-large'), 1)
})

test('a message in very many fragments ends the connection: each is kept until the last has come', async () => {
  await using it = await openWeb()
  await using client = await openWebClient(it.port)
  for (let index = 0; index < 300; index++) client.socket.send(Buffer.of(0), { binary: true, fin: false })
  assert.equal((await client.closed)[0], 1008)
  assert.equal(await disconnects(it, 'web-socket-malformed'), 1)
})

test('frames that hold nothing count towards the rate, and a large message does not count as many frames', async () => {
  const limits = {
    packetBytes: 264 * 1024,
    connectionMessagesPerS: 10,
    rateBurstMs: 1000,
    connectionBytesPerS: 1e9,
    tenantMessagesPerS: 1e9,
    tenantBytesPerS: 1e9,
  }
  await using it = await openWeb(limits)
  const held = (): Promise<number> => it.metric('roadstream_gateway_held_total{reason="connection-rate"}')
  await using client = await openWebClient(it.port)
  client.socket.send(connectPacket(5, 'a'))
  await client.next()
  client.socket.send(publishPacket(5, 'large', Buffer.alloc(256 * 1024), { packetId: 1 }))
  await client.next()
  assert.equal(await held(), 0)
  const empty = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.of(0x8a, 0x80, 0, 0, 0, 0)))
  // As many bytes as the largest message could have are let pass: they might be the beginning of
  // one.
  for (let times = 0; times < 3; times++) (client.socket as unknown as { _socket: Socket })._socket.write(empty)
  await until('the client is held', async () => (await held()) > 0)
  client.socket.send(publishPacket(5, 'small', Buffer.alloc(1), { packetId: 2 }))
  const answer = client.next()
  // The rest of them is read, and has it held, several times.
  const passes = setInterval(() => it.clock.advance(60_000), 1)
  assert.equal(((await answer) as mqttPacket.IPubackPacket).messageId, 2)
  clearInterval(passes)
})

test('an upgrade that does not end, and a WebSocket without CONNECT, are swept when their time is over', async () => {
  await using it = await openWeb({ connectTimeoutMs: 1000 })
  const slow = connectTcp(it.port, host)
  const ended = new Promise((resolve) => slow.on('error', () => undefined).on('close', resolve))
  await once(slow, 'connect')
  slow.resume().write('GET /mqtt HTTP/1.1\r\nHost: x\r\n')
  await using silent = await openWebClient(it.port)
  it.clock.advance(1001)
  await ended
  await silent.closed
  assert.equal(await disconnects(it, 'connect-timeout'), 2)
})

test('a WebSocket client that does not read holds at most what is allowed, and hears all once it reads again', async () => {
  await using it = await openWeb({ outboundBytes: 64 * 1024 })
  await using client = await openWebClient(it.port)
  client.socket.send(connectPacket(5, 'reader'))
  await client.next()
  client.socket.send(
    mqttPacket.generate(
      { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'news', qos: 1 }] },
      { protocolVersion: 5 },
    ),
  )
  await client.next()
  client.socket.pause()
  for (let index = 0; index < 24; index++) await it.gateway.publish('news', Buffer.alloc(32 * 1024), { qos: 1 })
  // QoS 0 to a reader that is full is dropped at once.
  await it.gateway.publish('news', Buffer.alloc(32 * 1024), { qos: 0 })
  client.socket.resume()
  for (let index = 0; index < 24; index++) assert.equal((await client.next())?.cmd, 'publish')
})

test('while the log is held, a WebSocket that floods is not read further, and all is acknowledged afterwards', async () => {
  await using it = await openWeb({ connectionPendingBytes: 64 * 1024, heldBytes: 16 * 1024, receiveMaximum: 1000 })
  it.log.hold()
  const asked = it.log.nextAttempt()
  await using client = await openWebClient(it.port)
  client.socket.send(connectPacket(4, 'acme/car-1'))
  const payload = Buffer.from(
    JSON.stringify({ boot: '0123456789abcdef', seq: 1, event: 'x', at: 1, data: { text: 'y'.repeat(32_000) } }),
  )
  for (let id = 1; id <= 200; id++)
    client.socket.send(publishPacket(4, 'v1/acme/car-1/up/event', payload, { packetId: id }))
  await asked
  // Far less than the 6.4 MB it sent is in here: the rest is in the sockets and with the client.
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok((await it.metric('roadstream_gateway_pending_bytes')) < 400_000)
  it.log.release()
  for (let id = 0; id <= 200; id++) assert.notEqual(await client.next(), undefined)
  assert.equal((await it.stored('event')).length + (await it.stored('dead-letter')).length, 200)
})

test('a client id is taken over from one transport to another', async () => {
  await using it = await openWeb()
  await using web = await openWebClient(it.port)
  web.socket.send(connectPacket(5, 'acme/car-1'))
  await web.next()
  await using plain = await openConnected(it.gateway.addresses[1]!.port, 5, 'acme/car-1')
  assert.equal(((await web.next()) as mqttPacket.IDisconnectPacket).reasonCode, 0x8e)
  assert.equal((await web.closed)[0], 1000)
  await using again = await openWebClient(it.port)
  again.socket.send(connectPacket(5, 'acme/car-1'))
  assert.equal((await again.next())?.cmd, 'connack')
  assert.equal((await plain.expect('disconnect')).reasonCode, 0x8e)
})
