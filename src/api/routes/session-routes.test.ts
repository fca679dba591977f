import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { allPermissions, roles } from '../../rights/permissions.ts'
import type { Storage } from '../../storage/storage.ts'
import { cheapCost, cookieOf, fixturePassword, openFixture, type Fixture } from '../api.testing.ts'
import type { ApiOptions } from '../api-options.ts'
import type { Problem } from '../contract.ts'
import { createPasswords } from '../session/password.ts'
import { newSetupToken } from '../session/setup.ts'

const open = (more: Partial<ApiOptions> = {}, storage: Storage = openMemoryStorage()): Promise<Fixture> =>
  openFixture(storage, openMemoryLog({ partitions: 1 }).log, more)
const signIn = (fixture: Fixture, name: string, password: string) =>
  signInFrom(fixture, '127.0.0.1', { name, password })
const viewerMay: ReadonlySet<string> = new Set(roles.viewer.may)
const asker = { name: 'test', isPreferred: false }

/** An attempt from an address, in a browser with a cookie. */
const signInFrom = async (
  { server }: Fixture,
  remoteAddress: string,
  { name = 'ana', password = 'a guess', cookie = '' } = {},
): Promise<LightMyRequestResponse> =>
  server.inject({
    method: 'POST',
    url: '/api/v1/session',
    remoteAddress,
    headers: { host: 'localhost', cookie },
    payload: { name, password },
  })

/** The cookie of the browser, which outlasts the session. */
const browserOf = (response: LightMyRequestResponse): string =>
  [response.headers['set-cookie']]
    .flat()
    .flatMap((text) => text?.match(/^(?:__Host-)?roadstream-browser=[^;]+/)?.[0] ?? [])
    .join()

test('a session is signed in, shown, and ended for every copy of its cookie', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours', 'viewer')
  const response = await signIn(fixture, 'ANA', fixturePassword)
  assert.deepEqual(
    [response.statusCode, response.json()],
    [
      200,
      {
        name: 'ana',
        tenant: 'ours',
        roles: ['viewer'],
        permissions: allPermissions.filter((each) => viewerMay.has(each)),
        hasPassword: true,
      },
    ],
  )
  const cookie = cookieOf(response)
  assert.equal((await fixture.get('/api/v1/session', { cookie })).statusCode, 200)
  assert.equal((await fixture.send('DELETE', '/api/v1/session', undefined, { cookie })).statusCode, 204)
  assert.equal((await fixture.get('/api/v1/session', { cookie })).statusCode, 401)
})

test('the cookie is out of reach of scripts and other sites, and Secure where the address is https', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours')
  const plain = String((await signIn(fixture, 'ana', fixturePassword)).headers['set-cookie'])
  assert.match(plain, /^roadstream=/)
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200'])
    assert.ok(plain.includes(part), `${part} is missing`)
  await using secure = await open({ publicUrl: 'https://fleet.example' })
  await secure.addUser('ana', 'ours')
  const response = await signIn(secure, 'ana', fixturePassword)
  assert.match(String(response.headers['set-cookie']), /^__Host-roadstream=.*; Secure/)
  assert.ok(response.headers['strict-transport-security'])
})

test('a session ends when its time is up, and when the password changes', async () => {
  const storage = openMemoryStorage()
  await using fixture = await open({}, storage)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  await storage.users.setPassword('ana', await createPasswords(cheapCost).hash('another password', asker))
  fixture.clock.at += 10_000
  assert.equal((await fixture.get('/api/v1/session', { cookie })).statusCode, 401)
  const renewed = cookieOf(await signIn(fixture, 'ana', 'another password'))
  fixture.clock.at += 12 * 3_600_000 - 1
  assert.equal((await fixture.get('/api/v1/session', { cookie: renewed })).statusCode, 200)
  fixture.clock.at += 1
  assert.equal((await fixture.get('/api/v1/session', { cookie: renewed })).statusCode, 401)
})

test('a changed cookie, or one signed with another secret, is none', async () => {
  const storage = openMemoryStorage()
  await using fixture = await open({}, storage)
  await using other = await open({ sessionSecret: new Uint8Array(32).fill(8) }, storage)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  const [text = '', mac = ''] = cookie.replace('roadstream=', '').split('.')
  const claims = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
  const later = Buffer.from(JSON.stringify({ ...claims, expiresAt: 9e15 })).toString('base64url')
  for (const forged of [`${later}.${mac}`, text, `${text}.`, `${text}.${mac}.x`, `.${mac}`, 'x'.repeat(5000), ''])
    assert.equal(
      (await fixture.get('/api/v1/session', { cookie: `roadstream=${forged}` })).statusCode,
      401,
      forged.slice(0, 40),
    )
  assert.equal((await other.get('/api/v1/session', { cookie })).statusCode, 401)
})

test('a logout is known to every other process within seconds, and outlasts a restart', async () => {
  const storage = openMemoryStorage()
  await using other = await open({}, storage)
  let cookie: string
  {
    await using fixture = await open({}, storage)
    await fixture.addUser('ana', 'ours')
    cookie = await fixture.signIn('ana')
    assert.equal((await other.get('/api/v1/session', { cookie })).statusCode, 200)
    await fixture.send('DELETE', '/api/v1/session', undefined, { cookie })
  }
  other.clock.at += 2000
  assert.equal((await other.get('/api/v1/session', { cookie })).statusCode, 401)
  await using again = await open({}, storage)
  assert.equal((await again.get('/api/v1/session', { cookie })).statusCode, 401)
})

test('somebody who is kept out is signed out within seconds, and signs in no more, with the same answer as a guess', async () => {
  const storage = openMemoryStorage()
  await using fixture = await open({}, storage)
  await fixture.addUser('ana', 'ours', 'viewer')
  const cookie = await fixture.signIn('ana')
  await storage.users.change('ana', { disabledAt: fixture.clock.at })
  fixture.clock.at += 2000
  assert.equal((await fixture.get('/api/v1/session', { cookie })).statusCode, 401)
  const [right, wrong] = [await signIn(fixture, 'ana', fixturePassword), await signIn(fixture, 'ana', 'a guess')]
  assert.deepEqual([right.statusCode, right.body], [401, wrong.body])
})

test('a wrong password and an unknown name get the same answer', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours')
  const wrong = await signIn(fixture, 'ana', 'not the password')
  const unknown = await signIn(fixture, 'nobody', 'not the password')
  assert.equal(wrong.statusCode, 401)
  assert.deepEqual([unknown.statusCode, unknown.body], [wrong.statusCode, wrong.body])
})

test('guessing is slowed down for a name, whether it exists or not, and a right password in time costs nothing', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours')
  for (let time = 0; time < 30; time++) assert.equal((await signIn(fixture, 'ana', fixturePassword)).statusCode, 200)
  const answersOf = async (name: string): Promise<number[]> =>
    Promise.all(Array.from({ length: 12 }, async () => (await signIn(fixture, name, 'a guess')).statusCode))
  assert.deepEqual(await answersOf('ana'), [...Array.from({ length: 10 }, () => 401), 429, 429])
  const limited = await signIn(fixture, 'ana', fixturePassword)
  assert.deepEqual([limited.statusCode, limited.headers['retry-after']], [429, '30'])
  fixture.clock.at += 30_000
  assert.equal((await signIn(fixture, 'ana', fixturePassword)).statusCode, 200)
  fixture.clock.at += 3_600_000
  assert.deepEqual(await answersOf('nobody'), [...Array.from({ length: 10 }, () => 401), 429, 429])
})

test('guesses at a name from one address keep its owner out at no other', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours')
  for (let time = 0; time < 12; time++) await signInFrom(fixture, '192.0.2.1')
  assert.equal((await signInFrom(fixture, '192.0.2.1', { password: fixturePassword })).statusCode, 429)
  assert.equal((await signInFrom(fixture, '192.0.2.2', { password: fixturePassword })).statusCode, 200)
})

test('guesses from many addresses are slowed down for a name, and keep its owner out of no browser he has used', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours')
  const cookie = browserOf(await signInFrom(fixture, '192.0.2.1', { password: fixturePassword }))
  const guesses = await Promise.all(
    Array.from({ length: 102 }, (_, index) => signInFrom(fixture, `198.51.100.${index}`)),
  )
  assert.deepEqual(
    guesses.map(({ statusCode }) => statusCode),
    [...Array.from({ length: 100 }, () => 401), 429, 429],
  )
  assert.equal((await signInFrom(fixture, '192.0.2.9', { password: fixturePassword })).statusCode, 429)
  assert.equal((await signInFrom(fixture, '192.0.2.9', { password: fixturePassword, cookie })).statusCode, 200)
})

test('an address that is over its limit keeps out nobody who has signed in there before', async () => {
  await using fixture = await open()
  await fixture.addUser('ana', 'ours')
  const cookie = browserOf(await signInFrom(fixture, '192.0.2.1', { password: fixturePassword }))
  for (let guess = 0; guess < 25; guess++) await signInFrom(fixture, '192.0.2.1', { name: `user${guess}` })
  assert.equal((await signInFrom(fixture, '192.0.2.1', { password: fixturePassword })).statusCode, 429)
  assert.equal((await signInFrom(fixture, '192.0.2.1', { password: fixturePassword, cookie })).statusCode, 200)
})

test('the cookie of a browser lets nobody in, limits who has it, and is of one name, one system and half a year', async () => {
  const storage = openMemoryStorage()
  await using fixture = await open({}, storage)
  await using other = await open({ sessionSecret: new Uint8Array(32).fill(8) }, storage)
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('bo', 'ours')
  const signedIn = await signInFrom(fixture, '192.0.2.1', { password: fixturePassword })
  const cookie = browserOf(signedIn)
  assert.match(String([signedIn.headers['set-cookie']].flat()[1]), /HttpOnly.*SameSite=Strict/)
  assert.equal((await fixture.get('/api/v1/session', { cookie })).statusCode, 401)
  for (let guess = 0; guess < 10; guess++)
    assert.equal((await signInFrom(fixture, `192.0.2.${guess}`, { cookie })).statusCode, 401)
  assert.equal((await signInFrom(fixture, '192.0.2.99', { password: fixturePassword, cookie })).statusCode, 429)
  // Of another name, of another system, changed, and too old it is a stranger's.
  for (const { of = fixture, name = 'ana', value = cookie, laterMs = 0 } of [
    { name: 'bo' },
    { of: other },
    { value: `${cookie}x` },
    { laterMs: 181 * 86_400_000 },
  ]) {
    of.clock.at += laterMs
    const statuses: number[] = []
    for (let guess = 0; guess < 12; guess++)
      statuses.push((await signInFrom(of, `203.0.113.${guess}`, { name, cookie: value })).statusCode)
    assert.deepEqual(
      statuses,
      Array.from({ length: 12 }, () => 401),
    )
  }
})

test('guessing many names from one address is slowed down', async () => {
  await using fixture = await open()
  const statuses: number[] = []
  for (let name = 0; name < 22; name++) statuses.push((await signIn(fixture, `user${name}`, 'a guess')).statusCode)
  assert.deepEqual(statuses.slice(-3), [401, 429, 429].slice(-3).toSpliced(0, 1, 401))
})

const setupBody = (token: string, name = 'eva', password = 'four words to recall') => ({ token, name, password })

test('the setup link makes one administrator, signs in, and is void afterwards', async () => {
  const token = newSetupToken()
  await using fixture = await open({ setup: { token, tenant: 'ours' } })
  assert.deepEqual((await fixture.get('/api/v1/setup')).json(), { needed: true })
  const response = await fixture.send('POST', '/api/v1/setup', setupBody(token))
  assert.deepEqual(
    [response.statusCode, response.json()],
    [201, { name: 'eva', tenant: 'ours', roles: ['administrator'], permissions: allPermissions, hasPassword: true }],
  )
  assert.equal((await fixture.get('/api/v1/session', { cookie: cookieOf(response) })).statusCode, 200)
  assert.deepEqual((await fixture.get('/api/v1/setup')).json(), { needed: false })
  const again = await fixture.send('POST', '/api/v1/setup', setupBody(token, 'mallory'))
  assert.deepEqual([again.statusCode, again.json<Problem>().type], [409, '/problems/already-set-up'])
})

test('a password that is easy to guess makes nobody, is told why at its field, and leaves the link valid', async () => {
  const token = newSetupToken()
  await using fixture = await open({ setup: { token, tenant: 'ours' } })
  for (const [name, password] of [
    ['eva', 'password1234'],
    ['maximiliana', 'Maximiliana1'],
    ['eva', 'roadstream2026'],
  ] as const) {
    const response = await fixture.send('POST', '/api/v1/setup', setupBody(token, name, password))
    const { type, errors } = response.json<Problem>()
    assert.deepEqual(
      [response.statusCode, type, errors?.map(({ field }) => field)],
      [400, '/problems/invalid-request', ['password']],
    )
    assert.match(errors?.[0]?.message ?? '', /easy to guess: it is/)
  }
  assert.equal(
    (await fixture.send('POST', '/api/v1/setup', setupBody('x'.repeat(43), 'eva', 'password1234'))).statusCode,
    403,
  )
  assert.equal((await fixture.send('POST', '/api/v1/setup', setupBody(token))).statusCode, 201)
})

test('ten at once with the setup link make one administrator', async () => {
  const storage = openMemoryStorage()
  const token = newSetupToken()
  await using one = await open({ setup: { token, tenant: 'ours' } }, storage)
  await using other = await open({ setup: { token, tenant: 'ours' } }, storage)
  const statuses = await Promise.all(
    Array.from(
      { length: 10 },
      async (_, index) =>
        (await (index % 2 === 0 ? one : other).send('POST', '/api/v1/setup', setupBody(token, `eva${index}`)))
          .statusCode,
    ),
  )
  assert.deepEqual(
    statuses.toSorted((a, b) => a - b),
    [201, ...Array.from({ length: 9 }, () => 409)],
  )
  assert.equal(await storage.users.count(), 1)
})

test('a wrong setup token makes nobody, costs attempts, and leaves the right one valid', async () => {
  const storage = openMemoryStorage()
  const token = newSetupToken()
  await using fixture = await open({ setup: { token, tenant: 'ours' } }, storage)
  for (const wrong of [newSetupToken(), token.slice(0, -1), `${token}x`])
    assert.equal((await fixture.send('POST', '/api/v1/setup', setupBody(wrong))).statusCode, 403)
  const statuses: number[] = []
  for (let time = 0; time < 20; time++)
    statuses.push((await fixture.send('POST', '/api/v1/setup', setupBody('x'))).statusCode)
  assert.equal(statuses.at(-1), 429)
  assert.equal(await storage.users.count(), 0)
  fixture.clock.at += 60_000
  assert.equal((await fixture.send('POST', '/api/v1/setup', setupBody(token))).statusCode, 201)
})

test('without a setup token nobody can be made', async () => {
  await using fixture = await open()
  assert.equal((await fixture.send('POST', '/api/v1/setup', setupBody(''))).statusCode, 400)
  assert.equal((await fixture.send('POST', '/api/v1/setup', setupBody('undefined'))).statusCode, 403)
})

test('a password that is too short is refused with the field and the remedy, and the link stays valid', async () => {
  const token = newSetupToken()
  await using fixture = await open({ setup: { token, tenant: 'ours' } })
  const response = await fixture.send('POST', '/api/v1/setup', setupBody(token, 'eva', 'elevenchars'))
  const { type, errors, detail } = response.json<Problem>()
  assert.deepEqual([response.statusCode, type, errors?.[0]?.field], [400, '/problems/invalid-request', 'password'])
  assert.match(detail, /at least 12 characters/)
  assert.equal((await fixture.send('POST', '/api/v1/setup', setupBody(token, 'eva', 'twelve chars'))).statusCode, 201)
})

test('a password is kept as a scrypt hash of standard cost and verifies as typed on any keyboard', async () => {
  const passwords = createPasswords()
  const hash = await passwords.hash('contraseña con acento', asker)
  assert.match(hash, /^scrypt\$15\$8\$3\$/)
  assert.equal(await passwords.verify('contrasen\u0303a con acento', hash, asker), true)
  assert.equal(await passwords.verify('contrasena con acento', hash, asker), false)
})
