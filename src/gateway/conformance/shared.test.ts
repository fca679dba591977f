// Shared subscriptions: section 4.8.2 of MQTT 5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAcknowledgement } from '../../mqtt/encode-packet.ts'
import { packetType } from '../../mqtt/packet.ts'
import { openConnected, openTestGateway, type RawClient } from '../gateway.testing.ts'
import { filterOf, keptFor, quiet, subscribe } from './exchange.testing.ts'

test('a share name has at least one character, no wildcard, and a filter behind it', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  const wrong = [
    '$share',
    '$share/',
    '$share//t',
    '$share/g',
    '$share/g/',
    '$share/+/t',
    '$share/a#/t',
    '$share/#',
    '$share/g/a#',
  ]
  assert.deepEqual(
    await subscribe(
      client,
      5,
      wrong.map((filter) => filterOf(filter)),
    ),
    wrong.map(() => 0x8f),
  )
  assert.deepEqual(
    await subscribe(client, 5, [filterOf('$share/g/t'), filterOf('$share/g//'), filterOf('$share/ü/#')]),
    [2, 2, 2],
  )
})

test('each message goes to one member of each group, at the QoS of that subscription', async () => {
  await using it = await openTestGateway()
  await using one = await openConnected(it.port, 5, 'one')
  await using two = await openConnected(it.port, 5, 'two')
  await using alone = await openConnected(it.port, 5, 'alone')
  await subscribe(one, 5, filterOf('$share/g/t', { qos: 0 }))
  await subscribe(two, 5, filterOf('$share/g/t', { qos: 2 }))
  await subscribe(alone, 5, filterOf('$share/h/t', { qos: 1 }))
  for (let n = 0; n < 4; n++) await it.gateway.publish('t', Buffer.from('x'), { qos: 2 })
  for (let n = 0; n < 2; n++) {
    assert.equal((await one.expect('publish')).qos, 0)
    assert.equal((await two.expect('publish')).qos, 2)
  }
  for (let n = 0; n < 4; n++) assert.equal((await alone.expect('publish')).qos, 1)
  for (const client of [one, two, alone]) await quiet(client)
})

test('a shared subscription of a client counts beside its ordinary one, each with its own QoS and identifier', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('t', { qos: 2 }), 1)
  await subscribe(client, 5, filterOf('$share/g/t', { qos: 0 }), 2)
  await it.gateway.publish('t', Buffer.from('x'), { qos: 2 })
  const seen: unknown[] = []
  for (let n = 0; n < 2; n++) {
    const { qos, properties } = await client.expect('publish')
    seen.push([qos, properties?.subscriptionIdentifier])
  }
  assert.deepEqual(new Set(seen.map((each) => JSON.stringify(each))), new Set(['[0,2]', '[2,1]']))
  await quiet(client)
})

test('a shared subscription gets no retained messages', async () => {
  await using it = await openTestGateway()
  await it.gateway.publish('t', Buffer.from('kept'), { qos: 1, retain: true })
  await using client = await openConnected(it.port, 5, 'c')
  for (const retainHandling of [0, 1] as const) await subscribe(client, 5, filterOf('$share/g/t', { retainHandling }))
  await quiet(client)
})

const away = (client: RawClient, it: { lose(client: RawClient): Promise<void> }): Promise<void> => it.lose(client)

test('a delivery a member has begun is completed with that member when it comes back, and goes to no other', async () => {
  await using it = await openTestGateway()
  const first = await openConnected(it.port, 5, 'first', keptFor(5))
  await subscribe(first, 5, filterOf('$share/g/t'))
  await it.gateway.publish('t', Buffer.from('begun'), { qos: 2 })
  const { messageId } = await first.expect('publish')
  await using second = await openConnected(it.port, 5, 'second')
  await subscribe(second, 5, filterOf('$share/g/t'))
  await away(first, it)
  await quiet(second)
  await using back = await openConnected(it.port, 5, 'first', keptFor(5))
  assert.equal((await back.expect('publish')).messageId, messageId)
  back.send(encodeAcknowledgement(packetType.pubrec, 5, messageId!))
  await back.expect('pubrel')
})

test('a QoS 2 delivery a member has begun goes to no other when its session ends', async () => {
  await using it = await openTestGateway()
  const first = await openConnected(it.port, 5, 'first')
  await subscribe(first, 5, filterOf('$share/g/t'))
  await it.gateway.publish('t', Buffer.from('begun'), { qos: 2 })
  await first.expect('publish')
  await using second = await openConnected(it.port, 5, 'second')
  await subscribe(second, 5, filterOf('$share/g/t'))
  await away(first, it)
  await quiet(second)
})

test('a message that a member refuses is discarded, and goes to no other', async () => {
  await using it = await openTestGateway()
  await using first = await openConnected(it.port, 5, 'first')
  await subscribe(first, 5, filterOf('$share/g/t'))
  const begun: RawClient[] = []
  for (const [qos, type] of [
    [1, packetType.puback],
    [2, packetType.pubrec],
  ] as const) {
    await it.gateway.publish('t', Buffer.from('x'), { qos })
    const { messageId } = await first.expect('publish')
    await using second = await openConnected(it.port, 5, 'second')
    await subscribe(second, 5, filterOf('$share/g/t'))
    first.send(encodeAcknowledgement(type, 5, messageId!, 0x80))
    await quiet(first)
    await quiet(second)
    begun.push(second)
  }
  assert.equal(begun.length, 2)
})

test('what a member leaves behind for good goes to another member, but for what was sent to it at QoS 2', async () => {
  await using it = await openTestGateway()
  const first = await openConnected(it.port, 5, 'first', { properties: { receiveMaximum: 2 } })
  await subscribe(first, 5, filterOf('$share/g/t'))
  for (const [payload, qos] of [
    ['sent at 1', 1],
    ['sent at 2', 2],
    ['waiting at 2', 2],
    ['waiting at 1', 1],
  ] as const)
    await it.gateway.publish('t', Buffer.from(payload), { qos })
  await first.expect('publish')
  await first.expect('publish')
  await using second = await openConnected(it.port, 5, 'second', { properties: { receiveMaximum: 9 } })
  await subscribe(second, 5, filterOf('$share/g/t', { qos: 1 }), 7)
  await subscribe(second, 5, filterOf('$share/other/t'))
  await it.lose(first)
  const got: unknown[] = []
  for (let n = 0; n < 3; n++) {
    const { payload, qos, dup, properties } = await second.expect('publish')
    got.push([payload.toString(), qos, dup, properties?.subscriptionIdentifier])
  }
  assert.deepEqual(got, [
    ['sent at 1', 1, false, 7],
    ['waiting at 2', 1, false, 7],
    ['waiting at 1', 1, false, 7],
  ])
  await quiet(second)
})
