// SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK (sections 3.8 to 3.11) and topic names and filters
// (section 4.7), in both versions.
import { inEachVersion } from './exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAcknowledgement, encodeUnsubscribe } from '../../mqtt/encode-packet.ts'
import type { Admission } from '../admission/admission.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { packetType, type ProtocolVersion } from '../../mqtt/packet.ts'
import { openConnected, openTestGateway, publishPacket, type RawClient } from '../gateway.testing.ts'
import { endOf, filterOf, packetOf, propertiesOf, publish0, quiet, subscribe, text } from './exchange.testing.ts'

const none = (version: ProtocolVersion): readonly number[] => (version === 5 ? [0] : [])

async function unsubscribe(client: RawClient, version: ProtocolVersion, ...filters: string[]): Promise<unknown> {
  client.send(encodeUnsubscribe(version, { packetId: 78, filters }))
  const { messageId, granted } = await client.expect('unsuback')
  assert.equal(messageId, 78)
  return version === 5 ? granted : undefined
}

test('SUBSCRIBE and UNSUBSCRIBE name at least one filter', async () => {
  await using it = await openTestGateway()
  for (const first of [0x82, 0xa2]) {
    assert.equal(await endOf(it.port, 5, packetOf(first, [0, 1], propertiesOf())), 0x82)
    assert.equal(await endOf(it.port, 4, packetOf(first, [0, 1])), 'closed')
  }
})

test('reserved bits of the subscription options, QoS 3 and a Retain Handling of 3 end the connection', async () => {
  await using it = await openTestGateway()
  for (const [options, code] of [
    [0x40, 0x81],
    [0x80, 0x81],
    [0x03, 0x81],
    [0x30, 0x82],
  ] as const)
    assert.equal(await endOf(it.port, 5, packetOf(0x82, [0, 1], propertiesOf(), text('t'), [options])), code)
  for (const options of [0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80])
    assert.equal(await endOf(it.port, 4, packetOf(0x82, [0, 1], text('t'), [options])), 'closed')
})

test('a subscription identifier is not 0 and comes once, and SUBSCRIBE carries no property but that and user properties', async () => {
  await using it = await openTestGateway()
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[0x0b, 0], 0x82],
    [[0x0b, 1, 0x0b, 2], 0x82],
    [[0x11, 0, 0, 0, 1], 0x81],
    [[0x1f, 0, 0], 0x81],
  ]
  for (const [properties, code] of cases)
    assert.equal(await endOf(it.port, 5, packetOf(0x82, [0, 1], propertiesOf(properties), text('t'), [0])), code)
  assert.equal(await endOf(it.port, 5, packetOf(0xa2, [0, 1], propertiesOf([0x0b, 1]), text('t'))), 0x81)
})

test('each filter gets its own code, in order and in one SUBACK, whatever becomes of the others', async () => {
  const admission: Admission = { ...openAdmission, maySubscribe: (_principal, filter) => filter !== 'secret' }
  await using it = await openTestGateway({ admission, limits: { subscriptionsPerSession: 4 } })
  const filters = ['zero', 'a/#/b', 'two', 'secret', 'one', 'zero', 'fourth', 'fifth']
  const requests = filters.map((filter) => filterOf(filter, { qos: filter === 'one' ? 1 : filter === 'two' ? 2 : 0 }))
  await using five = await openConnected(it.port, 5, 'five')
  assert.deepEqual(await subscribe(five, 5, requests), [0, 0x8f, 2, 0x87, 1, 0, 0, 0x97])
  await using four = await openConnected(it.port, 4, 'four')
  assert.deepEqual(await subscribe(four, 4, requests), [0, 0x80, 2, 0x80, 1, 0, 0, 0x80])
  await it.gateway.publish('two', Buffer.from('x'), { qos: 2 })
  for (const client of [five, four]) assert.equal((await client.expect('publish')).qos, 2)
})

inEachVersion('deliveries have the lower QoS of the message and the subscription', async (version) => {
  await using it = await openTestGateway()
  for (const granted of [0, 1, 2] as const) {
    await using client = await openConnected(it.port, version, 'c')
    assert.deepEqual(await subscribe(client, version, filterOf('t', { qos: granted })), [granted])
    for (const qos of [0, 1, 2] as const) {
      await it.gateway.publish('t', Buffer.from('x'), { qos })
      assert.equal((await client.expect('publish')).qos, Math.min(qos, granted))
    }
  }
})

inEachVersion('the same filter again replaces the subscription, and no message is lost meanwhile', async (version) => {
  await using it = await openTestGateway()
  await it.gateway.publish('t', Buffer.from('kept'), { qos: 2, retain: true })
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('t', { qos: 0 }))
  assert.equal((await client.expect('publish')).qos, 0)
  client.send(
    publish0(version, 't', 'before'),
    packetOf(0x82, [0, 9], none(version), text('t'), [1]),
    publish0(version, 't', 'after'),
  )
  const seen: string[] = []
  for (let n = 0; n < 4; n++) {
    const packet = await client.next()
    seen.push(packet?.cmd === 'publish' ? `${packet.payload.toString()} ${packet.qos}` : String(packet?.cmd))
  }
  assert.deepEqual(seen.toSorted(), ['after 0', 'before 0', 'kept 1', 'suback'])
  await it.gateway.publish('t', Buffer.from('x'), { qos: 2 })
  assert.equal((await client.expect('publish')).qos, 1)
  await quiet(client)
})

inEachVersion(
  'filters that overlap give one delivery, at the highest QoS and with the identifier of each',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, 'c')
    await subscribe(client, version, filterOf('a/+', { qos: 1 }), 268_435_455)
    await subscribe(client, version, filterOf('a/#', { qos: 2 }))
    await subscribe(client, version, filterOf('a/b', { qos: 0 }), 1)
    await it.gateway.publish('a/b', Buffer.from('x'), { qos: 2 })
    const { qos, properties } = await client.expect('publish')
    assert.equal(qos, 2)
    if (version === 5) assert.deepEqual(new Set([properties?.subscriptionIdentifier].flat()), new Set([268_435_455, 1]))
    await quiet(client)
  },
)

test('No Local keeps a message from the client it came from and from nobody else, and is no option of a shared subscription', async () => {
  await using it = await openTestGateway()
  await using self = await openConnected(it.port, 5, 'self')
  await using other = await openConnected(it.port, 5, 'other')
  for (const client of [self, other]) await subscribe(client, 5, filterOf('t', { noLocal: true }))
  for (const qos of [0, 1, 2] as const) {
    self.send(publishPacket(5, 't', Buffer.from('x'), { qos, packetId: qos, retain: true }))
    if (qos === 1) await self.expect('puback')
    if (qos === 2) await self.expect('pubrec')
    await other.expect('publish')
  }
  await subscribe(self, 5, filterOf('t', { noLocal: true }))
  await quiet(self)
  assert.equal(await endOf(it.port, 5, packetOf(0x82, [0, 1], propertiesOf(), text('$share/g/t'), [4])), 0x82)
})

inEachVersion(
  'UNSUBSCRIBE compares filters character by character, and is answered in one UNSUBACK also when nothing was there',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, 'c')
    await subscribe(client, version, [filterOf('a/+'), filterOf('a/b'), filterOf('a/#')])
    assert.deepEqual(
      await unsubscribe(client, version, 'a/#', 'A/b', 'a/b', 'a/b/'),
      version === 5 ? [0, 0x11, 0, 0x11] : undefined,
    )
    await it.gateway.publish('a/b', Buffer.from('x'), { qos: 0 })
    await client.expect('publish')
    await quiet(client)
    await unsubscribe(client, version, 'a/+')
    await unsubscribe(client, version, 'nothing', 'at all')
    await it.gateway.publish('a/b', Buffer.from('x'), { qos: 2 })
    await quiet(client)
  },
)

inEachVersion('after UNSUBSCRIBE what is under way is completed, and nothing new comes', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('t'))
  await it.gateway.publish('t', Buffer.from('started'), { qos: 2 })
  const { messageId } = await client.expect('publish')
  await unsubscribe(client, version, 't')
  await it.gateway.publish('t', Buffer.from('new'), { qos: 2 })
  client.send(encodeAcknowledgement(packetType.pubrec, version, messageId!))
  assert.equal((await client.expect('pubrel')).messageId, messageId)
  client.send(encodeAcknowledgement(packetType.pubcomp, version, messageId!))
  await quiet(client)
})

inEachVersion('a filter whose wildcards are out of place, or without a character, is refused', async (version) => {
  await using it = await openTestGateway()
  const wrong = ['', '#/', '#/a', 'a#', 'a/#/b', 'a/b#', '##', 'a+', '+a', 'a/+b/c', '++', 'a/#+']
  const right = ['#', '+', '/', '//', 'a/#', '/#', '+/+', '+/a/#', 'a/+/b', '/+', '+/', ' ', 'a b']
  await using client = await openConnected(it.port, version, 'c')
  const refused = version === 5 ? 0x8f : 0x80
  assert.deepEqual(
    await subscribe(
      client,
      version,
      wrong.map((filter) => filterOf(filter)),
    ),
    wrong.map(() => refused),
  )
  assert.deepEqual(
    await subscribe(
      client,
      version,
      right.map((filter) => filterOf(filter)),
    ),
    right.map(() => 2),
  )
})

inEachVersion('a filter finds the topics it should, level by level and character by character', async (version) => {
  await using it = await openTestGateway()
  const cases: readonly (readonly [filter: string, matches: readonly string[], not: readonly string[]])[] = [
    ['sport/#', ['sport', 'sport/', 'sport/a/b'], ['sports', 'Sport', '/sport']],
    ['sport/+', ['sport/', 'sport/a'], ['sport', 'sport/a/b']],
    ['+', ['sport', ' '], ['/sport', 'sport/']],
    ['/+', ['/sport', '/'], ['sport']],
    ['+/+', ['/sport', '/', 'a/b'], ['a', 'a/b/c']],
    ['#', ['a', '/', 'a/b/c'], ['$SYS', '$SYS/a', '$a']],
    ['+/a/#', ['x/a', '/a/b'], ['$SYS/a', '$SYS/a/b']],
    ['$SYS/#', ['$SYS', '$SYS/a'], ['SYS/a']],
    ['$SYS/+', ['$SYS/a'], ['$SYS', '$SYS/a/b']],
    ['é', ['é'], ['e\u0301', 'É']],
    ['a/\u{1f697}/+', ['a/\u{1f697}/b'], ['a/\u{1f698}/b']],
  ]
  for (const [filter, matches, not] of cases) {
    await using client = await openConnected(it.port, version, 'c')
    await subscribe(client, version, filterOf(filter))
    for (const topic of [...matches, ...not]) await it.gateway.publish(topic, Buffer.from(topic), { qos: 0 })
    for (const topic of matches) assert.equal((await client.expect('publish')).topic, topic, filter)
    await quiet(client)
  }
})

test('a client cannot speak on topics that begin with $', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('$SYS/#'))
  await using client = await openConnected(it.port, 5, 'c')
  client.send(publishPacket(5, '$SYS/load', Buffer.from('1'), { packetId: 1 }))
  assert.equal((await client.expect('puback')).reasonCode, 0x87)
  assert.equal(await endOf(it.port, 4, publishPacket(4, '$SYS/load', Buffer.from('1'))), 'closed')
  await quiet(watcher)
})
