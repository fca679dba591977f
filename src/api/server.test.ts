// Rules for every request: who may call, from where, and what an answer carries.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { Outage } from '../base/errors.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { HeldStore } from '../storage/projection.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { fixtureMap, fixturePassword, openFixture, type Fixture } from './api.testing.ts'
import type { ApiOptions } from './api-options.ts'
import type { Problem, SystemState, TrackColumns, Trip, Listing } from './contract.ts'
import { fillStorage, trip } from './rows.testing.ts'

async function open(more: Partial<ApiOptions> = {}): Promise<Fixture & { readonly cookie: string }> {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, more)
  await fixture.addUser('ana', 'ours')
  return { ...fixture, cookie: await fixture.signIn('ana') }
}
const kindOf = (response: { json<Body>(): Body }): string => response.json<Problem>().type.replace('/problems/', '')

test('on loopback only its own names are answered, whatever the port', async () => {
  await using fixture = await open({ names: ['fleet.local'] })
  for (const host of [
    'localhost',
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'LOCALHOST',
    'fleet.local:80',
    'localhost.',
  ])
    assert.equal((await fixture.get('/healthz', { host })).statusCode, 200, host)
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:127.0.0.1',
    '10.0.0.1',
  ])
    assert.equal((await fixture.get('/healthz', { host })).statusCode, 421, host)
})

test('on another address every name is answered until names are configured', async () => {
  await using any = await open({ listen: { host: '0.0.0.0', port: 0 } })
  assert.equal((await any.get('/healthz', { host: 'whatever.example' })).statusCode, 200)
  await using named = await open({ listen: { host: '0.0.0.0', port: 0 }, publicUrl: 'https://fleet.example' })
  assert.equal((await named.get('/healthz', { host: 'whatever.example' })).statusCode, 421)
  assert.equal((await named.get('/healthz', { host: 'fleet.example' })).statusCode, 200)
})

test('a page of another site, or of another port of this machine, can neither change nor read', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const body = { name: 'ana', password: fixturePassword }
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:1234' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ])
    assert.equal(kindOf(await fixture.send('POST', '/api/v1/session', body, headers)), 'other-origin')
  assert.equal(
    (await fixture.send('DELETE', '/api/v1/session', undefined, { cookie, origin: 'http://evil.example' })).statusCode,
    403,
  )
  assert.equal((await fixture.get('/api/v1/vehicles', { cookie, 'sec-fetch-site': 'same-site' })).statusCode, 403)
  assert.equal((await fixture.get('/api/v1/vehicles', { cookie, 'sec-fetch-site': 'same-origin' })).statusCode, 200)
  assert.equal((await fixture.send('POST', '/api/v1/session', body, { origin: 'http://localhost' })).statusCode, 200)
})

test('a body that is no JSON is refused, so that no form of another site gets through', async () => {
  await using fixture = await open()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const response = await fixture.server.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: 'localhost', 'content-type': type },
      payload: JSON.stringify({ name: 'ana', password: fixturePassword }),
    })
    assert.deepEqual([response.statusCode, kindOf(response)], [415, 'unsupported-media-type'], type)
  }
})

test('every error is a problem with what to do, and none tells what is inside', async () => {
  await using fixture = await open({ system: () => Promise.reject(new Error('secret detail')) })
  const { cookie } = fixture
  const raw = (payload: string) =>
    fixture.server.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: 'localhost', 'content-type': 'application/json' },
      payload,
    })
  const cases: readonly (readonly [kind: string, status: number, response: Awaited<ReturnType<Fixture['get']>>])[] = [
    ['not-found', 404, await fixture.get('/api/v1/nothing')],
    ['not-found', 404, await fixture.get('/api/v1/vehicles/nobody', { cookie })],
    ['not-found', 404, await fixture.get('/assets/gone.js')],
    ['method-not-allowed', 405, await fixture.send('PUT', '/api/v1/vehicles/car-1', {}, { cookie })],
    ['invalid-request', 400, await fixture.get('/api/v1/vehicles/%20bad', { cookie })],
    ['invalid-request', 400, await fixture.get('/api/v1/%zz')],
    ['invalid-request', 400, await raw('{"name":')],
    ['invalid-request', 400, await raw('')],
    ['too-large', 413, await raw(JSON.stringify({ name: 'x'.repeat(70_000) }))],
    ['not-signed-in', 401, await fixture.get('/api/v1/trips')],
    ['internal', 500, await fixture.get('/api/v1/system', { cookie })],
  ]
  for (const [kind, status, response] of cases) {
    assert.equal(response.statusCode, status, response.body)
    assert.match(String(response.headers['content-type']), /^application\/problem\+json/)
    const body = response.json<Problem>()
    assert.deepEqual([body.type, body.status], [`/problems/${kind}`, status])
    assert.ok(body.detail.length > 10 && body.title.length > 3)
    assert.doesNotMatch(response.body, /secret detail|node_modules|Error:/)
  }
  assert.equal(cases[3]?.[2].headers['allow'], 'GET, HEAD')
  const bad = (await fixture.get('/api/v1/trips?limit=many&colour=red', { cookie })).json<Problem>()
  assert.deepEqual(bad.errors?.map(({ field }) => field).toSorted(), ['colour', 'limit'])
  assert.match(
    bad.errors?.find(({ field }) => field === 'colour')?.message ?? '',
    /vehicle, from, to, near, limit, after/,
  )
})

test('an outage that may pass is 503 with a time to come back, one that will not is 500', async () => {
  const outage = (retryable: boolean): Partial<ApiOptions> => ({
    system: () => Promise.reject(new Outage('STORE_UNAVAILABLE', 'inner words', { retryable })),
  })
  for (const [retryable, status, kind] of [
    [true, 503, 'unavailable'],
    [false, 500, 'internal'],
  ] as const) {
    await using fixture = await open(outage(retryable))
    const response = await fixture.get('/api/v1/system', { cookie: fixture.cookie })
    assert.deepEqual(
      [response.statusCode, kindOf(response), response.headers['retry-after'] !== undefined],
      [status, kind, retryable],
    )
    assert.doesNotMatch(response.body, /inner words/)
  }
})

test('every answer carries the policy, which allows nothing inline', async () => {
  await using fixture = await open()
  for (const url of [
    '/',
    '/healthz',
    '/api/v1/nothing',
    '/api/v1/map/streets.json',
    '/api/docs/',
    '/api/docs/static/swagger-initializer.js',
  ]) {
    const { headers } = await fixture.get(url)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /script-src 'self';/, url)
    assert.match(policy, /frame-ancestors 'none'/, url)
    assert.equal(headers['x-content-type-options'], 'nosniff', url)
    assert.ok(headers['x-request-id'], url)
  }
  assert.doesNotMatch(String((await fixture.get('/')).headers['content-security-policy']), /unsafe/)
  const docs = await fixture.get('/api/docs/')
  assert.equal(docs.statusCode, 200)
  assert.doesNotMatch(docs.body, /<script>|<style|onload=|https?:\/\/(?!www\.w3\.org)/)
})

test('nobody sees another tenant’s rows', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  for (const url of ['/vehicles', '/trips', '/alerts', '/ledger', '/vehicles/car-1/messages']) {
    const { rows } = (await fixture.get(`/api/v1${url}`, { cookie })).json<Listing<{ readonly tenant?: string }>>()
    assert.equal(rows.length, 1, url)
    assert.ok(!JSON.stringify(rows).includes('theirs'), url)
  }
  for (const url of [
    '/vehicles/theirs-car-1',
    '/trips/theirs-trip-1',
    '/trips/theirs-trip-1/track',
    '/trips/theirs-trip-1/track.gpx',
    '/alerts/theirs-alert-1',
  ])
    assert.equal((await fixture.get(`/api/v1${url}`, { cookie })).statusCode, 404, url)
})

test('a list is read page by page to its end, and its cursor is of no use elsewhere', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const trips = Array.from({ length: 25 }, (_, index) => ({
    id: `t${index}`,
    row: trip('ours', `t${index}`, 1_700_000_000_000 + index * 1000),
  }))
  await fixture.options.storage.trips.put(trips, {})
  const seen: string[] = []
  let after: string | undefined
  let first: string | undefined
  do {
    const url = `/api/v1/trips?limit=10${after === undefined ? '' : `&after=${after}`}`
    const page = (await fixture.get(url, { cookie })).json<Listing<Trip>>()
    seen.push(...page.rows.map(({ id }) => id))
    after = page.next
    first ??= after
  } while (after !== undefined)
  assert.equal(seen.length, 26)
  assert.equal(new Set(seen).size, 26)
  await fixture.addUser('theo', 'theirs')
  const theirs = await fixture.signIn('theo')
  const last = first?.at(-1) === 'A' ? 'B' : 'A'
  for (const [url, as] of [
    [`/api/v1/trips?after=${first}&vehicle=car-1`, cookie],
    [`/api/v1/alerts?after=${first}`, cookie],
    [`/api/v1/trips?after=${first}`, theirs],
    [`/api/v1/trips?after=${first?.slice(0, -1)}${last}`, cookie],
    ['/api/v1/trips?after=x', cookie],
  ] as const)
    assert.equal(kindOf(await fixture.get(url, { cookie: as })), 'invalid-cursor', url)
})

test('a trip’s track is only its own stretch, in columns of one length', async () => {
  await using fixture = await open()
  const track = (await fixture.get('/api/v1/trips/trip-1/track', { cookie: fixture.cookie })).json<TrackColumns>()
  assert.equal(track.at.length, 5)
  assert.deepEqual([track.lat.length, track.lon.length, track.speedKmh.length, track.truncated], [5, 5, 5, false])
  const rest = (
    await fixture.get(`/api/v1/trips/trip-1/track?from=${(track.at[2] ?? 0) + 1}`, { cookie: fixture.cookie })
  ).json<TrackColumns>()
  assert.deepEqual(rest.at, track.at.slice(3))
})

test('the system page’s figures come from the roles, the tables and the live feed', async () => {
  await using fixture = await open()
  const system = (await fixture.get('/api/v1/system', { cookie: fixture.cookie })).json<SystemState>()
  assert.deepEqual(system.vehicles, { known: 1, heardLastMinute: 1, connected: 3 })
  assert.deepEqual(system.latencyMs, { ack: { p50: 1, p99: 2 }, row: null, live: null })
  assert.deepEqual(
    system.ledger.map(({ stream, missing }) => [stream, missing]),
    [['telemetry', 2]],
  )
})

test('a session that asks for lists without a pause is slowed down', async () => {
  await using fixture = await open()
  const statuses = await Promise.all(
    Array.from(
      { length: 205 },
      async () => (await fixture.get('/api/v1/alerts', { cookie: fixture.cookie })).statusCode,
    ),
  )
  assert.equal(statuses.filter((status) => status === 429).length, 5)
})

test('the map is made once, and given compressed, plain, or not at all when the browser has it', async () => {
  let made = 0
  await using fixture = await open({
    streetMap: async () => {
      made++
      if (made === 1) throw new Outage('CITY_UNAVAILABLE', 'not yet', { retryable: true })
      return fixtureMap
    },
  })
  const url = '/api/v1/map/streets.json'
  assert.equal((await fixture.get(url)).statusCode, 503)
  const gzipped = await fixture.get(url, { 'accept-encoding': 'br, gzip' })
  assert.equal(gzipped.headers['content-encoding'], 'gzip')
  assert.deepEqual(JSON.parse(gunzipSync(gzipped.rawPayload).toString()), fixtureMap)
  const plain = await fixture.get(url, { 'accept-encoding': 'gzip;q=0' })
  assert.deepEqual([plain.headers['content-encoding'], plain.json()], [undefined, fixtureMap])
  const known = await fixture.get(url, { 'if-none-match': `"other", ${String(plain.headers['etag'])}` })
  assert.deepEqual([known.statusCode, known.body, made], [304, '', 2])
})

test('metrics are for this machine, an administrator, and whoever has the token', async () => {
  await using fixture = await open({ metricsToken: 'a-token' })
  await fixture.addUser('vic', 'ours', 'viewer')
  const from = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}) =>
    fixture.server.inject({ method: 'GET', url: '/metrics', remoteAddress, headers: { host: 'localhost', ...headers } })
  assert.equal((await from('127.0.0.1')).body, 'roadstream_up 1\n')
  assert.equal((await from('::ffff:127.0.0.1')).statusCode, 200)
  assert.equal((await from('10.0.0.9')).statusCode, 403)
  assert.equal((await from('127.0.0.1', { 'x-forwarded-for': '10.0.0.9' })).statusCode, 403)
  assert.equal((await from('10.0.0.9', { cookie: fixture.cookie })).statusCode, 200)
  assert.equal((await from('10.0.0.9', { cookie: await fixture.signIn('vic') })).statusCode, 403)
  assert.equal((await from('10.0.0.9', { authorization: 'Bearer a-token' })).statusCode, 200)
  assert.equal((await from('10.0.0.9', { authorization: 'Bearer b-token' })).statusCode, 403)
})

test('it is alive without its storage, and ready only with it', async () => {
  await using fixture = await open()
  assert.deepEqual((await fixture.get('/readyz')).json(), { status: 'ready' })
  await fixture.options.derived[Symbol.asyncDispose]()
  assert.ok((await fixture.get('/readyz')).statusCode >= 500)
  assert.equal((await fixture.get('/healthz')).statusCode, 200)
})

test('it is not ready while rows cannot be written', async () => {
  const denied = {
    code: 'STORE_DENIED',
    message: 'The database db-1:5432/fleet (ROADSTREAM_POSTGRES) refuses the user fleet: set it right (fleet).',
  }
  const full = { code: 'STORE_FULL', message: 'The database db-1:5432/fleet (ROADSTREAM_POSTGRES) has a full disk.' }
  let held: readonly HeldStore[] = [
    { store: 'twins', outage: denied },
    { store: 'messages', outage: full },
    { store: 'trips', outage: denied },
  ]
  await using fixture = await open({ held: () => held })
  const { statusCode, body } = await fixture.get('/readyz')
  assert.equal(statusCode, 503)
  assert.match(
    body,
    /Not ready: rows of twins, trips cannot be written \(STORE_DENIED: ROADSTREAM_POSTGRES\); rows of messages cannot be written \(STORE_FULL: ROADSTREAM_POSTGRES\)\./,
  )
  assert.doesNotMatch(body, /db-1|fleet/)
  held = []
  assert.equal((await fixture.get('/readyz')).statusCode, 200)
})

test('it is not ready while a log takes nothing, and says why without saying where', async () => {
  const full = { code: 'LOG_FULL', message: 'No room in /data.' }
  const denied = {
    code: 'LOG_DENIED',
    message: 'Kafka at kafka-1:9092 knows no such user: set ROADSTREAM_KAFKA_USER right.',
  }
  let refusals = [full, denied, full]
  await using fixture = await open({ refusals: async () => refusals, held: () => [{ store: 'trips', outage: full }] })
  const { statusCode, body } = await fixture.get('/readyz')
  assert.equal(statusCode, 503)
  assert.match(
    body,
    /Not ready: the event log takes nothing \(LOG_FULL; LOG_DENIED: ROADSTREAM_KAFKA_USER\); rows of trips cannot be written \(LOG_FULL\)\./,
  )
  refusals = []
  assert.match((await fixture.get('/readyz')).body, /Not ready: rows of trips cannot be written \(LOG_FULL\)\./)
})

test('the dashboard’s pages have addresses of their own, its assets are kept for ever, its page is asked for again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'roadstream-'))
  try {
    await mkdir(join(dir, 'assets'))
    await writeFile(join(dir, 'index.html'), '<!doctype html><title>Roadstream</title>')
    await writeFile(join(dir, 'assets', 'main-abc123.js'), 'export {}')
    await using fixture = await open({ dashboardDir: dir })
    for (const url of ['/', '/vehicles/car-1', '/setup?token=x', '/trips/t.1/replay']) {
      const { statusCode, body, headers } = await fixture.get(url)
      assert.deepEqual(
        [statusCode, body.includes('Roadstream'), headers['cache-control']],
        [200, true, 'no-cache'],
        url,
      )
    }
    const asset = await fixture.get('/assets/main-abc123.js')
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
    for (const url of ['/assets/gone-abc.js', '/api/nothing', '/assets/%2e%2e/%2e%2e/secret.txt'])
      assert.equal((await fixture.get(url)).statusCode, 404, url)
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('without a built dashboard a page says how to build it', async () => {
  await using fixture = await open()
  const { body, statusCode } = await fixture.get('/')
  assert.equal(statusCode, 503)
  assert.match(body, /npm start/)
})

test('the log has route patterns, and never an id, a token, a cookie, a password or a search', async () => {
  const lines: string[] = []
  await using fixture = await open({
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  })
  await fixture.get('/api/v1/vehicles/car-1?search=x', { cookie: fixture.cookie })
  await fixture.get('/api/v1/vehicles?search=needle', { cookie: fixture.cookie })
  await fixture.get('/setup?token=very-secret-token')
  await fixture.send('POST', '/api/v1/setup', { token: 'very-secret-token', name: 'eva', password: 'guess-of-someone' })
  const text = lines.join('')
  assert.match(text, /"route":"\/api\/v1\/vehicles\/:vehicle","method":"GET","status":400/)
  assert.doesNotMatch(text, /car-1|needle|very-secret-token|guess-of-someone|correct horse|roadstream=/)
})

test('a trip’s track is a file of GPX too, of the same points', async () => {
  await using fixture = await open()
  const { statusCode, headers, body } = await fixture.get('/api/v1/trips/trip-1/track.gpx', { cookie: fixture.cookie })
  assert.deepEqual(
    [statusCode, headers['content-type'], headers['content-disposition']],
    [200, 'application/gpx+xml; charset=utf-8', 'attachment; filename="trip-1.gpx"'],
  )
  const track = (await fixture.get('/api/v1/trips/trip-1/track', { cookie: fixture.cookie })).json<TrackColumns>()
  const places = track.at.filter((_, index) => track.lat[index] !== null)
  assert.deepEqual(
    [...body.matchAll(/<time>(.*?)<\/time>/g)].map(([, time = '']) => Date.parse(time)),
    places,
  )
  assert.match(body, /<\/trkseg>\n<\/trk>\n<\/gpx>\n$/)
})
