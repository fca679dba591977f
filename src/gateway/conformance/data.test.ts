// Data types and the fixed header: sections 1.5 and 2 of MQTT 5, 1.5 and 2 of 3.1.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { varintBytes, writeVarint } from '../../mqtt/byte-writer.ts'
import { encodeAcknowledgement, pingRequest } from '../../mqtt/encode-packet.ts'
import { packetType } from '../../mqtt/packet.ts'
import { connectPacket, openConnected, openTestGateway, publishPacket } from '../gateway.testing.ts'
import {
  endOf,
  filterOf,
  packetOf,
  propertiesOf,
  publish0,
  quiet,
  rawAnswer,
  refusalOf,
  subscribe,
  text,
  inEachVersion,
} from './exchange.testing.ts'

const notText = [
  Buffer.from([0xff]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from('a\0b'),
]
const name = (version: number, flags: number): Buffer =>
  Buffer.concat([text('MQTT'), Buffer.from([version, flags, 0, 60])])

test('text that is not UTF-8, or holds a surrogate or U+0000, ends the connection wherever it stands in CONNECT', async () => {
  await using it = await openTestGateway()
  for (const bad of notText.map(text)) {
    const none = propertiesOf()
    const pair = propertiesOf([0x26], text('key'), bad)
    const places5 = [
      packetOf(0x10, name(5, 2), none, bad),
      packetOf(0x10, name(5, 2), pair, text('c')),
      packetOf(0x10, name(5, 2), propertiesOf([0x26], bad, text('value')), text('c')),
      packetOf(0x10, name(5, 2), propertiesOf([0x15], bad), text('c')),
      packetOf(0x10, name(5, 0x82), none, text('c'), bad),
      packetOf(0x10, name(5, 6), none, text('c'), none, bad, text('payload')),
      packetOf(0x10, name(5, 6), none, text('c'), propertiesOf([0x03], bad), text('w'), text('payload')),
      packetOf(0x10, name(5, 6), none, text('c'), propertiesOf([0x08], bad), text('w'), text('payload')),
      packetOf(0x10, name(5, 6), none, text('c'), pair, text('w'), text('payload')),
    ]
    for (const bytes of places5) assert.equal(await refusalOf(it.port, 5, bytes), 0x81)
    const places4 = [
      packetOf(0x10, name(4, 2), bad),
      packetOf(0x10, name(4, 0x82), text('c'), bad),
      packetOf(0x10, name(4, 6), text('c'), bad, text('payload')),
    ]
    for (const bytes of places4) assert.equal(await refusalOf(it.port, 4, bytes), 'closed')
  }
})

test('text that is not UTF-8, or holds a surrogate or U+0000, ends the connection wherever it stands in another packet', async () => {
  await using it = await openTestGateway()
  for (const bad of notText.map(text)) {
    const properties = [
      [[0x03], bad],
      [[0x08], bad],
      [[0x26], bad, text('value')],
      [[0x26], text('key'), bad],
    ].map((parts) => propertiesOf(...parts.map((part) => Buffer.from(part))))
    const places5 = [
      packetOf(0x30, bad, propertiesOf(), Buffer.from('x')),
      ...properties.map((each) => packetOf(0x30, text('t'), each, Buffer.from('x'))),
      packetOf(0x82, [0, 1], propertiesOf(), bad, [0]),
      packetOf(0x82, [0, 1], propertiesOf([0x26], bad, text('value')), text('t'), [0]),
      packetOf(0xa2, [0, 1], propertiesOf(), bad),
      packetOf(0xa2, [0, 1], propertiesOf([0x26], bad, text('value')), text('t')),
      packetOf(0x40, [0, 1, 0], propertiesOf([0x1f], bad)),
      packetOf(0x50, [0, 1, 0], propertiesOf([0x1f], bad)),
      packetOf(0x62, [0, 1, 0], propertiesOf([0x1f], bad)),
      packetOf(0x70, [0, 1, 0], propertiesOf([0x26], text('key'), bad)),
      packetOf(0xe0, [0], propertiesOf([0x1f], bad)),
    ]
    for (const bytes of places5) assert.equal(await endOf(it.port, 5, bytes), 0x81, bytes.toString('hex'))
    const places4 = [
      packetOf(0x30, bad, Buffer.from('x')),
      packetOf(0x82, [0, 1], bad, [0]),
      packetOf(0xa2, [0, 1], bad),
    ]
    for (const bytes of places4) assert.equal(await endOf(it.port, 4, bytes), 'closed', bytes.toString('hex'))
  }
})

inEachVersion('U+FEFF at the beginning of a text is a character like any other, and stays', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('\ufeffa/b'))
  client.send(publish0(version, 'a/b', 'without'), publish0(version, '\ufeffa/b', 'with'))
  const got = await client.expect('publish')
  assert.deepEqual([got.topic, got.payload.toString()], ['\ufeffa/b', 'with'])
  await quiet(client)
})

test('a variable byte integer is read in its shortest form only', async () => {
  await using it = await openTestGateway()
  const longer = [
    Buffer.from([0x30, 0x84, 0x00, 0, 1, 0x61, 0]),
    packetOf(0x30, text('t'), [0x80, 0x00], Buffer.from('x')),
    packetOf(0x82, [0, 1], propertiesOf([0x0b, 0x81, 0x00]), text('t'), [0]),
    packetOf(0x30, text('t'), propertiesOf([0x81, 0x00, 1]), Buffer.from('x')),
  ]
  for (const bytes of longer) assert.equal(await endOf(it.port, 5, bytes), 0x81)
  assert.equal(await endOf(it.port, 5, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])), 0x81)
  assert.equal(await endOf(it.port, 4, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])), 'closed')
})

test('a variable byte integer is written in its shortest form', () => {
  const bounds = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455]
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...bounds), fc.nat(268_435_455)), (value) => {
      const bytes = Buffer.alloc(4)
      const length = writeVarint(bytes, value, 0)
      assert.equal(length, varintBytes(value))
      assert.ok(length === 1 || bytes[length - 1] !== 0)
      const read = bytes.subarray(0, length).reduce((sum, byte, index) => sum + (byte & 0x7f) * 128 ** index, 0)
      assert.equal(read, value)
    }),
  )
})

inEachVersion(
  'flags of the fixed header that differ from what the standard lists end the connection, for every packet type',
  async (version) => {
    await using it = await openTestGateway()
    const bodies: readonly (readonly [type: number, right: number, body: Buffer])[] = [
      [4, 0, Buffer.from([0, 1])],
      [5, 0, Buffer.from([0, 1])],
      [6, 2, Buffer.from([0, 1])],
      [7, 0, Buffer.from([0, 1])],
      [8, 2, Buffer.concat([Buffer.from([0, 1, 0]), text('t'), Buffer.from([0])])],
      [10, 2, Buffer.concat([Buffer.from([0, 1, 0]), text('t')])],
      [12, 0, Buffer.alloc(0)],
      [14, 0, Buffer.alloc(0)],
      [15, 0, Buffer.alloc(0)],
    ]
    for (const [type, right, body] of bodies)
      for (let flags = 0; flags < 16; flags++)
        if (flags !== right) {
          assert.equal(await endOf(it.port, 5, packetOf((type << 4) | flags, body)), 0x81)
          if (flags % 5 === 0) assert.equal(await endOf(it.port, 4, packetOf((type << 4) | flags, body)), 'closed')
        }
    const connect = connectPacket(version, 'c')
    connect[0] = 0x11
    assert.equal(await refusalOf(it.port, version, connect), 'closed')
  },
)

test('a packet identifier of 0 ends the connection, in every packet that has one', async () => {
  await using it = await openTestGateway()
  const zero = [
    packetOf(0x32, text('t'), [0, 0], propertiesOf()),
    packetOf(0x34, text('t'), [0, 0], propertiesOf()),
    packetOf(0x40, [0, 0]),
    packetOf(0x50, [0, 0]),
    packetOf(0x62, [0, 0]),
    packetOf(0x70, [0, 0]),
    packetOf(0x82, [0, 0], propertiesOf(), text('t'), [0]),
    packetOf(0xa2, [0, 0], propertiesOf(), text('t')),
  ]
  for (const bytes of zero) assert.equal(await endOf(it.port, 5, bytes), 0x81)
  for (const first of [0x32, 0x34]) assert.equal(await endOf(it.port, 4, packetOf(first, text('t'), [0, 0])), 'closed')
  assert.equal(await endOf(it.port, 4, packetOf(0x82, [0, 0], text('t'), [0])), 'closed')
  assert.equal(await endOf(it.port, 4, packetOf(0xa2, [0, 0], text('t'))), 'closed')
})

test('a packet that ends too early, or goes on behind its end, is malformed', async () => {
  await using it = await openTestGateway()
  const wrong = [
    packetOf(0x32, text('t'), [0]),
    packetOf(0x30, [0, 9], Buffer.from('t')),
    packetOf(0x30, text('t')),
    packetOf(0x30, text('t'), [5, 1]),
    packetOf(0x40, [1]),
    packetOf(0x40, [0, 1, 0, 0, 9]),
    packetOf(0x82, [0, 1], propertiesOf(), text('t')),
    packetOf(0xa2, [0, 1], propertiesOf(), [0, 5, 0x61]),
    packetOf(0xc0, [0]),
    packetOf(0xe0, [0, 0, 9]),
    packetOf(0xe0, [0], [2, 0x1f]),
  ]
  for (const bytes of wrong) assert.equal(await endOf(it.port, 5, bytes), 0x81, bytes.toString('hex'))
  const wrong4 = [
    packetOf(0x40, [0, 1, 0]),
    packetOf(0xe0, [0]),
    packetOf(0xc0, [0]),
    packetOf(0x82, [0, 1], text('t')),
  ]
  for (const bytes of wrong4) assert.equal(await endOf(it.port, 4, bytes), 'closed', bytes.toString('hex'))
})

inEachVersion('QoS 0 has no packet identifier, neither as it is read nor as it is written', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('t'))
  const none = version === 5 ? [0] : []
  const bytes = packetOf(0x30, text('t'), none, [0, 9])
  assert.deepEqual(await rawAnswer(client, bytes), bytes)
})

test('an MQTT 5 packet without properties has a property length of zero', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  assert.deepEqual(
    await rawAnswer(client, packetOf(0x82, [0, 7], [0], text('t'), [1])),
    packetOf(0x90, [0, 7], [0], [1]),
  )
  assert.deepEqual(await rawAnswer(client, packetOf(0xa2, [0, 8], [0], text('t'))), packetOf(0xb0, [0, 8], [0], [0]))
})

inEachVersion('every acknowledgement carries the identifier of the packet it answers', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  for (const packetId of [1, 255, 256, 65_535]) {
    client.send(publishPacket(version, 't', Buffer.from('x'), { packetId }))
    assert.equal((await client.expect('puback')).messageId, packetId)
    client.send(publishPacket(version, 't', Buffer.from('x'), { qos: 2, packetId }))
    assert.equal((await client.expect('pubrec')).messageId, packetId)
    client.send(encodeAcknowledgement(packetType.pubrel, version, packetId))
    assert.equal((await client.expect('pubcomp')).messageId, packetId)
    const none = version === 5 ? [0] : []
    client.send(packetOf(0x82, [packetId >> 8, packetId & 0xff], none, text('other'), [0]))
    assert.equal((await client.expect('suback')).messageId, packetId)
    client.send(packetOf(0xa2, [packetId >> 8, packetId & 0xff], none, text('other')))
    assert.equal((await client.expect('unsuback')).messageId, packetId)
  }
})

test('a message to a client is given an identifier that is not in use, also once all have been used', async () => {
  await using it = await openTestGateway({ limits: { deliveryWindow: 200 } })
  await using client = await openConnected(it.port, 4, 'c')
  await subscribe(client, 4, filterOf('t'))
  await it.gateway.publish('t', Buffer.from('kept'), { qos: 1 })
  const kept = (await client.expect('publish')).messageId!
  const seen = new Set<number>()
  for (let round = 0; round < 330; round++) {
    for (let n = 0; n < 199; n++) await it.gateway.publish('t', Buffer.from('x'), { qos: 1 })
    const ids: number[] = []
    for (let n = 0; n < 199; n++) ids.push((await client.expect('publish')).messageId!)
    assert.equal(new Set([...ids, kept, 0]).size, 201)
    for (const id of ids) seen.add(id)
    client.send(...ids.map((id) => encodeAcknowledgement(packetType.puback, 4, id)), pingRequest)
    await client.expect('pingresp')
  }
  assert.equal(seen.size, 65_534)
})
