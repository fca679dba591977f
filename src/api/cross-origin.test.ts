import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { fixturePassword, openFixture, type Fixture } from './api.testing.ts'
import { bearer, makeTestProgram } from './programs/programs.testing.ts'

const reports = 'https://reports.example'
const foreign = { origin: reports, 'sec-fetch-site': 'cross-site' }
const trips = '/api/v1/trips'
const corsHeaders = ({ headers }: { readonly headers: object }): readonly string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

type Opened = Fixture & { readonly cookie: string; readonly secret: string }

async function openWith(origins: readonly string[]): Promise<Opened> {
  const fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log, { origins })
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  const { token } = await makeTestProgram(fixture, cookie)
  return { ...fixture, cookie, secret: token.secret }
}

const ask = (fixture: Opened, url: string, origin: string, method = 'GET') =>
  fixture.server.inject({
    method: 'OPTIONS',
    url,
    headers: { host: 'localhost', origin, 'access-control-request-method': method },
  })

test('a page of an origin that is named calls with a token, and is told so beforehand', async () => {
  await using fixture = await openWith([reports])
  const asked = await ask(fixture, `${trips}?limit=1`, reports)
  assert.equal(asked.statusCode, 204)
  assert.equal(asked.headers['access-control-allow-origin'], reports)
  assert.equal(asked.headers['access-control-allow-methods'], 'GET, HEAD')
  assert.match(String(asked.headers['access-control-allow-headers']), /authorization/)
  const given = await fixture.get(trips, { ...foreign, ...bearer(fixture.secret) })
  assert.equal(given.statusCode, 200)
  assert.equal(given.headers['access-control-allow-origin'], reports)
  assert.match(String(given.headers['vary']), /\bOrigin\b/)
  const refused = await fixture.get(trips, { ...foreign, ...bearer('wrong') })
  assert.deepEqual(
    [refused.statusCode, refused.headers['access-control-allow-origin']],
    [401, reports],
    'the page reads why it was refused',
  )
})

test('a page of another origin never acts for whoever is signed in (A6 27)', async () => {
  await using fixture = await openWith([reports])
  const { cookie } = fixture
  for (const site of ['cross-site', 'same-site'])
    for (const headers of [{ cookie }, {}]) {
      const refused = await fixture.get(trips, { ...foreign, 'sec-fetch-site': site, ...headers })
      assert.equal(refused.statusCode, 403)
    }
  const both = await fixture.get('/api/v1/session', { ...foreign, cookie, ...bearer(fixture.secret) })
  assert.equal(both.json<{ name: string }>().name, 'reports', 'a token counts, and no cookie beside it')
  const credentials = { name: 'ana', password: fixturePassword }
  for (const headers of [foreign, { ...foreign, ...bearer(fixture.secret) }]) {
    const signIn = await fixture.send('POST', '/api/v1/session', credentials, headers)
    assert.deepEqual([signIn.statusCode, signIn.headers['set-cookie']], [403, undefined])
  }
})

test('no answer ever allows cookies, and none names an origin that is not in the settings (A6 27)', async () => {
  await using fixture = await openWith([reports])
  const others = [
    'null',
    'https://evil.example',
    `${reports}.evil.example`,
    'https://sub.reports.example',
    'http://reports.example',
    `${reports}:8443`,
    `${reports}/`,
    'HTTPS://REPORTS.EXAMPLE',
    `${reports}, https://evil.example`,
    '*',
    '',
  ]
  for (const origin of others) {
    const asked = await ask(fixture, trips, origin)
    assert.deepEqual([asked.statusCode === 204, corsHeaders(asked)], [false, []], origin)
    const given = await fixture.get(trips, { origin, 'sec-fetch-site': 'cross-site', ...bearer(fixture.secret) })
    assert.deepEqual([given.statusCode, corsHeaders(given)], [403, []], origin)
    assert.match(String(given.headers['vary']), /\bOrigin\b/, origin)
  }
  for (const answer of [await ask(fixture, trips, reports), await fixture.get(trips, foreign)])
    assert.equal(answer.headers['access-control-allow-credentials'], undefined)
})

test('without origins in the settings there is no CORS, and nothing beside the API has any', async () => {
  await using none = await openWith([])
  const asked = await ask(none, trips, reports)
  assert.deepEqual([asked.statusCode, corsHeaders(asked)], [405, []])
  const given = await none.get(trips, { ...foreign, ...bearer(none.secret) })
  assert.deepEqual([given.statusCode, given.headers['vary']], [403, undefined])
  await using fixture = await openWith([reports])
  for (const url of ['/metrics', '/healthz', '/api/docs', '/oauth/token', '/'])
    assert.deepEqual(corsHeaders(await fixture.get(url, foreign)), [], url)
  assert.deepEqual(
    corsHeaders(await ask(fixture, '/api/v1/nothing', reports)).includes('access-control-allow-methods'),
    false,
  )
})

test('what is for everyone is read by a page of a named origin, and kept apart by origin', async () => {
  await using fixture = await openWith([reports])
  const map = await fixture.get('/api/v1/map/streets.json', foreign)
  assert.equal(map.statusCode, 200)
  assert.equal(map.headers['vary'], 'Origin, accept-encoding')
  assert.equal((await fixture.get('/api/v1/map/streets.json', { ...foreign, origin: 'null' })).statusCode, 403)
})
