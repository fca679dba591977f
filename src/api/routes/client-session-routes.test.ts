import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openConnected, openTestGateway, type RawClient, type TestGateway } from '../../gateway/gateway.testing.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { openFixture, type Fixture } from '../api.testing.ts'
import type { ClientSessions } from '../api-options.ts'
import type { ClientSessionDetail, ClientSessionListing, Disconnection, Problem } from '../contract.ts'
import { sessionsOf } from '../client-sessions.testing.ts'

const open = async (from?: TestGateway | ClientSessions): Promise<Fixture> => {
  const more = from === undefined ? {} : { clientSessions: 'gateway' in from ? sessionsOf(from.gateway) : from }
  const fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log, more)
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('vic', 'ours', 'viewer')
  await fixture.addUser('tom', 'theirs')
  return fixture
}
const car = (gateway: TestGateway, clientId: string): Promise<RawClient> =>
  openConnected(gateway.port, 5, clientId, { properties: { sessionExpiryS: 600 } })

test('a user lists the sessions of the own tenant, page by page, by state, by part of the id and by vehicle', async () => {
  await using gateway = await openTestGateway()
  await using fixture = await open(gateway)
  await using _one = await car(gateway, 'ours/car-1')
  await using two = await car(gateway, 'ours/car-2')
  await using _bus = await car(gateway, 'ours/bus-1')
  await using _theirs = await car(gateway, 'theirs/car-1')
  await gateway.lose(two)
  const cookie = await fixture.signIn('ana')
  const list = async (query: string): Promise<ClientSessionListing> => {
    const response = await fixture.get(`/api/v1/sessions${query}`, { cookie })
    assert.equal(response.statusCode, 200, response.body)
    return response.json<ClientSessionListing>()
  }
  const ids = ({ rows }: ClientSessionListing): string[] => rows.map(({ clientId }) => clientId)
  const first = await list('?limit=2')
  assert.deepEqual([ids(first), first.total], [['ours/bus-1', 'ours/car-1'], { connected: 2, away: 1 }])
  assert.deepEqual(ids(await list(`?limit=2&after=${first.next}`)), ['ours/car-2'])
  assert.deepEqual(ids(await list('?state=away')), ['ours/car-2'])
  assert.deepEqual(ids(await list('?search=CAR')), ['ours/car-1', 'ours/car-2'])
  assert.deepEqual(ids(await list('?search=Ours/car-1')), ['ours/car-1'])
  assert.deepEqual(ids(await list('?search=theirs/car-1')), [])
  assert.deepEqual(ids(await list('?vehicle=car-1')), ['ours/car-1'])
  assert.deepEqual(ids(await list('?vehicle=nobody')), [])
  const foreign = await fixture.get(`/api/v1/sessions?limit=2&after=${first.next}`, {
    cookie: await fixture.signIn('tom'),
  })
  assert.deepEqual([foreign.statusCode, foreign.json<Problem>().type], [400, '/problems/invalid-cursor'])
})

test('only administrators see where a client connects from, and only they disconnect it', async () => {
  await using gateway = await openTestGateway()
  await using fixture = await open(gateway)
  await using _car = await car(gateway, 'ours/car-1')
  const seenBy = async (name: string): Promise<(string | null | undefined)[]> => {
    const cookie = await fixture.signIn(name)
    const rows = (await fixture.get('/api/v1/sessions', { cookie })).json<ClientSessionListing>().rows
    const detail = (await fixture.get('/api/v1/sessions/ours/car-1', { cookie })).json<ClientSessionDetail>()
    return [rows[0]?.address, detail.address]
  }
  assert.match(String(await seenBy('ana')), /^127\.0\.0\.1:\d+,127\.0\.0\.1:\d+$/)
  assert.deepEqual(await seenBy('vic'), [null, null])
  const cookie = await fixture.signIn('vic')
  for (const address of ['/api/v1/sessions/ours/car-1', '/api/v1/sessions/ours/car-1/connection']) {
    const refused = await fixture.send('DELETE', address, undefined, { cookie })
    assert.deepEqual([refused.statusCode, refused.json<Problem>().type], [403, '/problems/not-allowed'])
  }
  assert.equal(gateway.gateway.connectionCount(), 1)
})

test('an administrator disconnects a client, which may come back, and ends its session, which is then gone', async () => {
  await using gateway = await openTestGateway()
  await using fixture = await open(gateway)
  const cookie = await fixture.signIn('ana')
  await using client = await car(gateway, 'ours/car-1')
  const end = (address: string, headers = {}) =>
    fixture.send('DELETE', `/api/v1/sessions/ours/car-1${address}`, undefined, { cookie, ...headers })
  assert.equal((await end('/connection', { origin: 'http://evil.example' })).statusCode, 403)
  const closed = await end('/connection')
  assert.deepEqual(
    [closed.statusCode, closed.json<Disconnection>()],
    [200, { wasConnected: true, sessionEnded: false, messagesDropped: 0 }],
  )
  assert.equal((await client.expect('disconnect')).reasonCode, 0x98)
  assert.equal((await fixture.get('/api/v1/sessions/ours/car-1', { cookie })).json<ClientSessionDetail>().state, 'away')
  assert.deepEqual((await end('')).json(), { wasConnected: false, sessionEnded: true, messagesDropped: 0 })
  assert.equal((await end('')).statusCode, 404)
  assert.equal((await fixture.get('/api/v1/sessions/ours/car-1', { cookie })).statusCode, 404)
})

test('a session of another tenant is not there, whatever one asks of it', async () => {
  await using gateway = await openTestGateway()
  await using fixture = await open(gateway)
  const cookie = await fixture.signIn('ana')
  await using _theirs = await car(gateway, 'theirs/car-1')
  const of = (tenant: string) => `/api/v1/sessions/${tenant}/car-1`
  const statuses = [
    await fixture.get(of('theirs'), { cookie }),
    await fixture.send('DELETE', of('theirs'), undefined, { cookie }),
    await fixture.send('DELETE', `${of('theirs')}/connection`, undefined, { cookie }),
    await fixture.get('/api/v1/sessions/ours/..%2Ftheirs%2Fcar-1', { cookie }),
  ].map(({ statusCode }) => statusCode)
  assert.deepEqual(statuses, [404, 404, 404, 404])
  assert.equal(gateway.gateway.connectionCount(), 1)
})

test('a client id with more slashes is reached with its rest in one part of the address', async () => {
  await using gateway = await openTestGateway()
  await using fixture = await open(gateway)
  await using _service = await car(gateway, 'ours/service/eins#2')
  const cookie = await fixture.signIn('ana')
  const detail = (
    await fixture.get(`/api/v1/sessions/ours/${encodeURIComponent('service/eins#2')}`, { cookie })
  ).json<ClientSessionDetail>()
  assert.deepEqual([detail.clientId, detail.vehicle], ['ours/service/eins#2', null])
})

test('where another broker keeps the sessions the answer names it', async () => {
  const elsewhere = (): Promise<never> =>
    Promise.reject(
      new Outage('SESSIONS_ELSEWHERE', "The cars' sessions are kept by mqtt://broker:1883.", { retryable: false }),
    )
  await using fixture = await open({ list: elsewhere, inspect: elsewhere, disconnect: elsewhere })
  const response = await fixture.get('/api/v1/sessions', { cookie: await fixture.signIn('ana') })
  assert.deepEqual([response.statusCode, response.json<Problem>().type], [501, '/problems/sessions-elsewhere'])
  assert.match(response.json<Problem>().detail, /mqtt:\/\/broker:1883/)
})

test('without a gateway the answer says so and what to do', async () => {
  await using fixture = await open()
  const cookie = await fixture.signIn('ana')
  for (const response of [
    await fixture.get('/api/v1/sessions', { cookie }),
    await fixture.get('/api/v1/sessions/ours/car-1', { cookie }),
    await fixture.send('DELETE', '/api/v1/sessions/ours/car-1', undefined, { cookie }),
  ]) {
    const { type, detail } = response.json<Problem>()
    assert.deepEqual(
      [response.statusCode, type, response.headers['retry-after']],
      [503, '/problems/gateway-unreachable', '5'],
    )
    assert.match(detail, /roadstream gateway/)
  }
})
