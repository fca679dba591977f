// Signing in at an identity provider, against a real one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { createOpenIdProvider } from '../../identity/openid-provider.ts'
import { openTestIdentityProvider, type TestIdentityProvider } from '../../identity/openid-provider.testing.ts'
import { wholeGrant, type Grant } from '../../rights/grant.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { openFixture, type Fixture } from '../api.testing.ts'
import type { SessionInfo } from '../contract.ts'
import { ownPath } from '../session/elsewhere.ts'

const way = '/api/v1/session/identity-provider'
const returnUrl = `http://localhost${way}/return`
const north: Grant = { role: 'viewer', scope: { of: 'group', group: 'north' } }
const groups = new Map([
  ['admins', [wholeGrant('administrator')]],
  ['north', [north]],
])
/** As a browser says of a page that another site sent it to. */
const fromElsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

type Opened = AsyncDisposable & { readonly fixture: Fixture; readonly there: TestIdentityProvider }

async function open(people: Parameters<typeof openTestIdentityProvider>[1]): Promise<Opened> {
  await using stack = new AsyncDisposableStack()
  const there = stack.use(await openTestIdentityProvider(returnUrl, people))
  const provider = createOpenIdProvider({
    issuer: there.issuer,
    ...there.client,
    name: 'company account',
    groupsClaim: 'groups',
  })
  const fixture = stack.use(
    await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log, { identity: { provider, groups } }),
  )
  const opened = stack.move()
  return { fixture, there, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const cookies = ({ cookies: set }: LightMyRequestResponse): string =>
  set
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')

async function begin({ fixture }: Opened, back = '/trips') {
  const begun = await fixture.get(`${way}/start?back=${encodeURIComponent(back)}`, { 'sec-fetch-site': 'same-origin' })
  assert.equal(begun.statusCode, 302, begun.body)
  return { url: String(begun.headers.location), cookie: cookies(begun) }
}

/** The whole way; gives the answer to the browser that came back. */
async function signIn(opened: Opened, name: string, back?: string): Promise<LightMyRequestResponse> {
  const { url, cookie } = await begin(opened, back)
  const called = new URL(await opened.there.signIn(url, name))
  return opened.fixture.get(called.pathname + called.search, { cookie, ...fromElsewhere })
}

const infoOf = async ({ fixture }: Opened, signedIn: LightMyRequestResponse): Promise<SessionInfo> =>
  (await fixture.get('/api/v1/session', { cookie: cookies(signedIn) })).json<SessionInfo>()

test('a person of the provider is signed in with the roles of his groups, and goes on where he was', async () => {
  await using opened = await open({ ana: { name: 'Ana', groups: ['admins', 'north', 'chess'] } })
  assert.deepEqual((await opened.fixture.get(way)).json(), { name: 'company account' })
  const back = await signIn(opened, 'ana', '/vehicles/car-1?tab=trips')
  assert.deepEqual([back.statusCode, back.headers.location], [302, '/vehicles/car-1?tab=trips'])
  const { name, tenant, roles, hasPassword } = await infoOf(opened, back)
  assert.equal(hasPassword, false)
  assert.deepEqual([name, tenant, roles], ['Ana', 'ours', ['administrator', 'viewer']])
})

test('groups are roles anew at each sign-in, and who has none of them is let in no more', async () => {
  const ana = { name: 'Ana', groups: ['admins'] }
  await using opened = await open({ ana })
  const first = await signIn(opened, 'ana')
  ana.groups = ['north']
  await signIn(opened, 'ana')
  const { storage } = opened.fixture.options
  assert.deepEqual(
    (await storage.users.list()).map(({ grants }) => grants),
    [[north]],
  )
  ana.groups = ['chess']
  const refused = await signIn(opened, 'ana')
  assert.equal(refused.headers.location, '/login?elsewhere=no-role')
  assert.equal(
    refused.cookies.some(({ value }) => value !== ''),
    false,
  )
  // Sessions of before lose what was granted as well, once they are looked up again.
  opened.fixture.clock.at += 60_000
  assert.deepEqual((await infoOf(opened, first)).permissions, [])
})

test('a person of the provider is never one who has a password here, whatever the name', async () => {
  await using opened = await open({
    eve: { name: 'ana', groups: ['north'] },
    mallory: { name: 'ANA', groups: ['north'] },
  })
  await opened.fixture.addUser('ana', 'ours', 'administrator')
  const names = []
  for (const person of ['eve', 'mallory', 'eve']) names.push((await infoOf(opened, await signIn(opened, person))).name)
  const { host } = new URL(opened.there.issuer)
  assert.deepEqual(names, [`ana (${host})`, `ANA (${host} 2)`, `ana (${host})`])
  for (const password of ['', 'null', 'any'])
    assert.notEqual(
      (await opened.fixture.send('POST', '/api/v1/session', { name: `ana (${host})`, password })).statusCode,
      200,
    )
})

test('a return without its cookie, with that of another sign-in, too late or twice signs nobody in', async () => {
  await using opened = await open({ ana: { name: 'Ana', groups: ['admins'] } })
  const { fixture, there } = opened
  const [mine, another] = [await begin(opened), await begin(opened)]
  const { pathname, search } = new URL(await there.signIn(mine.url, 'ana'))
  const back = async (cookie: string): Promise<unknown> => {
    const answer = await fixture.get(pathname + search, { cookie, ...fromElsewhere })
    return [answer.headers.location, answer.cookies.some(({ value }) => value !== '')]
  }
  assert.deepEqual(await back(''), ['/login?elsewhere=expired', false])
  assert.deepEqual(await back(mine.cookie.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))), [
    '/login?elsewhere=expired',
    false,
  ])
  assert.deepEqual(await back(another.cookie), ['/login?elsewhere=refused', false])
  assert.deepEqual(await back(mine.cookie), ['/trips', true])
  assert.deepEqual(await back(mine.cookie), ['/login?elsewhere=refused', false])
  const late = await begin(opened)
  const came = new URL(await there.signIn(late.url, 'ana'))
  fixture.clock.at += 11 * 60_000
  const answer = await fixture.get(came.pathname + came.search, { cookie: late.cookie, ...fromElsewhere })
  assert.equal(answer.headers.location, '/login?elsewhere=expired')
})

test('a provider that is away leads to the sign-in page, and without one there is no way', async () => {
  await using opened = await open({})
  await opened.there[Symbol.asyncDispose]()
  assert.equal((await opened.fixture.get(`${way}/start`)).headers.location, '/login?elsewhere=unavailable')
  await using without = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log)
  assert.deepEqual((await without.get(way)).json(), { name: null })
  assert.equal((await without.get(`${way}/start`)).headers.location, '/login?elsewhere=none')
  assert.equal((await without.get(`${way}/return?code=x`)).headers.location, '/login?elsewhere=none')
})

test('no page of another site is gone on to', () => {
  const bases = ['https://fleet.example', 'http://localhost:8080']
  const hostile = [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/%0d%0aset-cookie:a=b',
  ]
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...hostile), fc.string(), fc.webPath()),
      fc.constantFrom(...bases),
      (path, base) => {
        const own = ownPath(path)
        assert.equal(new URL(own, base).origin, base)
        assert.match(own, /^\/[\x21-\x7e]*$/)
      },
    ),
  )
})
