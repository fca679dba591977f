// CONNECT: section 3.1 of MQTT 5 and 3.1.1, and what a refused one leads to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted } from '../../base/errors.ts'
import type { Admission } from '../admission/admission.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { pingRequest } from '../../mqtt/encode-packet.ts'
import { connectPacket, openConnected, openRawClient, openTestGateway } from '../gateway.testing.ts'
import {
  endOf,
  filterOf,
  keptFor,
  packetOf,
  propertiesOf,
  publish0,
  quiet,
  refusalOf,
  subscribe,
  text,
  willOf,
  inEachVersion,
} from './exchange.testing.ts'

const head = (version: number, flags: number, protocol = 'MQTT'): Buffer =>
  Buffer.concat([text(protocol), Buffer.from([version, flags, 0, 60])])
const none = propertiesOf()

test('before CONNECT every other packet ends the connection without a word', async () => {
  await using it = await openTestGateway()
  for (const first of [0x30, 0x40, 0x62, 0x82, 0xa2, 0xc0, 0xe0, 0xf0, 0x00, 0x20]) {
    await using client = await openRawClient(it.port)
    client.send(packetOf(first, first === 0xc0 ? [] : [0, 1, 0]))
    assert.equal(await client.next(), undefined)
  }
})

test('a second CONNECT ends the connection as a protocol error', async () => {
  await using it = await openTestGateway()
  assert.equal(await endOf(it.port, 5, connectPacket(5, 'faulty')), 0x82)
  assert.equal(await endOf(it.port, 4, connectPacket(4, 'faulty')), 'closed')
})

inEachVersion('another protocol name is no MQTT, and ends the connection', async (version) => {
  await using it = await openTestGateway()
  for (const name of ['mqtt', 'MQTX', 'MQT', '', 'MQTTT'])
    assert.equal(
      await refusalOf(it.port, version, packetOf(0x10, head(version, 2, name), version === 5 ? none : [], text('c'))),
      'closed',
    )
})

test('a protocol version that is neither 3.1.1 nor 5 is refused as such, in a form its client reads', async () => {
  await using it = await openTestGateway()
  for (const version of [0, 1, 3])
    assert.equal(await refusalOf(it.port, 4, packetOf(0x10, head(version, 2), text('c'))), 1)
  assert.equal(await refusalOf(it.port, 4, packetOf(0x10, head(3, 2, 'MQIsdp'), text('c'))), 1)
  for (const version of [6, 255])
    assert.equal(await refusalOf(it.port, 5, packetOf(0x10, head(version, 2), none, text('c'))), 0x84)
})

test('the reserved flag of CONNECT must be 0', async () => {
  await using it = await openTestGateway()
  assert.equal(await refusalOf(it.port, 5, packetOf(0x10, head(5, 3), none, text('c'))), 0x81)
  assert.equal(await refusalOf(it.port, 4, packetOf(0x10, head(4, 3), text('c'))), 'closed')
})

test('without a will its QoS and retain flags must be 0, and with one its QoS is at most 2', async () => {
  await using it = await openTestGateway()
  for (const flags of [0x08, 0x10, 0x18, 0x20, 0x1c]) {
    assert.equal(
      await refusalOf(it.port, 5, packetOf(0x10, head(5, flags), none, text('c'), none, text('w'), text('p'))),
      0x81,
    )
    assert.equal(
      await refusalOf(it.port, 4, packetOf(0x10, head(4, flags | 2), text('c'), text('w'), text('p'))),
      'closed',
    )
  }
  for (const flags of [0x04, 0x0c, 0x14, 0x24])
    assert.equal(
      await refusalOf(it.port, 5, packetOf(0x10, head(5, flags), none, text('c'), none, text('w'), text('p'))),
      0,
    )
})

test('the payload of CONNECT holds exactly the fields its flags name, in their order', async () => {
  await using it = await openTestGateway()
  const seen: unknown[] = []
  const admission: Admission = {
    ...openAdmission,
    authenticate: ({ clientId, username, password }) => {
      seen.push([clientId, username, password === undefined ? undefined : Buffer.from(password).toString()])
      return accepted({ id: clientId, tenant: '' })
    },
  }
  await using that = await openTestGateway({ admission })
  assert.equal(
    await refusalOf(
      that.port,
      5,
      packetOf(0x10, head(5, 0xc4), none, text('c'), none, text('w'), text('p'), text('u'), text('s')),
    ),
    0,
  )
  assert.equal(
    await refusalOf(that.port, 4, packetOf(0x10, head(4, 0xc6), text('c'), text('w'), text('p'), text('u'), text('s'))),
    0,
  )
  assert.equal(await refusalOf(that.port, 5, packetOf(0x10, head(5, 2), none, text('c'))), 0)
  assert.deepEqual(seen, [
    ['c', 'u', 's'],
    ['c', 'u', 's'],
    ['c', undefined, undefined],
  ])
  const missing5 = [
    packetOf(0x10, head(5, 0xc0), none, text('c'), text('u')),
    packetOf(0x10, head(5, 0x80), none, text('c')),
    packetOf(0x10, head(5, 0x04), none, text('c'), none, text('w')),
    packetOf(0x10, head(5, 0x04), none, text('c')),
    packetOf(0x10, head(5, 0x02), none),
    packetOf(0x10, head(5, 0x02)),
  ]
  const tooMuch5 = [
    packetOf(0x10, head(5, 0x02), none, text('c'), text('u')),
    packetOf(0x10, head(5, 0x80), none, text('c'), text('u'), text('s')),
    packetOf(0x10, head(5, 0x02), none, text('c'), none, text('w'), text('p')),
  ]
  for (const bytes of [...missing5, ...tooMuch5])
    assert.equal(await refusalOf(it.port, 5, bytes), 0x81, bytes.toString('hex'))
  const wrong4 = [
    packetOf(0x10, head(4, 0xc2), text('c'), text('u')),
    packetOf(0x10, head(4, 0x06), text('c'), text('w')),
    packetOf(0x10, head(4, 0x02), text('c'), text('u')),
    packetOf(0x10, head(4, 0x02), text('c'), text('w'), text('p')),
  ]
  for (const bytes of wrong4) assert.equal(await refusalOf(it.port, 4, bytes), 'closed', bytes.toString('hex'))
})

test('by 3.1.1 a password needs a user name, by MQTT 5 it does not', async () => {
  await using it = await openTestGateway()
  assert.equal(await refusalOf(it.port, 4, packetOf(0x10, head(4, 0x42), text('c'), text('s'))), 'closed')
  assert.equal(await refusalOf(it.port, 5, packetOf(0x10, head(5, 0x42), none, text('c'), text('s'))), 0)
})

inEachVersion(
  'client ids of 1 to 23 letters and digits are taken, and longer ones of any characters',
  async (version) => {
    await using it = await openTestGateway()
    const ids = [
      'a',
      '0123456789abcdefghijklm',
      'nopqrstuvwxyzABCDEFGHIJ',
      'KLMNOPQRSTUVWXYZ',
      'ein Wägelchen/🚗',
      'x'.repeat(256),
    ]
    for (const id of ids) assert.equal(await refusalOf(it.port, version, connectPacket(version, id)), 0)
  },
)

test('a client id that is refused is answered as such, and the connection ends', async () => {
  await using it = await openTestGateway()
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'x'.repeat(257))), 0x85)
  assert.equal(await refusalOf(it.port, 4, connectPacket(4, 'x'.repeat(257))), 2)
})

test('a client without an id is given one of its own, and is treated as if it had come with it', async () => {
  await using it = await openTestGateway()
  await using one = await openRawClient(it.port)
  await using two = await openRawClient(it.port)
  const ids: string[] = []
  for (const client of [one, two]) {
    client.send(connectPacket(5, '', { properties: { sessionExpiryS: 100 } }))
    const { properties, sessionPresent } = await client.expect('connack')
    assert.equal(sessionPresent, false)
    ids.push(properties!.assignedClientIdentifier!)
  }
  assert.notEqual(ids[0], ids[1])
  await it.lose(one)
  await using back = await openRawClient(it.port)
  back.send(connectPacket(5, ids[0]!, keptFor(5)))
  const { properties, sessionPresent } = await back.expect('connack')
  assert.equal(sessionPresent, true)
  assert.equal(properties?.assignedClientIdentifier, undefined)
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, '', { cleanStart: false })), 0)
})

test('by 3.1.1 a client without an id must ask for a clean session', async () => {
  await using it = await openTestGateway()
  assert.equal(await refusalOf(it.port, 4, connectPacket(4, '', { cleanStart: false })), 2)
  assert.equal(await refusalOf(it.port, 4, connectPacket(4, '')), 0)
})

inEachVersion('a client id belongs to its session alone', async (version) => {
  await using it = await openTestGateway()
  await using one = await openConnected(it.port, version, 'one')
  await using two = await openConnected(it.port, version, 'One')
  await subscribe(one, version, filterOf('t'))
  await it.gateway.publish('t', Buffer.from('x'), { qos: 0 })
  await one.expect('publish')
  await Promise.all([quiet(one), quiet(two)])
})

inEachVersion('when a second connection comes with the same id, the first is ended', async (version) => {
  await using it = await openTestGateway()
  await using first = await openConnected(it.port, version, 'car')
  await using second = await openConnected(it.port, version, 'car')
  if (version === 5) assert.equal((await first.expect('disconnect')).reasonCode, 0x8e)
  assert.equal(await first.next(), undefined)
  await quiet(second)
})

inEachVersion('what follows a CONNECT that is refused is not processed', async (version) => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('#'))
  await using client = await openRawClient(it.port, version)
  client.send(connectPacket(version, 'x'.repeat(257)), publish0(version, 'sneaky', 'x'), pingRequest)
  await client.expect('connack')
  assert.equal(await client.next(), undefined)
  await quiet(watcher)
})

inEachVersion('what follows a CONNECT at once is processed after its CONNACK', async (version) => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port, version)
  client.send(
    connectPacket(version, 'eager'),
    packetOf(0x82, [0, 3], version === 5 ? none : [], text('t'), [0]),
    publish0(version, 't', 'x'),
    pingRequest,
  )
  await client.expect('connack')
  await client.expect('suback')
  await client.expect('pingresp')
  await client.expect('publish')
})

test('a property that CONNECT or its will may not carry, twice the same one, or a value out of range, is refused', async () => {
  await using it = await openTestGateway()
  const connectWith = (...parts: readonly (Buffer | readonly number[])[]): Buffer =>
    packetOf(0x10, head(5, 2), propertiesOf(...parts), text('c'))
  const willWith = (...parts: readonly (Buffer | readonly number[])[]): Buffer =>
    packetOf(0x10, head(5, 6), none, text('c'), propertiesOf(...parts), text('w'), text('p'))
  const cases: readonly (readonly [Buffer, number])[] = [
    [connectWith([0x23, 0, 1]), 0x81],
    [connectWith([0x7f]), 0x81],
    [connectWith([0x01, 1]), 0x81],
    [connectWith([0x18, 0, 0, 0, 1]), 0x81],
    [connectWith([0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 1]), 0x82],
    [connectWith([0x21, 0, 1, 0x21, 0, 1]), 0x82],
    [connectWith([0x21, 0, 0]), 0x82],
    [connectWith([0x27, 0, 0, 0, 0]), 0x82],
    [connectWith([0x17, 2]), 0x82],
    [connectWith([0x19, 2]), 0x82],
    [connectWith([0x16, 0, 1, 7]), 0x82],
    [willWith([0x11, 0, 0, 0, 1]), 0x81],
    [willWith([0x01, 2]), 0x82],
    [willWith([0x18, 0, 0, 0, 1, 0x18, 0, 0, 0, 1]), 0x82],
    [willWith([0x08], text('a/#')), 0x82],
    [willWith([0x08], text('')), 0x82],
  ]
  for (const [bytes, code] of cases) assert.equal(await refusalOf(it.port, 5, bytes), code, bytes.toString('hex'))
})

test('a will topic with a wildcard, without a character or beginning with $ is refused', async () => {
  await using it = await openTestGateway()
  for (const [topic, code] of [
    ['a/#', 0x90],
    ['+', 0x90],
    ['', 0x90],
    ['$SYS/load', 0x87],
  ] as const) {
    assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'c', { will: willOf({ topic }) })), code)
    assert.equal(await refusalOf(it.port, 4, connectPacket(4, 'c', { will: willOf({ topic }) })), 5)
  }
})
