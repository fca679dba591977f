import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionQuery } from '../../model/client-session.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { noProperties } from '../../mqtt/properties.ts'
import {
  openConnected,
  openTestGateway,
  publishPacket,
  telemetry,
  type RawClient,
  type TestGateway,
} from '../gateway.testing.ts'
import { encodeSubscribe } from '../../mqtt/encode-packet.ts'

const page = (query: Partial<SessionQuery> = {}): SessionQuery => ({ tenant: 't', limit: 100, ...query })
const kept = { cleanStart: true, properties: { sessionExpiryS: 600 } }

async function subscribed(gateway: TestGateway, clientId: string, filter: string): Promise<RawClient> {
  const client = await openConnected(gateway.port, 5, clientId, kept)
  client.send(
    encodeSubscribe(5, {
      packetId: 1,
      subscriptions: [{ filter, qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 0 }],
      subscriptionId: 7,
    }),
  )
  await client.expect('suback')
  return client
}

test('sessions are listed in the order of their client ids, page by page, connected and away', async () => {
  await using gateway = await openTestGateway()
  const { sessions } = gateway.gateway
  await using first = await openConnected(gateway.port, 4, 't/c', { keepAliveS: 30 })
  await using second = await openConnected(gateway.port, 5, 't/a', kept)
  await using _third = await openConnected(gateway.port, 5, 't/B', kept)
  await using _foreign = await openConnected(gateway.port, 5, 'tt/a', kept)
  gateway.clock.advance(5000)
  await gateway.lose(second)
  const whole = await sessions.list(page())
  assert.deepEqual(
    whole.rows.map(({ clientId, state }) => [clientId, state]),
    [
      ['t/B', 'connected'],
      ['t/a', 'away'],
      ['t/c', 'connected'],
    ],
  )
  assert.deepEqual([whole.total, whole.next], [{ connected: 2, away: 1 }, undefined])
  const [one, away, car] = whole.rows
  const now = gateway.clock.now()
  assert.deepEqual(
    { ...car, address: undefined },
    {
      clientId: 't/c',
      vehicle: 'c',
      state: 'connected',
      sinceAt: now - 5000,
      version: '3.1.1',
      transport: 'tcp',
      address: undefined,
      keepAliveS: 30,
      expiryS: 0,
      expiresAt: null,
      subscriptions: 0,
      queued: 0,
      inflight: 0,
    },
  )
  assert.equal(car?.address, `127.0.0.1:${first.socket.localPort}`)
  assert.equal(one?.version, '5')
  assert.deepEqual(
    [away?.sinceAt, away?.expiresAt, away?.expiryS, away?.version, away?.address],
    [now, now + 600_000, 600, null, null],
  )

  const firstPage = await sessions.list(page({ limit: 2 }))
  assert.deepEqual([firstPage.rows.map(({ clientId }) => clientId), firstPage.next], [['t/B', 't/a'], 't/a'])
  const lastPage = await sessions.list(page({ limit: 2, after: firstPage.next ?? '' }))
  assert.deepEqual([lastPage.rows.map(({ clientId }) => clientId), lastPage.next], [['t/c'], undefined])
})

test('a list may be narrowed to a part of the id, to a state, and to one client id', async () => {
  await using gateway = await openTestGateway()
  const { sessions } = gateway.gateway
  await using _one = await openConnected(gateway.port, 5, 't/Car-1', kept)
  await using two = await openConnected(gateway.port, 5, 't/car-2', kept)
  await using _other = await openConnected(gateway.port, 5, 't/bus-1', kept)
  await gateway.lose(two)
  const ids = async (query: Partial<SessionQuery>): Promise<string[]> =>
    (await sessions.list(page(query))).rows.map(({ clientId }) => clientId)
  assert.deepEqual(await ids({ search: 'CAR' }), ['t/Car-1', 't/car-2'])
  assert.deepEqual(await ids({ search: 't/' }), [], 'the tenant is no part of what is searched')
  assert.deepEqual(await ids({ search: '-1', state: 'connected' }), ['t/Car-1', 't/bus-1'])
  assert.deepEqual(await ids({ state: 'away' }), ['t/car-2'])
  assert.deepEqual((await sessions.list(page({ search: 'car', state: 'away' }))).total, { connected: 1, away: 1 })
  assert.deepEqual(await ids({ clientId: 't/car-2' }), ['t/car-2'])
  assert.deepEqual(await sessions.list(page({ clientId: 't/nobody' })), { rows: [], total: { connected: 0, away: 0 } })
})

test('a session shows its subscriptions, will, limits and traffic, and no payload', async () => {
  await using gateway = await openTestGateway()
  const will = {
    topic: 't/w',
    payload: Buffer.from('secret'),
    qos: 1,
    retain: false,
    properties: { willDelayS: 60 },
  } as const
  await using client = await openConnected(gateway.port, 5, 't/a', {
    will,
    properties: { sessionExpiryS: 600, receiveMaximum: 5, maximumPacketBytes: 5000 },
  })
  client.send(
    encodeSubscribe(5, {
      packetId: 1,
      subscriptions: [{ filter: 'x/+', qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 0 }],
      subscriptionId: 7,
    }),
  )
  await client.expect('suback')
  client.send(publishPacket(5, 'v1/t/a/up/telemetry', telemetry(1)))
  await client.expect('puback')
  await gateway.gateway.publish('x/1', Buffer.from('secret'), { qos: 1 })
  await client.expect('publish')
  const detail = gateway.gateway.sessions.inspect({ tenant: 't', clientId: 't/a' }) ?? assert.fail()
  assert.deepEqual(detail.filters, [
    { filter: 'x/+', qos: 1, noLocal: true, retainAsPublished: false, subscriptionId: 7 },
  ])
  assert.deepEqual(detail.will, { topic: 't/w', qos: 1, retain: false, dueAt: null })
  assert.deepEqual(detail.limits, { receiveMaximum: 5, packetBytes: 5000, topicAliases: 0 })
  assert.deepEqual([detail.traffic?.messagesReceived, detail.traffic?.messagesSent], [1, 1])
  assert.deepEqual(
    [detail.traffic?.bytesReceived, detail.traffic?.bytesSent],
    [client.socket.bytesWritten, client.socket.bytesRead],
  )
  assert.deepEqual([detail.queued, detail.inflight, detail.subscriptions], [0, 1, 1])
  assert.ok(detail.queuedBytes > 6)
  assert.doesNotMatch(JSON.stringify(detail), /secret/)
  await gateway.lose(client)
  const away = gateway.gateway.sessions.inspect({ tenant: 't', clientId: 't/a' }) ?? assert.fail()
  assert.deepEqual([away.will?.dueAt, away.limits, away.traffic], [gateway.clock.now() + 60_000, null, null])
})

test('a disconnected client is told 0x98 and finds its session again', async () => {
  await using gateway = await openTestGateway()
  await using client = await subscribed(gateway, 't/a', 'x')
  const given = { tenant: 't', clientId: 't/a', endSession: false, by: 'ada' }
  assert.deepEqual(await gateway.gateway.sessions.disconnect(given), {
    wasConnected: true,
    sessionEnded: false,
    messagesDropped: 0,
  })
  const told = await client.expect('disconnect')
  assert.deepEqual([told.reasonCode, told.properties?.reasonString], [0x98, 'An administrator ended the connection.'])
  assert.equal(await client.next(), undefined)
  assert.deepEqual(await gateway.gateway.sessions.disconnect(given), {
    wasConnected: false,
    sessionEnded: false,
    messagesDropped: 0,
  })
  assert.equal(gateway.gateway.sessions.inspect(given)?.state, 'away')
  assert.equal(await gateway.metric('roadstream_gateway_disconnects_total{reason="administrative"}'), 1)
  assert.equal(await gateway.metric('roadstream_gateway_administrative_actions_total{action="disconnect"}'), 2)
  assert.deepEqual(gateway.gateway.disconnects(), { administrative: 1 })
})

test('an ended session is gone with its subscriptions and messages, and its will goes out', async () => {
  await using gateway = await openTestGateway()
  await using watcher = await subscribed(gateway, 't/watcher', 'will')
  const client = await subscribed(gateway, 't/a', 'x')
  await gateway.lose(client)
  for (let count = 0; count < 3; count++) await gateway.gateway.publish('x', Buffer.from('m'), { qos: 1 })
  const given = { tenant: 't', clientId: 't/a', endSession: true, by: 'ada' }
  assert.deepEqual(await gateway.gateway.sessions.disconnect(given), {
    wasConnected: false,
    sessionEnded: true,
    messagesDropped: 3,
  })
  assert.equal(await gateway.gateway.sessions.disconnect(given), null)

  const will = {
    topic: 'will',
    payload: Buffer.from('gone'),
    qos: 0,
    retain: false,
    properties: { willDelayS: 60 },
  } as const
  await using again = await openConnected(gateway.port, 5, 't/a', { ...kept, will, cleanStart: false })
  assert.equal(gateway.gateway.sessions.inspect(given)?.subscriptions, 0)
  assert.deepEqual(await gateway.gateway.sessions.disconnect(given), {
    wasConnected: true,
    sessionEnded: true,
    messagesDropped: 0,
  })
  assert.equal(String((await watcher.expect('publish')).payload), 'gone')
  assert.equal((await again.expect('disconnect')).reasonCode, 0x98)
})

test('a session is shown to no tenant but its own, and not to one whose name it only bears', async () => {
  const admission = {
    ...openAdmission,
    authenticate: () => ({ ok: true, value: { id: 'theirs/service', tenant: 'theirs' } }) as const,
  }
  await using gateway = await openTestGateway({ admission })
  await using _client = await openConnected(gateway.port, 5, 'ours/car-1', { properties: noProperties })
  const { sessions } = gateway.gateway
  for (const tenant of ['ours', 'their', 'theirs', 'theirs/service', '']) {
    const given = { tenant, clientId: 'ours/car-1' }
    assert.equal(sessions.inspect(given), null)
    assert.equal(await sessions.disconnect({ ...given, endSession: true, by: 'eve' }), null)
    assert.deepEqual((await sessions.list(page({ tenant }))).rows, [])
    assert.deepEqual((await sessions.list(page(given))).rows, [])
  }
  await using _own = await openConnected(gateway.port, 5, 'theirs/car-1', { properties: noProperties })
  assert.equal(sessions.inspect({ tenant: 'theirs', clientId: 'theirs/car-1' })?.state, 'connected')
  assert.equal(sessions.inspect({ tenant: 'ours', clientId: 'theirs/car-1' }), null)
})

test('an ended session that was stored is durably gone before the answer is given', async () => {
  await using gateway = await openTestGateway()
  await gateway.lose(await subscribed(gateway, 't/a', 'x'))
  gateway.log.hold()
  let isAnswered = false
  const answer = gateway.gateway.sessions.disconnect({ tenant: 't', clientId: 't/a', endSession: true, by: 'ada' })
  void answer.then(() => (isAnswered = true))
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isAnswered, false)
  gateway.log.release()
  assert.equal((await answer)?.sessionEnded, true)
})
