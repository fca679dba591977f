import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { wholeGrant, type Grant, type Scope } from '../../rights/grant.ts'
import { mayGive } from '../../rights/may-give.ts'
import { builtInRoles } from '../../rights/permissions.ts'
import { plainOrganisation } from '../../rights/plain-organisation.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { cookieOf, fixtureNow, fixturePassword, openFixture, type Fixture } from '../api.testing.ts'
import type { InvitationList, MadeAccountLink, PersonInfo, Problem, SignInList } from '../contract.ts'

const password = 'four words to recall'
const dayMs = 86_400_000

async function open(): Promise<Fixture & { readonly cookie: string }> {
  const fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  return { ...fixture, cookie: await fixture.signIn('ana') }
}
const ofGroup = (group: string, role = 'administrator'): Grant => ({ role, scope: { of: 'group', group } })
const typeOf = (response: { json(): unknown }): string => (response.json() as Problem).type.replace('/problems/', '')

const invite = async (fixture: Fixture, cookie: string, more: object = {}): Promise<MadeAccountLink> => {
  const made = await fixture.send(
    'POST',
    '/api/v1/people/invitations',
    { label: 'bo@example.org', grants: [wholeGrant('viewer')], ...more },
    { cookie },
  )
  assert.equal(made.statusCode, 201, made.body)
  return made.json<MadeAccountLink>()
}
const use = (fixture: Fixture, token: string, more: object = {}) =>
  fixture.send('POST', '/api/v1/account-links/use', { token, name: 'bo', password, ...more })

test('an invitation makes an account once, with the roles it was made with, and signs in', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const { token, expiresAt } = await invite(fixture, cookie)
  assert.equal(expiresAt, fixtureNow + 7 * dayMs)
  const looked = await fixture.send('POST', '/api/v1/account-links/look', { token })
  assert.deepEqual(looked.json(), { tenant: 'ours', name: null, label: 'bo@example.org', madeBy: 'ana', expiresAt })
  const listed = await fixture.get('/api/v1/people/invitations', { cookie })
  assert.deepEqual(
    listed.json<InvitationList>().rows.map(({ label, madeBy }) => [label, madeBy]),
    [['bo@example.org', 'ana']],
  )
  assert.ok(!listed.body.includes(token))

  const used = await use(fixture, token)
  assert.deepEqual([used.statusCode, used.json<{ roles: unknown }>().roles], [201, ['viewer']])
  assert.equal((await fixture.get('/api/v1/session', { cookie: cookieOf(used) })).statusCode, 200)
  assert.equal((await fixture.send('POST', '/api/v1/session', { name: 'bo', password })).statusCode, 200)
  assert.equal((await fixture.get('/api/v1/people/invitations', { cookie })).json<InvitationList>().rows.length, 0)
})

test('20 of security.md A6: no role, tenant or second account comes from the body or from a link that was used', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const { token } = await invite(fixture, cookie)
  for (const more of [
    { role: 'administrator' },
    { grants: [wholeGrant('administrator')] },
    { tenant: 'other' },
    { isAdmin: true },
  ])
    assert.equal((await use(fixture, token, more)).statusCode, 400)
  const both = await Promise.all([use(fixture, token), use(fixture, token, { name: 'eve' })])
  assert.deepEqual(new Set(both.map(({ statusCode }) => statusCode)), new Set([201, 403]))
  const again = await use(fixture, token, { name: 'mallory' })
  assert.deepEqual([again.statusCode, typeOf(again)], [403, 'link-not-valid'])
  for (const other of ['x', '', token.slice(1), [token], { token }])
    assert.ok((await use(fixture, other as string)).statusCode >= 400)
  const viewer = cookieOf(both.find(({ statusCode }) => statusCode === 201)!)
  for (const [method, url, body] of [
    ['POST', '/people/invitations', { label: 'x', grants: [wholeGrant('viewer')] }],
    ['PUT', '/people/ana/grants', { grants: [wholeGrant('viewer')] }],
    ['POST', '/people/ana/reset', undefined],
    ['DELETE', '/people/ana', undefined],
  ] as const)
    assert.equal((await fixture.send(method, `/api/v1${url}`, body, { cookie: viewer })).statusCode, 403, url)
})

test('an invitation is withdrawn, expires, and lasts 14 days at most', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const withdrawn = await invite(fixture, cookie)
  const url = `/api/v1/people/invitations/${withdrawn.id}`
  assert.equal((await fixture.send('DELETE', url, undefined, { cookie })).statusCode, 204)
  assert.equal((await fixture.send('DELETE', url, undefined, { cookie })).statusCode, 404)
  assert.equal(typeOf(await use(fixture, withdrawn.token)), 'link-not-valid')

  for (const expiresAt of [fixtureNow, fixtureNow + 14 * dayMs + 1]) {
    const body = { label: 'x', grants: [wholeGrant('viewer')], expiresAt }
    assert.equal((await fixture.send('POST', '/api/v1/people/invitations', body, { cookie })).statusCode, 400)
  }
  const { token } = await invite(fixture, cookie, { expiresAt: fixtureNow + 14 * dayMs })
  fixture.clock.at += 14 * dayMs
  assert.equal(typeOf(await use(fixture, token)), 'link-not-valid')
})

test('a password that is easy to guess, and a name that is taken, leave the invitation valid', async () => {
  await using fixture = await open()
  const { token } = await invite(fixture, fixture.cookie)
  const guessed = await use(fixture, token, { password: 'password1234' })
  assert.deepEqual([guessed.statusCode, guessed.json<Problem>().errors?.[0]?.field], [400, 'password'])
  const taken = await use(fixture, token, { name: 'ANA' })
  assert.deepEqual([taken.statusCode, typeOf(taken)], [409, 'name-taken'])
  assert.equal((await use(fixture, token)).statusCode, 201)
})

test('23 of security.md A6: a name in another form is nobody else’s and takes nobody’s place', async () => {
  await using fixture = await open()
  const { token } = await invite(fixture, fixture.cookie)
  const another = [
    'ana\r\n',
    'ana%0d%0a',
    ' ana',
    'ana ',
    'a\u200bna',
    'ana\u202e',
    'ａna',
    'аna',
    'ana\0',
    ['ana'],
    { name: 'ana' },
  ]
  for (const name of another) {
    const signedIn = await fixture.send('POST', '/api/v1/session', { name, password: fixturePassword })
    assert.ok([400, 401].includes(signedIn.statusCode), JSON.stringify(name))
    if (name === 'ana%0d%0a') continue
    const used = await use(fixture, token, { name })
    assert.equal(used.statusCode, 400, JSON.stringify(name))
  }
  for (const name of ['ANA', 'Ana']) assert.equal((await use(fixture, token, { name })).statusCode, 409)
  assert.equal((await use(fixture, token, { name: 'ana+fleet' })).statusCode, 201)
})

test('24 of security.md A6: a reset needs its own link, which is used once, leads where no header says, and ends sessions', async () => {
  await using fixture = await open()
  await fixture.addUser('bo', 'ours', 'viewer')
  const { cookie } = fixture
  const reset = async (): Promise<MadeAccountLink> => {
    const made = await fixture.send('POST', '/api/v1/people/bo/reset', undefined, {
      cookie,
      'x-forwarded-host': 'evil.example',
    })
    assert.equal(made.statusCode, 201)
    assert.ok(!made.body.includes('evil.example') && !made.body.includes('localhost'))
    return made.json<MadeAccountLink>()
  }
  assert.equal((await fixture.send('POST', '/api/v1/people/bo/reset')).statusCode, 401)
  const poisoned = { cookie, host: 'evil.example' }
  assert.equal((await fixture.send('POST', '/api/v1/people/bo/reset', undefined, poisoned)).statusCode, 421)
  const old = await reset()
  const { token } = await reset()
  const invited = await invite(fixture, cookie)
  const signedIn = await fixture.signIn('bo')
  assert.equal(typeOf(await use(fixture, old.token)), 'link-not-valid')
  // The link is of one account, whatever name comes with it.
  const used = await use(fixture, token, { name: 'ana' })
  assert.deepEqual([used.statusCode, used.json<{ name: string }>().name], [201, 'bo'])
  assert.equal((await fixture.get('/api/v1/session', { cookie: signedIn })).statusCode, 401)
  assert.equal((await fixture.get('/api/v1/session', { cookie: cookieOf(used) })).statusCode, 200)
  assert.equal(typeOf(await use(fixture, token)), 'link-not-valid')
  assert.equal(
    (await fixture.send('POST', '/api/v1/session', { name: 'ana', password: fixturePassword })).statusCode,
    200,
  )
  assert.equal((await use(fixture, invited.token, { name: 'bo' })).statusCode, 409)
})

test('33 of security.md A6: who asks is told nothing of people whom he does not manage, and links are not tried out', async () => {
  await using fixture = await open()
  await fixture.addUser('eve', 'ours', [ofGroup('north')])
  await fixture.addUser('cy', 'other')
  await fixture.addUser('di', 'ours', [ofGroup('north', 'viewer')])
  const cookie = await fixture.signIn('eve')
  const listed = await fixture.get('/api/v1/people', { cookie })
  assert.deepEqual(
    listed.json<{ rows: PersonInfo[] }>().rows.map(({ id }) => id),
    ['di', 'eve'],
  )
  const [hidden, foreign, none] = await Promise.all(
    ['ana', 'cy', 'nobody'].map((id) => fixture.get(`/api/v1/people/${id}`, { cookie })),
  )
  assert.deepEqual([hidden?.statusCode, hidden?.body, foreign?.body], [404, none?.body, none?.body])
  for (let time = 0; time < 20; time++) assert.equal((await use(fixture, `guess ${time}`)).statusCode, 403)
  assert.equal((await use(fixture, 'another')).statusCode, 429)
})

test('grants are changed at once, the person is kept out and let in, and the last administrator stays', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  await fixture.addUser('bo', 'ours', 'viewer')
  const signedIn = await fixture.signIn('bo')
  const put = (url: string, body: object) => fixture.send('PUT', `/api/v1/people/${url}`, body, { cookie })
  const granted = await put('bo/grants', { grants: [wholeGrant('analyst')] })
  assert.deepEqual(granted.json<PersonInfo>().grants, [wholeGrant('analyst')])
  fixture.clock.at += 2000
  const session = await fixture.get('/api/v1/session', { cookie: signedIn })
  assert.deepEqual(session.json<{ roles: unknown }>().roles, ['analyst'])

  assert.equal((await put('bo/access', { isAllowed: false })).json<PersonInfo>().disabledAt, fixture.clock.at)
  assert.equal((await fixture.get('/api/v1/session', { cookie: signedIn })).statusCode, 401)
  assert.equal((await put('bo/access', { isAllowed: true })).json<PersonInfo>().disabledAt, null)
  assert.equal(
    (await fixture.send('POST', '/api/v1/session', { name: 'bo', password: fixturePassword })).statusCode,
    200,
  )

  for (const response of [
    await put('ana/access', { isAllowed: false }),
    await put('ana/grants', { grants: [wholeGrant('viewer')] }),
    await fixture.send('DELETE', '/api/v1/people/ana', undefined, { cookie }),
  ])
    assert.deepEqual([response.statusCode, typeOf(response)], [409, 'last-administrator'])
  assert.equal((await fixture.send('DELETE', '/api/v1/people/bo', undefined, { cookie })).statusCode, 204)
  assert.equal((await fixture.get('/api/v1/people/bo', { cookie })).statusCode, 404)
})

test('sessions are told with browser and address, ended one by one or all others, and by whoever manages the person', async () => {
  await using fixture = await open()
  await fixture.addUser('bo', 'ours', 'viewer')
  const [one, two, three] = [await fixture.signIn('bo'), await fixture.signIn('bo'), await fixture.signIn('bo')]
  const stands = async (cookie: string): Promise<boolean> =>
    (await fixture.get('/api/v1/session', { cookie })).statusCode === 200
  const { rows } = (await fixture.get('/api/v1/account/sign-ins', { cookie: one })).json<SignInList>()
  assert.deepEqual([rows.length, rows.filter(({ isThis }) => isThis).length, rows[0]?.address], [3, 1, '127.0.0.1'])
  const own = rows.find(({ isThis }) => isThis)
  assert.equal(
    (await fixture.send('DELETE', `/api/v1/account/sign-ins/${own?.id}`, undefined, { cookie: fixture.cookie }))
      .statusCode,
    404,
  )
  assert.equal(
    (await fixture.send('DELETE', `/api/v1/account/sign-ins/${own?.id}`, undefined, { cookie: two })).statusCode,
    204,
  )
  assert.deepEqual([await stands(one), await stands(two), await stands(three)], [false, true, true])
  assert.equal((await fixture.send('DELETE', '/api/v1/account/sign-ins', undefined, { cookie: two })).statusCode, 204)
  assert.deepEqual([await stands(two), await stands(three)], [true, false])
  const { cookie } = fixture
  const told = (await fixture.get('/api/v1/people/bo/sign-ins', { cookie })).json<SignInList>()
  assert.deepEqual(
    told.rows.map(({ isThis }) => isThis),
    [false],
  )
  assert.equal((await fixture.send('DELETE', '/api/v1/people/bo/sign-ins', undefined, { cookie })).statusCode, 204)
  assert.deepEqual([await stands(two), await stands(cookie)], [false, true])
})

test('a password is changed by whoever knows the old one, and ends every other session', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const other = await fixture.signIn('ana')
  const change = (old: string, next: string) =>
    fixture.send('PUT', '/api/v1/account/password', { old, password: next }, { cookie })
  assert.equal(typeOf(await change('a guess', password)), 'wrong-password')
  assert.equal((await change(fixturePassword, 'password1234')).statusCode, 400)
  const changed = await change(fixturePassword, password)
  assert.equal(changed.statusCode, 200)
  for (const ended of [cookie, other])
    assert.equal((await fixture.get('/api/v1/session', { cookie: ended })).statusCode, 401)
  const renewed = cookieOf(changed)
  assert.equal((await fixture.get('/api/v1/session', { cookie: renewed })).statusCode, 200)
  for (let time = 0; time < 10; time++)
    await fixture.send('PUT', '/api/v1/account/password', { old: 'a guess', password }, { cookie: renewed })
  const limited = await fixture.send(
    'PUT',
    '/api/v1/account/password',
    { old: password, password },
    { cookie: renewed },
  )
  assert.equal(limited.statusCode, 429)
})

const anyGrant: fc.Arbitrary<Grant> = fc.record({
  role: fc.constantFrom(...builtInRoles),
  scope: fc.constantFrom<Scope>(
    { of: 'tenant' },
    { of: 'group', group: 'north' },
    { of: 'group', group: 'south' },
    { of: 'vehicle', vehicle: 'car-1' },
    { of: 'assigned' },
  ),
})

test('nobody grants what he has not: by an invitation, by a change, or by taking over an account', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyGrant, { minLength: 1, maxLength: 3 }),
      fc.array(anyGrant, { minLength: 1, maxLength: 3 }),
      fc.array(anyGrant, { minLength: 1, maxLength: 2 }),
      async (own, held, asked) => {
        await using fixture = await open()
        await fixture.addUser('eve', 'ours', own)
        await fixture.addUser('bo', 'ours', held)
        const cookie = await fixture.signIn('eve')
        const owns = (grants: readonly Grant[]): boolean =>
          grants.every((grant) =>
            mayGive({ tenant: 'ours', id: 'eve', grants: own }, grant, plainOrganisation, fixtureNow),
          )
        const invited = await fixture.send(
          'POST',
          '/api/v1/people/invitations',
          { label: 'x', grants: asked },
          { cookie },
        )
        const changed = await fixture.send('PUT', '/api/v1/people/bo/grants', { grants: asked }, { cookie })
        const reset = await fixture.send('POST', '/api/v1/people/bo/reset', undefined, { cookie })
        if (!owns(asked)) for (const { statusCode } of [invited, changed]) assert.ok(statusCode >= 400)
        if (!owns(held)) for (const { statusCode } of [changed, reset]) assert.ok(statusCode >= 400)
        const manages = own.some(({ role }) => role === 'administrator')
        if (manages && owns(asked)) assert.equal(invited.statusCode, 201)
        if (manages && owns(held) && owns(asked)) assert.equal(changed.statusCode, 200)
      },
    ),
    { numRuns: 40 },
  )
})
