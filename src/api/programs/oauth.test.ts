import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { wholeGrant } from '../../rights/grant.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { openFixture, type Fixture } from '../api.testing.ts'
import type { SessionInfo } from '../contract.ts'
import { accessTokenLifeMs } from './access-token.ts'
import { bearer, makeTestProgram, type TestProgram } from './programs.testing.ts'

type Opened = Fixture & TestProgram & { readonly cookie: string }

async function openClient(): Promise<Opened> {
  const fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  return { ...fixture, cookie, ...(await makeTestProgram(fixture, cookie, [wholeGrant('analyst')])) }
}

type Form = Readonly<Record<string, string>> | readonly (readonly [string, string])[]
const post = ({ server }: Opened, form: Form, headers: Readonly<Record<string, string>> = {}) =>
  server.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form as Record<string, string>).toString(),
  })
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
})
type Given = {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope: string
}
const grant = { grant_type: 'client_credentials' }

test('a program gets an access token by its id and a token, in the header or in the form', async () => {
  await using fixture = await openClient()
  const { program, token } = fixture
  const answers = [
    await post(fixture, grant, basic(program.id, token.secret)),
    await post(fixture, { ...grant, client_id: program.id, client_secret: token.secret }),
    await post(fixture, { ...grant, client_id: program.id }, basic(program.id, token.secret)),
  ]
  for (const answer of answers) {
    assert.equal(answer.statusCode, 200, answer.body)
    assert.equal(answer.headers['cache-control'], 'no-store')
    const given = answer.json<Given>()
    assert.deepEqual([given.token_type, given.expires_in], ['Bearer', 600])
    const who = (await fixture.get('/api/v1/session', bearer(given.access_token))).json<SessionInfo>()
    assert.deepEqual([who.name, who.permissions.join(' ')], ['reports', given.scope])
    assert.ok(!given.access_token.includes(token.secret))
  }
})

test('an access token is held to the scope that was asked for', async () => {
  await using fixture = await openClient()
  const { program, token } = fixture
  const asked = { ...grant, client_id: program.id, client_secret: token.secret }
  const given = (await post(fixture, { ...asked, scope: 'trips:read vehicles:read' })).json<Given>()
  const who = (await fixture.get('/api/v1/session', bearer(given.access_token))).json<SessionInfo>()
  assert.deepEqual(who.permissions, ['vehicles:read', 'trips:read'])
  assert.equal((await fixture.get('/api/v1/trips', bearer(given.access_token))).statusCode, 200)
  assert.equal((await fixture.get('/api/v1/alerts', bearer(given.access_token))).statusCode, 403)
  for (const scope of ['people:manage', 'vehicles:edit', 'trips:read  vehicles:read', '', 'everything']) {
    const refused = await post(fixture, { ...asked, scope })
    assert.deepEqual([refused.statusCode, refused.json<{ error: string }>().error], [400, 'invalid_scope'], scope)
  }
})

test('an access token ends after ten minutes, and at once with the token it was given for', async () => {
  await using fixture = await openClient()
  const { program, token, cookie, clock } = fixture
  const asked = { ...grant, client_id: program.id, client_secret: token.secret }
  const ask = async (): Promise<string> => (await post(fixture, asked)).json<Given>().access_token
  const status = async (text: string): Promise<number> => (await fixture.get('/api/v1/trips', bearer(text))).statusCode
  const first = await ask()
  clock.at += accessTokenLifeMs - 1
  assert.equal(await status(first), 200)
  clock.at += 1
  assert.equal(await status(first), 401)
  const second = await ask()
  assert.equal(await status(second), 200)
  await fixture.send('DELETE', `/api/v1/programs/${program.id}/tokens/${token.id}`, undefined, { cookie })
  assert.equal(await status(second), 401)
})

test('errors are those of RFC 6749, and say nothing of what there is', async () => {
  await using fixture = await openClient()
  const { program, token } = fixture
  const own = { client_id: program.id, client_secret: token.secret }
  const other = await makeTestProgram(fixture, fixture.cookie, undefined, { name: 'other' })
  const cases: readonly (readonly [
    status: number,
    error: string,
    form: Form,
    headers?: Readonly<Record<string, string>>,
  ])[] = [
    [401, 'invalid_client', grant],
    [401, 'invalid_client', { ...grant, client_id: program.id }],
    [401, 'invalid_client', { ...grant, ...own, client_secret: other.token.secret }],
    [401, 'invalid_client', { ...grant, client_id: 'program-0', client_secret: token.secret }],
    [401, 'invalid_client', { ...grant, ...own, client_secret: 'wrong' }],
    [401, 'invalid_client', grant, { authorization: `Bearer ${token.secret}` }],
    [401, 'invalid_client', grant, { authorization: 'Basic ????' }],
    [400, 'invalid_request', own],
    [400, 'invalid_request', [...Object.entries({ ...grant, ...own }), ['scope', 'a'], ['scope', 'b']]],
    [400, 'invalid_request', { ...grant, ...own }, basic(program.id, token.secret)],
    [400, 'invalid_request', { ...grant, client_id: 'other' }, basic(program.id, token.secret)],
    [400, 'unsupported_grant_type', { ...own, grant_type: 'password' }],
    [400, 'unsupported_grant_type', { ...own, grant_type: 'authorization_code' }],
  ]
  for (const [status, error, form, headers] of cases) {
    const refused = await post(fixture, form, headers)
    assert.deepEqual(
      [refused.statusCode, refused.json<{ error: string }>().error],
      [status, error],
      JSON.stringify(form),
    )
    assert.equal(refused.headers['cache-control'], 'no-store')
    if (status === 401) assert.match(String(refused.headers['www-authenticate']), /^Basic /)
  }
  const [unknown, wrong] = [
    await post(fixture, { ...grant, client_id: 'program-0', client_secret: other.token.secret }),
    await post(fixture, { ...grant, ...own, client_secret: 'wrong' }),
  ]
  assert.equal(unknown.body, wrong.body)
})

test('nothing but a small form is read, and a form is read nowhere else', async () => {
  await using fixture = await openClient()
  const { program, token } = fixture
  const json = await fixture.send('POST', '/oauth/token', {
    ...grant,
    client_id: program.id,
    client_secret: token.secret,
  })
  assert.deepEqual([json.statusCode, json.json<{ error: string }>().error], [400, 'invalid_request'])
  assert.equal((await post(fixture, { ...grant, scope: 'x'.repeat(9000) })).statusCode, 413)
  const form = await fixture.server.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'name=ana&password=x',
  })
  assert.equal(form.statusCode, 415)
})

test('an access token is forged by nobody: neither by another key, nor claim, nor algorithm (A6 25)', async () => {
  await using fixture = await openClient()
  const { program, token } = fixture
  const given = (await post(fixture, { ...grant, client_id: program.id, client_secret: token.secret })).json<Given>()
  const [body = '', mac = ''] = given.access_token.slice('rsa_'.length).split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object
  const changed = Buffer.from(JSON.stringify({ ...claims, expiresAt: 9e15 })).toString('base64url')
  const forged = [`rsa_${changed}.${mac}`, `rsa_${body}.`, `rsa_${body}`, `rsa_${body}.${mac}.${mac}`, `${body}.${mac}`]
  for (const text of forged)
    assert.equal((await fixture.get('/api/v1/trips', bearer(text))).statusCode, 401, text.slice(0, 30))
  const [session = ''] = fixture.cookie.split('=').slice(1)
  assert.equal((await fixture.get('/api/v1/trips', bearer(`rsa_${session}`))).statusCode, 401, 'a session is none')
  assert.equal(
    (await fixture.get('/api/v1/trips', { cookie: `roadstream=${body}.${mac}` })).statusCode,
    401,
    'nor is it a session',
  )
  assert.equal(
    (await post(fixture, { ...grant, client_id: program.id, client_secret: given.access_token })).statusCode,
    401,
  )
})

test('clients find where to ask by RFC 8414', async () => {
  await using fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log, {
    publicUrl: 'https://fleet.example',
  })
  type Metadata = Readonly<Record<string, unknown>>
  const found = (
    await fixture.get('/.well-known/oauth-authorization-server', { host: 'fleet.example' })
  ).json<Metadata>()
  assert.equal(found['issuer'], 'https://fleet.example')
  assert.equal(found['token_endpoint'], 'https://fleet.example/oauth/token')
  assert.deepEqual(found['grant_types_supported'], ['client_credentials'])
  const poisoned = await fixture.get('/.well-known/oauth-authorization-server', { host: 'evil.example' })
  assert.equal(poisoned.statusCode, 421)
})
