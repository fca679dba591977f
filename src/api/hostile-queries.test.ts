// Requests whose values are commands of a database, patterns, or other types than they should be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routesOf } from './route-rights.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import type { ClientSessions } from './api-options.ts'
import { fixturePassword, openFixture } from './api.testing.ts'
import { fillStorage } from './rows.testing.ts'

const hostile = [
  "' or '1'='1",
  "'; drop table users; --",
  '{"$gt":""}',
  '%',
  '_',
  '\\',
  '(a+)+$',
  'a'.repeat(5000),
  '\u0000',
  '../../etc/passwd',
  'receivedAt; select 1',
  '__proto__',
  '1e999',
]

const nobody: ClientSessions = {
  list: async () => ({ rows: [], total: { connected: 0, away: 0 } }),
  inspect: async () => null,
  disconnect: async () => null,
}

async function open() {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, { clientSessions: nobody })
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  await fixture.server.ready()
  return { ...fixture, cookie }
}

test('a value of a query that is a command, a pattern or a path is refused or finds nothing, in every parameter of every route', async () => {
  await using api = await open()
  let tried = 0
  for (const { method, path, operation } of routesOf(api.server.swagger())) {
    if (method !== 'GET' || path.endsWith('/live')) continue
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'id' ? 'trip-1' : 'car-1'))
    for (const { in: where, name } of operation.parameters ?? [])
      for (const value of where === 'query' ? hostile : []) {
        const { statusCode, headers, body } = await api.get(`${url}?${name}=${encodeURIComponent(value)}`, {
          cookie: api.cookie,
        })
        tried += 1
        // One session is given 200 lists at once, and 50 a second.
        api.clock.at += 20
        assert.ok(statusCode < 500, `${url}?${name}=${value}: ${statusCode} ${body}`)
        assert.ok(!body.includes('theirs'), `${url}?${name}=${value} tells of another tenant`)
        // A file has its header in any case.
        const isList = String(headers['content-type']).startsWith('application/json')
        if (name === 'search' && statusCode === 200 && isList)
          assert.deepEqual(JSON.parse(body).rows, [], `search=${value}`)
      }
  }
  assert.ok(tried > 300, `only ${tried}`)
})

test('a body with an object, a list or more fields than there are in place of a text signs nobody in', async () => {
  await using api = await open()
  for (const name of [{ $gt: '' }, ['ana'], ['ana', 'bo'], null, true, { toString: 'ana' }])
    for (const password of [fixturePassword, { $ne: 1 }, [fixturePassword]]) {
      const { statusCode } = await api.send('POST', '/api/v1/session', { name, password })
      assert.ok(statusCode === 400 || statusCode === 401, `${JSON.stringify({ name, password })}: ${statusCode}`)
    }
  for (const more of [{ tenant: 'theirs' }, { role: 'administrator' }, { isAdmin: true }, { grants: [] }])
    for (const path of ['/session', '/setup']) {
      const body = { name: 'ana', password: fixturePassword, ...(path === '/setup' && { token: 'x' }), ...more }
      assert.equal((await api.send('POST', `/api/v1${path}`, body)).statusCode, 400, `${path} ${JSON.stringify(more)}`)
    }
})
