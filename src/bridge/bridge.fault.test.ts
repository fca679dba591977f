// The bridge against a broker that does what a test tells it: other versions, other answers, other
// bytes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import mqttPacket, { type IConnackPacket, type IConnectPacket, type ISubackPacket, type Packet } from 'mqtt-packet'
import { publishPacket, telemetry } from '../gateway/gateway.testing.ts'
import { isSubscribed, openTestBridge, seqsOf, until } from './bridge.testing.ts'

const topic = 'v1/acme/car-1/up/telemetry'

type Script = {
  connack?(connect: IConnectPacket): Partial<IConnackPacket> | undefined
  suback?: Partial<ISubackPacket>
  /** To be silent from then on: neither PINGRESP nor anything else. */
  isSilent?: boolean
}

/** A broker that knows CONNECT, SUBSCRIBE and PINGREQ, and keeps what it is sent. */
async function openScripted(script: Script) {
  const sockets: Socket[] = []
  const packets: Packet[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    let protocolVersion: 4 | 5 = 5
    // PUBACK of another version parses alike: what differs is CONNECT, which names its own.
    const parser = mqttPacket.parser()
    const answer = (packet: Packet): void => void socket.write(mqttPacket.generate(packet, { protocolVersion }))
    parser.on('packet', (packet) => {
      packets.push(packet)
      if (packet.cmd === 'connect') {
        protocolVersion = packet.protocolVersion === 5 ? 5 : 4
        const connack = script.connack?.(packet)
        // An old broker answers in its own form.
        if (connack?.returnCode !== undefined) protocolVersion = 4
        const code = protocolVersion === 5 ? { reasonCode: 0 } : { returnCode: 0 }
        answer({ cmd: 'connack', sessionPresent: false, ...code, ...connack })
      } else if (script.isSilent) return
      else if (packet.cmd === 'subscribe')
        answer({
          cmd: 'suback',
          messageId: packet.messageId,
          granted: packet.subscriptions.map(() => 1),
          ...script.suback,
        } as ISubackPacket)
      else if (packet.cmd === 'pingreq') answer({ cmd: 'pingresp' })
    })
    socket.on('data', (chunk) => void parser.parse(chunk))
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    packets,
    of: (cmd: Packet['cmd']) => packets.filter((packet) => packet.cmd === cmd),
    send: (...bytes: readonly Uint8Array[]) => void sockets.at(-1)!.write(Buffer.concat(bytes)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

test('it asks for a session that lasts, a large window, and a shared subscription of its tenants at QoS 1', async () => {
  await using broker = await openScripted({})
  await using it = openTestBridge({ port: broker.port, tenants: ['acme', 'other'] })
  await until(() => isSubscribed(it))
  const [connect, subscribe] = broker.packets
  assert.ok(connect?.cmd === 'connect' && subscribe?.cmd === 'subscribe')
  assert.deepEqual(
    [connect.clientId, connect.clean, connect.protocolVersion, connect.keepalive],
    ['bridge', false, 5, 60],
  )
  assert.equal(connect.properties?.sessionExpiryInterval, 7 * 24 * 3600)
  assert.equal(connect.properties.receiveMaximum, 16_384)
  assert.deepEqual(
    subscribe.subscriptions.map(({ topic, qos }) => [topic, qos]),
    [
      ['$share/g/v1/acme/+/up/#', 1],
      ['$share/g/v1/other/+/up/#', 1],
    ],
  )
})

for (const [what, code] of [
  ['a broker of 3.1.1', { returnCode: 1 }],
  ['a broker that says 0x84', { reasonCode: 0x84 }],
] as const)
  test(`with ${what} it speaks 3.1.1`, async () => {
    await using broker = await openScripted({
      connack: ({ protocolVersion }) => (protocolVersion === 5 ? code : undefined),
    })
    await using it = openTestBridge({ port: broker.port })
    await until(() => isSubscribed(it))
    assert.deepEqual(
      broker.of('connect').map((packet) => (packet as IConnectPacket).protocolVersion),
      [5, 4],
    )
    broker.send(publishPacket(4, topic, telemetry(1), { packetId: 9 }))
    await until(() => broker.of('puback').length === 1)
    assert.equal((await it.stored('telemetry')).length, 1)
  })

test('messages that a broker sends one by one gather, and are read and stored together', async () => {
  await using broker = await openScripted({})
  await using it = openTestBridge({ port: broker.port, bridgeLimits: { gatherMs: 500 } })
  await until(() => isSubscribed(it))
  for (const seq of [1, 2, 3]) {
    broker.send(publishPacket(5, topic, telemetry(seq), { packetId: seq }))
    // Time to come in, each by itself.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await until(() => it.bridge.state().acknowledged === 3)
  assert.equal(await it.metric('roadstream_gateway_commits_total'), 1)
  assert.deepEqual([...seqsOf(await it.stored('telemetry'))], [1, 2, 3])
})

test('a car’s message that a broker of 3.1.1 had kept stands at its own instant, and without one is no event of now', async () => {
  await using broker = await openScripted({
    connack: ({ protocolVersion }) => (protocolVersion === 5 ? { returnCode: 1 } : undefined),
  })
  await using it = openTestBridge({ port: broker.port, group: '' })
  await until(() => isSubscribed(it))
  const event = (seq: number, at: unknown) =>
    Buffer.from(JSON.stringify({ boot: '0123456789abcdef', seq, event: 'airbag-deployed', at, data: {} }))
  const critical = 'v1/acme/car-1/up/critical'
  const saidAt = 1_700_000_000_000
  const sends = [
    publishPacket(4, topic, telemetry(1, saidAt), { packetId: 1, retain: true }),
    publishPacket(4, critical, event(1, saidAt), { packetId: 2, retain: true }),
    publishPacket(4, critical, event(2, 'some day'), { packetId: 3, retain: true }),
    publishPacket(4, critical, event(3, 'some day'), { packetId: 4 }),
  ]
  broker.send(...sends)
  await until(() => broker.of('puback').length === sends.length)
  assert.deepEqual(
    (await it.stored('telemetry')).map(({ at }) => at),
    [saidAt],
  )
  const [dated, live, ...more] = await it.stored('critical')
  assert.deepEqual([dated?.at, live?.at, more.length], [saidAt, live?.receivedAt, 0])
  const letters = await it.stored('dead-letter')
  assert.deepEqual(
    letters.map(({ headers, value }) => [headers?.['reason'], headers?.['stream'], Buffer.from(value).toString()]),
    [['retained', 'critical', event(2, 'some day').toString()]],
  )
  assert.equal(await it.metric('roadstream_gateway_refused_total{reason="retained"}'), 1)
})

const refusals: readonly (readonly [what: string, script: Script, reason: string, said: RegExp])[] = [
  ['a subscription at QoS 0', { suback: { granted: [0] } }, 'subscription', /at QoS 0 only.*allow QoS 1/],
  [
    'shared subscriptions turned off',
    { connack: () => ({ properties: { sharedSubscriptionAvailable: false } }) },
    'subscription',
    /GROUP/,
  ],
  ['a subscription that is not authorised', { suback: { granted: [0x87] } }, 'subscription', /access rules \(ACL\)/],
  ['a quota', { suback: { granted: [0x97] } }, 'subscription', /raise its quota/],
  [
    'a client id it does not take',
    { connack: () => ({ reasonCode: 0x85 }) },
    'client-id',
    /ROADSTREAM_BRIDGE_CLIENT_ID/,
  ],
  ['a ban', { connack: () => ({ reasonCode: 0x8a }) }, 'not-authorised', /banned/],
  ['another server', { connack: () => ({ reasonCode: 0x9c }) }, 'refused', /let ROADSTREAM_BRIDGE name that/],
  ['a server that is busy', { connack: () => ({ reasonCode: 0x89 }) }, 'refused', /takes no connections now/],
  ['a SUBACK for something else', { suback: { messageId: 7 } }, 'protocol', /a SUBACK that answers nothing/],
  [
    'neither version spoken',
    { connack: (c) => (c.protocolVersion === 5 ? { reasonCode: 0x84 } : { returnCode: 1 }) },
    'version',
    /neither/,
  ],
]

for (const [what, script, reason, said] of refusals)
  test(`${what}: said with the remedy, and tried again`, async () => {
    await using broker = await openScripted(script)
    await using it = openTestBridge({ port: broker.port })
    await until(() => it.said.some((line) => line.reason === reason))
    assert.match(it.said.find((line) => line.reason === reason)!.msg, said)
    assert.equal(it.bridge.state().subscribed, 0)
    const { length } = broker.of('connect')
    await until(() => broker.of('connect').length > length)
    if (reason === 'subscription' && script.suback !== undefined)
      assert.ok(broker.of('unsubscribe').length > 0, 'the group is left')
  })

test('a broker that falls silent is left after a ping it does not answer', async () => {
  let now = 0
  const script: Script = {}
  await using broker = await openScripted(script)
  await using it = openTestBridge({ port: broker.port, steady: { now: () => now } })
  await until(() => isSubscribed(it))
  const heard = await it.metric('roadstream_gateway_received_bytes_total')
  now += 30_000
  // PINGRESP has two bytes.
  await until(async () => (await it.metric('roadstream_gateway_received_bytes_total')) >= heard + 2)
  script.isSilent = true
  now += 30_000
  await until(() => broker.of('pingreq').length === 2)
  now += 10_001
  await until(() => it.said.some(({ reason }) => reason === 'timeout'))
  script.isSilent = false
  await until(() => isSubscribed(it))
})

test("the broker's keep-alive is the one that counts", async () => {
  let now = 0
  await using broker = await openScripted({ connack: () => ({ properties: { serverKeepAlive: 10 } }) })
  await using it = openTestBridge({ port: broker.port, steady: { now: () => now } })
  await until(() => isSubscribed(it))
  now += 5000
  await until(() => broker.of('pingreq').length === 1)
})

test('refused payloads are dead letters, other tenants and other topics are counted; all are acknowledged with success', async () => {
  await using broker = await openScripted({})
  await using it = openTestBridge({ port: broker.port })
  await until(() => isSubscribed(it))
  const sends = [
    [topic, Buffer.from('no json')],
    [topic, Buffer.alloc(300 * 1024, 0x20)],
    ['v1/other/car-1/up/telemetry', telemetry(1)],
    ['v1/acme/car-1/up/gossip', telemetry(1)],
    ['v1/acme/not a name/up/telemetry', telemetry(1)],
    ['v1/acme/wagen-ü/up/telemetry', telemetry(1)],
    [topic, telemetry(7)],
  ] as const
  const packets = sends.map(([name, payload], index) => publishPacket(5, name, payload, { packetId: index + 1 }))
  broker.send(...packets)
  await until(() => broker.of('puback').length === sends.length)
  assert.deepEqual(
    broker.packets.flatMap((packet) => (packet.cmd === 'puback' ? [[packet.messageId, packet.reasonCode ?? 0]] : [])),
    sends.map((_, index) => [index + 1, 0]),
  )
  const [unread, large] = await it.stored('dead-letter')
  assert.deepEqual(
    [unread!.headers?.['reason'], large!.headers?.['reason'], large!.headers?.['bytes']],
    ['not-json', 'too-large', '307200'],
  )
  assert.equal(large!.value.length, 264 * 1024)
  assert.deepEqual([...seqsOf(await it.stored('telemetry'))], [7])
  for (const [reason, count] of Object.entries({ 'not-json': 1, 'too-large': 1, tenant: 1, topic: 1, 'vehicle-id': 2 }))
    assert.equal(await it.metric(`roadstream_gateway_refused_total{reason="${reason}"}`), count, reason)
})

test('a bridge that has more than it may on the way to the log does not read, and goes on pinging', async () => {
  let now = 0
  await using broker = await openScripted({})
  await using it = openTestBridge({ port: broker.port, limits: { pendingBytes: 100_000 }, steady: { now: () => now } })
  await until(() => isSubscribed(it))
  it.log.hold()
  // QoS 0, which no Receive Maximum holds back.
  const count = 60_000
  broker.send(
    Buffer.concat(Array.from({ length: count }, (_, seq) => publishPacket(5, topic, telemetry(seq), { qos: 0 }))),
  )
  await until(() => it.bridge.state().received > 0)
  for (let ping = 1; ping <= 3; ping++) {
    now += 30_000
    await until(() => broker.of('pingreq').length === ping)
  }
  const { received } = it.bridge.state()
  assert.ok(received < 2000, `${received} were read, where 100 kB are allowed and one chunk more`)
  it.log.release()
  await until(() => it.bridge.state().received === count)
  assert.equal(await it.metric('roadstream_bridge_disconnects_total{reason="timeout"}'), 0)
})

const publishOf = (first: number, ...body: readonly number[]): Buffer => Buffer.from([first, body.length, ...body])
const faults: readonly (readonly [string, Uint8Array])[] = [
  ['QoS 2 that nobody asked for', publishPacket(5, topic, telemetry(1), { qos: 2 })],
  ['a PUBLISH that ends in its topic', publishOf(0x32, 0, 9, 0x61)],
  ['a PUBLISH of one byte', publishOf(0x30, 0)],
  ['a packet identifier of 0', publishPacket(5, topic, telemetry(1), { packetId: 0 })],
  ['an empty topic', publishPacket(5, '', telemetry(1))],
  ['properties that do not fit', publishOf(0x32, 0, 1, 0x61, 0, 1, 9)],
  ['a length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 1])],
  ['a packet above the maximum', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
  ['a packet only clients send', Buffer.from([0xc0, 0])],
  ['a second CONNACK', Buffer.from([0x20, 3, 0, 0, 0])],
]

for (const [what, bytes] of faults)
  test(`${what} ends the connection, and the next one goes on`, async () => {
    await using broker = await openScripted({})
    await using it = openTestBridge({ port: broker.port })
    await until(() => isSubscribed(it))
    broker.send(bytes)
    await until(() => it.said.some(({ reason }) => reason === 'protocol'))
    await until(() => isSubscribed(it))
    broker.send(publishPacket(5, topic, telemetry(1), { packetId: 5 }))
    await until(() => it.bridge.state().acknowledged === 1)
  })
