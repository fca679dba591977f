// Reason codes and reason strings: what is on the wire is on the standard's list (section 2.4),
// counted, and explained to clients that want it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused } from '../../base/errors.ts'
import type { Admission } from '../admission/admission.ts'
import { encodeAcknowledgement, encodeUnsubscribe, pingRequest } from '../../mqtt/encode-packet.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { packetType } from '../../mqtt/packet.ts'
import type { Properties } from '../../mqtt/properties.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
  type TestGateway,
} from '../gateway.testing.ts'
import {
  ack,
  endOf,
  filterOf,
  goodbye,
  packetOf,
  publish0,
  quiet,
  refusalOf,
  subscribe,
  text,
  versions,
  willOf,
} from './exchange.testing.ts'

const bad = Buffer.from('{"boot":1}')
const up = 'v1/acme/car/up/telemetry'
const detail = 'The fleet key of this tenant was changed. Fetch the new one.'
const refusing: Admission = {
  ...openAdmission,
  authenticate: (credentials) =>
    credentials.clientId === 'stranger' ? refused('credentials', detail) : openAdmission.authenticate(credentials),
  maySubscribe: (_principal, filter) => filter !== 'secret',
  mayPublish: (_principal, topic) => topic !== 'secret',
}

/** The reason strings of one refusal of each kind, as a client with these properties is told
 *  them. */
async function told(it: TestGateway, properties: Properties): Promise<(string | undefined)[]> {
  const strings: (string | undefined)[] = []
  await using stranger = await openRawClient(it.port)
  stranger.send(connectPacket(5, 'c', { properties: { ...properties, authenticationMethod: 'x' } }))
  strings.push((await stranger.expect('connack')).properties?.reasonString)
  await using car = await openConnected(it.port, 5, 'acme/car', { properties })
  car.send(publishPacket(5, up, bad, { packetId: 1 }), publishPacket(5, 'secret', bad, { qos: 2, packetId: 2 }))
  strings.push((await car.expect('puback')).properties?.reasonString)
  strings.push((await car.expect('pubrec')).properties?.reasonString)
  const codes = [filterOf('a/#/b'), filterOf('fine'), filterOf('secret')]
  car.send(packetOf(0x82, [0, 7], [0], ...codes.flatMap(({ filter, qos }) => [text(filter), [qos]])))
  const suback = await car.expect('suback')
  assert.deepEqual(suback.granted, [0x8f, 2, 0x87])
  strings.push(suback.properties?.reasonString)
  car.send(packetOf(0x36, text('t'), [0, 1]))
  strings.push((await car.expect('disconnect')).properties?.reasonString)
  return strings
}

test('a refusal says in words what is wrong and what to do, in CONNACK, PUBACK, PUBREC, SUBACK and DISCONNECT', async () => {
  await using it = await openTestGateway({ admission: refusing })
  const [connack, puback, pubrec, suback, disconnect] = await told(it, {})
  assert.match(connack!, /No authentication method is served/)
  await using stranger = await openRawClient(it.port)
  stranger.send(connectPacket(5, 'stranger'))
  assert.equal((await stranger.expect('connack')).properties?.reasonString, detail)
  assert.match(puback!, /boot.*It is kept as a dead letter: do not send it again\.$/)
  assert.match(pubrec!, /This client may not do that/)
  assert.match(suback!, /^"a\/#\/b" is no topic filter.*Refused as well: 1 more\.$/)
  assert.match(disconnect!, /QoS is 0, 1 or 2/)
})

test('a refused CONNECT is in the log with its reason, and with the client id where that is a vehicle’s', async () => {
  const logged: unknown[] = []
  const admission: Admission = { ...openAdmission, authenticate: () => refused('credentials', detail) }
  await using it = await openTestGateway({ admission, onDebug: (fields, text) => void logged.push([fields, text]) })
  for (const [version, clientId] of [
    [5, 'acme/car'],
    [4, 'acme/car'],
    [5, 'WVWZZZ1JZXW000001'],
  ] as const)
    await refusalOf(it.port, version, connectPacket(version, clientId))
  assert.deepEqual(logged, [
    [{ client: 'acme/car', version: 5, reason: 'credentials' }, 'refused'],
    [{ client: 'acme/car', version: 4, reason: 'credentials' }, 'refused'],
    [{ client: undefined, version: 5, reason: 'credentials' }, 'refused'],
  ])
})

test('a client that asks for no problem information gets no reason strings', async () => {
  await using it = await openTestGateway({ admission: refusing })
  assert.deepEqual(await told(it, { requestProblemInformation: 0 }), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  assert.equal((await told(it, { requestProblemInformation: 1 })).includes(undefined), false)
})

test('a reason string is left out where it would make a packet larger than its client takes', async () => {
  await using it = await openTestGateway({ admission: refusing })
  const full = await told(it, {})
  const lengths = full.map((each) => Buffer.byteLength(each!))
  for (let maximumPacketBytes = 20; maximumPacketBytes < Math.max(...lengths) + 20; maximumPacketBytes++)
    for (const [n, string] of (await told(it, { maximumPacketBytes })).entries()) {
      if (string !== undefined) assert.equal(string, full[n])
      // Bytes around the text: at most 11 bytes, and one for each code of the SUBACK.
      if (lengths[n]! + 14 <= maximumPacketBytes) assert.equal(string, full[n])
      if (lengths[n]! + 3 > maximumPacketBytes) assert.equal(string, undefined)
    }
})

test('an answer that is larger than its client takes ends the connection instead', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c', { properties: { maximumPacketBytes: 30 } })
  await subscribe(client, 5, filterOf('t'))
  client.send(packetOf(0xa2, [0, 9], [0], ...Array.from({ length: 30 }, () => text('u'))))
  const { reasonCode, properties } = await client.expect('disconnect')
  assert.deepEqual([reasonCode, properties], [0x95, undefined])
  assert.equal(await client.next(), undefined)
})

test('a server reference too long for its client is left out of DISCONNECT', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c', { properties: { maximumPacketBytes: 30 } })
  await it.gateway.drain({ serverReference: 'a-very-long-name.of-another-server.example:8883' })
  const { reasonCode, properties } = await client.expect('disconnect')
  assert.deepEqual([reasonCode, properties], [0x9c, undefined])
})

test('acknowledgements with and without a reason string share a batch, each in its place', async () => {
  await using it = await openTestGateway()
  await using one = await openConnected(it.port, 5, 'acme/car')
  await using two = await openConnected(it.port, 4, 'acme/old')
  it.log.hold()
  one.send(
    publishPacket(5, up, telemetry(1), { packetId: 1 }),
    publishPacket(5, up, bad, { packetId: 2 }),
    publishPacket(5, up, telemetry(2), { qos: 2, packetId: 3 }),
    publishPacket(5, up, bad, { qos: 2, packetId: 4 }),
    publishPacket(5, up, telemetry(3), { packetId: 5 }),
  )
  two.send(publishPacket(4, 'v1/acme/old/up/telemetry', bad, { packetId: 9 }))
  await Promise.all([quiet(one), quiet(two)])
  it.log.release()
  const answers: unknown[] = []
  for (let n = 0; n < 5; n++) {
    const packet = await one.next()
    if (packet?.cmd !== 'puback' && packet?.cmd !== 'pubrec') assert.fail(String(packet?.cmd))
    answers.push([packet.cmd, packet.messageId, packet.reasonCode ?? 0, packet.properties?.reasonString !== undefined])
  }
  assert.deepEqual(answers, [
    ['puback', 1, 0, false],
    ['puback', 2, 0x99, true],
    ['pubrec', 3, 0, false],
    ['pubrec', 4, 0x99, true],
    ['puback', 5, 0, false],
  ])
  assert.equal((await two.expect('puback')).messageId, 9)
})

const lists: Readonly<Record<string, readonly number[]>> = {
  // Codes up to 5 are those of a 3.1.1 CONNACK.
  connack: [0, 1, 2, 3, 4, 5, ...range(0x80, 0x8a), 0x8c, 0x90, 0x95, 0x97, 0x99, ...range(0x9a, 0x9d), 0x9f],
  puback: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubrec: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubrel: [0, 0x92],
  pubcomp: [0, 0x92],
  suback: [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  unsuback: [0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
  disconnect: [0, ...range(0x80, 0x83), 0x87, 0x89, 0x8b, ...range(0x8d, 0x90), ...range(0x93, 0xa2)],
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

const linePattern =
  /^roadstream_gateway_reason_codes_total\{packet="(\w+)",code="0x([0-9a-f]{2})",direction="(sent|received)"\} (\d+)$/gm

async function counted(it: TestGateway, direction: 'sent' | 'received'): Promise<Map<string, number>> {
  const lines = [...(await it.registry.metrics()).matchAll(linePattern)]
  return new Map(
    lines.flatMap(([, packet, code, way, count]) => (way === direction ? [[`${packet} ${code}`, Number(count)]] : [])),
  )
}

test('every reason code on the wire is one the standard lists for its packet', async () => {
  await using it = await openTestGateway({
    admission: refusing,
    limits: { topicAliases: 2, subscriptionsPerSession: 3, receiveMaximum: 4, sessions: 6 },
  })
  await told(it, {})
  await refusalOf(it.port, 5, connectPacket(5, 'stranger'))
  for (const version of versions) {
    for (const change of [
      { will: willOf({ topic: '#' }) },
      { will: willOf({ topic: '$x' }) },
      { properties: { authenticationMethod: 'x' } },
    ])
      await refusalOf(it.port, version, connectPacket(version, 'c', change))
    await refusalOf(it.port, version, connectPacket(version, 'x'.repeat(300)))
    const old = connectPacket(version, 'c')
    old[8] = version === 5 ? 9 : 2
    await refusalOf(it.port, version, old)
    const faults = [
      publish0(version, '#', 'x'),
      publish0(version, '', 'x'),
      publish0(version, 't', 'x', { topicAlias: 9 }),
      packetOf(0x00),
      packetOf(0xc1),
      Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]),
      Buffer.concat([1, 2, 3, 4, 5].map((packetId) => publishPacket(version, 't', bad, { qos: 2, packetId }))),
    ]
    for (const bytes of faults.slice(0, version === 4 ? 2 : undefined))
      await endOf(it.port, version, bytes).catch(() => 'answered first')
    await using client = await openConnected(it.port, version, 'c')
    await subscribe(
      client,
      version,
      ['a', 'b', 'c', 'd', '', 'secret'].map((filter) => filterOf(filter)),
    )
    client.send(encodeUnsubscribe(version, { packetId: 5, filters: ['a', 'nothing'] }))
    await client.expect('unsuback')
    for (const type of [packetType.pubrel, packetType.pubrec]) client.send(encodeAcknowledgement(type, version, 500))
    await client.expect('pubcomp')
    await client.expect('pubrel')
    await using other = await openConnected(it.port, version, 'c')
    if (version === 5) await client.expect('disconnect')
    await quiet(other)
  }
  const sent = await counted(it, 'sent')
  assert.ok(sent.size > 25, `only ${sent.size} kinds of answers were provoked`)
  for (const key of sent.keys()) {
    const [packet, code] = key.split(' ')
    assert.ok(lists[packet!]?.includes(Number.parseInt(code!, 16)), `${key} is not on the list`)
  }
})

test('a reason code that the standard does not list for its packet ends the connection of the client, and is not counted', async () => {
  await using it = await openTestGateway()
  const types = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'disconnect'] as const
  for (const name of types)
    for (const code of [0x01, 0x04, 0x77, 0x80, 0x92, 0xa2, 0xff]) {
      const isListed = lists[name]!.includes(code) || (name === 'disconnect' && code === 0x04)
      const first = (packetType[name] << 4) | (name === 'pubrel' ? 2 : 0)
      const end = name === 'disconnect' ? packetOf(first, [code]) : packetOf(first, [0, 9, code])
      await using client = await openConnected(it.port, 5, 'c')
      client.send(end, goodbye(5))
      const answered = [await client.next(), await client.next()]
      const refused = answered.some((packet) => packet?.cmd === 'disconnect' && packet.reasonCode === 0x82)
      assert.equal(refused, !isListed, `${name} ${code}`)
    }
  for (const key of (await counted(it, 'received')).keys()) {
    const [packet, code] = key.split(' ')
    assert.ok(key === 'disconnect 04' || lists[packet!]?.includes(Number.parseInt(code!, 16)), `${key} was counted`)
  }
})

test('reason codes are counted as they are on the wire, by packet and both ways', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car')
  await using old = await openConnected(it.port, 4, 'acme/old')
  for (const packetId of [1, 2, 3]) car.send(publishPacket(5, up, telemetry(packetId), { packetId }))
  car.send(publishPacket(5, up, bad, { packetId: 4 }))
  for (let n = 0; n < 4; n++) await car.expect('puback')
  // A 3.1.1 PUBACK has no code, so it says 0 whatever became of the payload.
  old.send(publishPacket(4, 'v1/acme/old/up/telemetry', bad, { packetId: 4 }))
  await old.expect('puback')
  // Nor has an UNSUBACK; of one of MQTT 5 each filter has its own.
  old.send(encodeUnsubscribe(4, { packetId: 5, filters: ['a', 'b'] }))
  await old.expect('unsuback')
  car.send(encodeUnsubscribe(5, { packetId: 5, filters: ['a', 'b'] }))
  await car.expect('unsuback')
  await subscribe(car, 5, filterOf('t'))
  void it.gateway.publish('t', bad, { qos: 1 })
  ack(car, packetType.puback, 5, (await car.expect('publish')).messageId!, 0x83)
  void it.gateway.publish('t', bad, { qos: 2 })
  const { messageId } = await car.expect('publish')
  ack(car, packetType.pubrec, 5, messageId!)
  await car.expect('pubrel')
  ack(car, packetType.pubcomp, 5, messageId!)
  car.send(pingRequest)
  await car.expect('pingresp')
  car.send(goodbye(5, 0x04))
  assert.equal(await car.next(), undefined)
  assert.deepEqual(
    await counted(it, 'sent'),
    new Map([
      ['connack 00', 2],
      ['puback 00', 4],
      ['puback 99', 1],
      ['pubrel 00', 1],
      ['suback 02', 1],
      ['unsuback 00', 1],
      ['unsuback 11', 2],
    ]),
  )
  assert.deepEqual(
    await counted(it, 'received'),
    new Map([
      ['puback 83', 1],
      ['pubrec 00', 1],
      ['pubcomp 00', 1],
      ['disconnect 04', 1],
    ]),
  )
})
