import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { wholeGrant, type Grant } from '../../rights/grant.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import type { Storage } from '../../storage/storage.ts'
import { openFixture, type Fixture } from '../api.testing.ts'
import type { Listing, ProgramInfo, SessionInfo } from '../contract.ts'
import { openSse } from '../live/sse-client.ts'
import { fillStorage } from '../rows.testing.ts'
import { bearer, makeTestProgram } from './programs.testing.ts'
import { programLimits } from './program-limits.ts'

type Opened = Fixture & { readonly storage: Storage; readonly cookie: string }

async function openPrograms(): Promise<Opened> {
  const storage = openMemoryStorage()
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fillStorage(storage)
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('theo', 'theirs')
  return { ...fixture, storage, cookie: await fixture.signIn('ana') }
}

const programs = '/api/v1/programs'
const trips = '/api/v1/trips'

test('a program comes in by its token with its rights, and the secret is told once', async () => {
  await using fixture = await openPrograms()
  const { program, token } = await makeTestProgram(fixture, fixture.cookie)
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 200)
  const who = (await fixture.get('/api/v1/session', bearer(token.secret))).json<SessionInfo>()
  assert.deepEqual([who.name, who.tenant, who.roles], ['reports', 'ours', ['viewer']])
  for (const url of [programs, `${programs}/${program.id}`]) {
    const { body } = await fixture.get(url, { cookie: fixture.cookie })
    assert.ok(body.includes(token.id) && !body.includes(token.secret) && !body.includes('hash'), body)
  }
  const kept = JSON.stringify(await fixture.storage.programs.get('ours', program.id))
  assert.ok(!kept.includes(token.secret.slice(3)), 'the store has no secret')
})

test('who may not manage programs neither sees nor makes nor ends any, and another tenant has its own', async () => {
  await using fixture = await openPrograms()
  const { program, token } = await makeTestProgram(fixture, fixture.cookie)
  await fixture.addUser('vi', 'ours', 'viewer')
  const tokens = `${programs}/${program.id}/tokens`
  const asking = async (headers: Readonly<Record<string, string>>): Promise<readonly number[]> => {
    const bodies = [
      ['POST', programs, { name: 'mine', grants: [wholeGrant('viewer')] }],
      ['POST', tokens, { name: 'mine' }],
      ['DELETE', `${tokens}/${token.id}`, undefined],
      ['DELETE', `${programs}/${program.id}`, undefined],
    ] as const
    const reads = [programs, `${programs}/${program.id}`]
    const answers = []
    for (const url of reads) answers.push(await fixture.get(url, headers))
    for (const [method, url, body] of bodies) answers.push(await fixture.send(method, url, body, headers))
    return answers.map(({ statusCode }) => statusCode)
  }
  assert.deepEqual(await asking({ cookie: await fixture.signIn('vi') }), Array(6).fill(403))
  assert.deepEqual(await asking(bearer(token.secret)), Array(6).fill(403))
  assert.deepEqual(await asking({}), Array(6).fill(401))
  assert.deepEqual(await asking({ cookie: await fixture.signIn('theo') }), [200, 404, 201, 404, 404, 404])
  const theirs = (await fixture.get(programs, { cookie: await fixture.signIn('theo') })).json<Listing<ProgramInfo>>()
  assert.deepEqual(
    theirs.rows.map(({ name }) => name),
    ['mine'],
  )
})

test('a program gets nothing that its maker has not: neither role, nor vehicle, nor time', async () => {
  await using fixture = await openPrograms()
  const { storage } = fixture
  await storage.users.add({
    ...(await storage.users.findByName('ana'))!,
    id: 'mo',
    name: 'mo',
    grants: [
      wholeGrant('operator'),
      { role: 'administrator', scope: { of: 'tenant' }, expiresAt: fixture.clock.at + 10_000 },
    ],
  })
  const cookie = await fixture.signIn('mo')
  const make = async (grant: Grant): Promise<number> =>
    (await fixture.send('POST', programs, { name: `p${Math.random()}`, grants: [grant] }, { cookie })).statusCode
  assert.equal(await make(wholeGrant('operator')), 201)
  assert.equal(await make({ role: 'viewer', scope: { of: 'vehicle', vehicle: 'car-1' } }), 201)
  assert.equal(await make(wholeGrant('administrator')), 403, 'he is one for ten more seconds only')
  assert.equal(await make({ ...wholeGrant('administrator'), expiresAt: fixture.clock.at + 10_000 }), 201)
  assert.equal(await make({ role: 'driver', scope: { of: 'assigned' } }), 403)
  assert.equal(await make(wholeGrant('owner')), 403, 'a role that there is not')
})

test('a program manages people and programs only where that was said as it was made', async () => {
  await using fixture = await openPrograms()
  const grants = [wholeGrant('administrator')]
  const plain = await makeTestProgram(fixture, fixture.cookie, grants, { name: 'plain' })
  const managing = await makeTestProgram(fixture, fixture.cookie, grants, { name: 'managing', managesPeople: true })
  const make = (secret: string, name: string) =>
    fixture.send('POST', programs, { name, grants: [wholeGrant('viewer')] }, bearer(secret))
  assert.equal((await make(plain.token.secret, 'a')).statusCode, 403)
  assert.equal((await make(managing.token.secret, 'b')).statusCode, 201)
  const who = (await fixture.get('/api/v1/session', bearer(plain.token.secret))).json<SessionInfo>()
  assert.ok(!who.permissions.includes('people:manage') && who.permissions.includes('audit:read'))
})

test('what is for people who are signed in is refused to a program', async () => {
  await using fixture = await openPrograms()
  const { token } = await makeTestProgram(fixture, fixture.cookie)
  const refused = await fixture.send('DELETE', '/api/v1/session', undefined, bearer(token.secret))
  assert.deepEqual([refused.statusCode, refused.json<{ type: string }>().type], [403, '/problems/not-allowed'])
})

test('a token that is revoked, or whose program is removed, ends at once', async () => {
  await using fixture = await openPrograms()
  const { cookie } = fixture
  const { program, token } = await makeTestProgram(fixture, cookie)
  const other = (await fixture.send('POST', `${programs}/${program.id}/tokens`, { name: 'second' }, { cookie })).json<{
    secret: string
  }>()
  const status = async (secret: string): Promise<number> => (await fixture.get(trips, bearer(secret))).statusCode
  assert.deepEqual([await status(token.secret), await status(other.secret)], [200, 200])
  assert.equal(
    (await fixture.send('DELETE', `${programs}/${program.id}/tokens/${token.id}`, undefined, { cookie })).statusCode,
    204,
  )
  assert.deepEqual([await status(token.secret), await status(other.secret)], [401, 200])
  assert.equal((await fixture.send('DELETE', `${programs}/${program.id}`, undefined, { cookie })).statusCode, 204)
  assert.deepEqual([await status(token.secret), await status(other.secret)], [401, 401])
  const refused = await fixture.get(trips, bearer(token.secret))
  assert.match(String(refused.headers['www-authenticate']), /^Bearer .*invalid_token/)
})

test('a token that another process revokes is refused within seconds', async () => {
  await using fixture = await openPrograms()
  const { program, token } = await makeTestProgram(fixture, fixture.cookie)
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 200)
  await fixture.storage.programs.removeToken(program.id, token.id)
  fixture.clock.at += programLimits.believedMs
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 401)
})

test('a live connection ends with the token it came in by', async () => {
  await using fixture = await openPrograms()
  const { program, token } = await makeTestProgram(fixture, fixture.cookie)
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = fixture.server.server.address() as AddressInfo
  const live = await openSse(`http://127.0.0.1:${port}/api/v1/live`, bearer(token.secret))
  assert.equal(fixture.hub.connections, 1)
  const url = `${programs}/${program.id}/tokens/${token.id}`
  assert.equal((await fixture.send('DELETE', url, undefined, { cookie: fixture.cookie })).statusCode, 204)
  await live.ended
  assert.equal(fixture.hub.connections, 0)
})

test('a token expires, a year ahead at most', async () => {
  await using fixture = await openPrograms()
  const { cookie, clock } = fixture
  const { program, token } = await makeTestProgram(fixture, cookie, undefined, { expiresAt: clock.at + 60_000 })
  const ask = async (expiresAt: number): Promise<number> =>
    (await fixture.send('POST', `${programs}/${program.id}/tokens`, { name: 'x', expiresAt }, { cookie })).statusCode
  assert.equal(await ask(clock.at), 400)
  assert.equal(await ask(clock.at + programLimits.lifeMaxMs + 1), 400)
  assert.equal(await ask(clock.at + programLimits.lifeMaxMs), 201)
  clock.at += 59_999
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 200)
  clock.at += 1
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 401)
})

test('the last use is told to a minute', async () => {
  await using fixture = await openPrograms()
  const { program, token } = await makeTestProgram(fixture, fixture.cookie)
  const usedAt = async (): Promise<number | null | undefined> =>
    (await fixture.storage.programs.get('ours', program.id))?.tokens[0]?.usedAt
  assert.equal(await usedAt(), null)
  const first = fixture.clock.at
  await fixture.get(trips, bearer(token.secret))
  fixture.clock.at += programLimits.useNotedMs - 1
  await fixture.get(trips, bearer(token.secret))
  assert.equal(await usedAt(), first)
  fixture.clock.at += 1
  await fixture.get(trips, bearer(token.secret))
  assert.equal(await usedAt(), fixture.clock.at)
})

test('lists are given to a token as to a session: 200 at once, then 50 a second, each by itself', async () => {
  await using fixture = await openPrograms()
  const one = await makeTestProgram(fixture, fixture.cookie, undefined, { name: 'one' })
  const two = await makeTestProgram(fixture, fixture.cookie, undefined, { name: 'two' })
  for (let n = 0; n < 200; n++) assert.equal((await fixture.get(trips, bearer(one.token.secret))).statusCode, 200)
  assert.equal((await fixture.get(trips, bearer(one.token.secret))).statusCode, 429)
  assert.equal((await fixture.get(trips, bearer(two.token.secret))).statusCode, 200)
})

test('guessing tokens from an address is slowed down, and keeps nobody out who is known there', async () => {
  await using fixture = await openPrograms()
  const { token } = await makeTestProgram(fixture, fixture.cookie)
  const { newTokenText } = await import('./token-text.ts')
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 200)
  const statuses = []
  for (let n = 0; n < 25; n++) statuses.push((await fixture.get(trips, bearer(newTokenText()))).statusCode)
  assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429])
  fixture.clock.at += programLimits.believedMs - 1
  assert.equal((await fixture.get(trips, bearer(token.secret))).statusCode, 200)
})

test('a name is of one program of a tenant, and a program has so many tokens at most', async () => {
  await using fixture = await openPrograms()
  const { cookie } = fixture
  const { program } = await makeTestProgram(fixture, cookie)
  const again = await fixture.send('POST', programs, { name: 'reports', grants: [wholeGrant('viewer')] }, { cookie })
  assert.deepEqual([again.statusCode, again.json<{ type: string }>().type], [409, '/problems/name-taken'])
  const url = `${programs}/${program.id}/tokens`
  for (let n = 1; n < programLimits.tokensMax; n++)
    assert.equal((await fixture.send('POST', url, { name: `t${n}` }, { cookie })).statusCode, 201)
  assert.equal((await fixture.send('POST', url, { name: 'more' }, { cookie })).statusCode, 409)
})

test('a program is made with no tenant, id or role that its maker names in the body (A6 20)', async () => {
  await using fixture = await openPrograms()
  const body = { name: 'x', grants: [wholeGrant('viewer')] }
  for (const more of [
    { tenant: 'theirs' },
    { id: 'program-1' },
    { role: 'administrator' },
    { isAdmin: true },
    { madeBy: 'root' },
  ])
    assert.equal(
      (await fixture.send('POST', programs, { ...body, ...more }, { cookie: fixture.cookie })).statusCode,
      400,
    )
})

test('a token that is none is refused, whatever it looks like (A6 25)', async () => {
  await using fixture = await openPrograms()
  const { token } = await makeTestProgram(fixture, fixture.cookie)
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwt = (header: object): string => `${segment(header)}.${segment({ sub: 'ana', tenant: 'ours' })}.`
  const session = fixture.cookie.split('=')[1] ?? ''
  const texts = [
    jwt({ alg: 'none' }),
    jwt({ alg: 'HS256', kid: '../../etc/passwd' }),
    jwt({ alg: 'RS256', jku: 'http://evil.example/jwks' }),
    session,
    token.id,
    token.secret.slice(0, -1),
    token.secret.toLowerCase(),
    `${token.secret} ${token.secret}`,
    "rs_' or 1=1 --",
    'undefined',
  ]
  for (const text of texts) assert.equal((await fixture.get(trips, bearer(text))).statusCode, 401, text)
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token.secret}`,
    token.secret,
    `Bearer\t${token.secret}x`,
  ])
    assert.equal((await fixture.get(trips, { authorization })).statusCode, 401, authorization)
  assert.equal(
    (await fixture.get(trips, { cookie: fixture.cookie, ...bearer('wrong') })).statusCode,
    401,
    'a cookie beside a token that is none does not count',
  )
  assert.equal((await fixture.get(`${trips}?access_token=${token.secret}`)).statusCode, 401, 'no token in an address')
})
