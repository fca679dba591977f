// Pages of other sites, which a person who is signed in here has open beside: they change nothing,
// read nothing, follow nothing and frame nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routesOf } from './route-rights.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { openFixture } from './api.testing.ts'
import { fillStorage } from './rows.testing.ts'

const strangers = ['https://evil.example', 'http://localhost:1234', 'null', 'http://localhost.evil.example', '', '*']

async function open() {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  await fixture.server.ready()
  return { ...fixture, cookie, routes: routesOf(fixture.server.swagger()) }
}
const addressOf = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'tenant' ? 'ours' : name === 'id' ? 'trip-1' : 'car-1'))

test('no page of another site changes anything, whatever origin it has or says it has', async () => {
  await using api = await open()
  const changing = api.routes.filter(({ method }) => method !== 'GET')
  assert.ok(changing.length > 5)
  for (const { method, path } of changing)
    for (const origin of strangers) {
      const response = await api.server.inject({
        method: method as 'POST',
        url: addressOf(path),
        headers: { host: 'localhost', cookie: api.cookie, origin },
        ...(method === 'DELETE' ? {} : { payload: {} }),
      })
      assert.equal(response.statusCode, 403, `${method} ${path} from ${origin}: ${response.body}`)
      assert.equal(response.json<{ readonly type: string }>().type, '/problems/other-origin')
    }
  assert.equal((await api.get('/api/v1/session', { cookie: api.cookie })).statusCode, 200, 'the session was ended')
})

test('no page of another site reads anything, the live feed and what is for everyone among it', async () => {
  await using api = await open()
  for (const { path } of api.routes.filter(
    ({ method, path: each }) => method === 'GET' && !each.includes('/identity-provider'),
  ))
    for (const site of ['cross-site', 'same-site']) {
      const headers = { cookie: api.cookie, 'sec-fetch-site': site, origin: 'https://evil.example' }
      const response = await api.get(addressOf(path), headers)
      assert.equal(response.statusCode, 403, `GET ${path} from a ${site} page: ${response.body.slice(0, 200)}`)
    }
})

test('no answer lets another origin read it, and none can be shown in a frame', async () => {
  await using api = await open()
  for (const { path } of api.routes.filter(({ method, path: each }) => method === 'GET' && !each.endsWith('/live')))
    for (const origin of strangers) {
      const { headers } = await api.get(addressOf(path), { cookie: api.cookie, origin })
      assert.equal(headers['access-control-allow-origin'], undefined, path)
      assert.equal(headers['access-control-allow-credentials'], undefined, path)
      assert.equal(headers['x-frame-options'], 'DENY', path)
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path)
    }
})
