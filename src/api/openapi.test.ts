// The document is held against the server: it is well formed, and every operation answers as it
// says, good and bad.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import Schema from 'typebox/schema'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { openConnected, openTestGateway } from '../gateway/gateway.testing.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels } from '../read-models/read-models.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { fixtureNow, fixturePassword, openFixture, type Fixture } from './api.testing.ts'
import { wholeGrant } from '../rights/grant.ts'
import { fillStorage } from './rows.testing.ts'
import { hashOfShareToken } from './shares/share-token.ts'
import { problemKinds } from './problem.ts'
import { sessionsOf } from './client-sessions.testing.ts'

type Json = Readonly<Record<string, unknown>>
type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security?: readonly Json[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Json
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> }
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: Json }>> }
    >
  >
}
type Document = {
  readonly openapi: string
  readonly info: Json
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

async function openDocumented(): Promise<Fixture & { readonly document: Document }> {
  const storage = openMemoryStorage()
  const opened = openMemoryLog({ partitions: 2 })
  const gateway = await openTestGateway()
  const client = await openConnected(gateway.port, 5, 'ours/car-1', { properties: { sessionExpiryS: 600 } })
  const fixture = await openFixture(storage, opened.log, { clientSessions: sessionsOf(gateway.gateway) })
  await fillStorage(storage)
  await fixture.addUser('ana', 'ours')
  const share = { id: 'share-1', tenant: 'ours', vehicle: 'car-1', withTrip: true, madeBy: 'ana', makerId: 'ana' }
  const until = fixtureNow + 60_000
  await storage.shares.add({ ...share, from: 0, until, madeAt: 1, usedAt: null }, hashOfShareToken(linkToken) ?? '')
  const program = { id: 'program-1', tenant: 'ours', name: 'reports', grants: [wholeGrant('viewer')] }
  await storage.programs.add({ ...program, managesPeople: false, madeAt: 1, madeBy: 'ana' })
  const token = { id: 'token-1', program: 'program-1', name: 'first', hash: 'h', usedAt: null }
  await storage.programs.addToken({ ...token, madeAt: 1, madeBy: 'ana', expiresAt: 2 })
  await fixture.addUser('bo', 'ours', 'viewer')
  const close = async (): Promise<void> => {
    await fixture[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
    await gateway[Symbol.asyncDispose]()
  }
  return {
    ...fixture,
    [Symbol.asyncDispose]: close,
    document: (await fixture.get('/api/openapi.json')).json<Document>(),
  }
}

const operationsOf = ({ paths }: Document): (readonly [method: string, path: string, operation: Operation])[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [method, path, operation] as const),
  )

/** The schema with its references replaced: none refers to itself. */
function whole(value: unknown, document: Document): unknown {
  if (Array.isArray(value)) return value.map((item) => whole(item, document))
  if (typeof value !== 'object' || value === null) return value
  const { $ref } = value as { readonly $ref?: string }
  if ($ref === undefined)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, whole(item, document)]))
  const found = document.components.schemas[$ref.replace('#/components/schemas/', '')]
  assert.ok(found, `${$ref} leads nowhere`)
  return whole(found, document)
}

function assertDocumented(
  document: Document,
  operation: Operation,
  response: { readonly statusCode: number; readonly headers: LightMyRequestResponse['headers']; readonly body: string },
): void {
  const answer = operation.responses[String(response.statusCode)]
  assert.ok(
    answer,
    `${operation.operationId} answered ${response.statusCode}, which is not documented: ${response.body.slice(0, 300)}`,
  )
  const type = response.headers['content-type'] ?? ''
  const media = Object.entries(answer.content ?? {}).find(([name]) => type.startsWith(name.split(';')[0] ?? ''))
  if (answer.content === undefined) return assert.equal(response.body, '')
  assert.ok(media, `${operation.operationId} answered ${type}, which is not documented for ${response.statusCode}`)
  if (!media[0].endsWith('json')) return
  const body: unknown = JSON.parse(response.body)
  const schema = whole(media[1].schema, document) as Json
  assert.ok(
    Schema.Check(schema, body),
    `${operation.operationId} ${response.statusCode}: ${JSON.stringify(Schema.Errors(schema, body))?.slice(0, 500)}`,
  )
}

const linkToken = `rsl_${'a'.repeat(43)}`
const writingMethods: Readonly<Record<string, 'POST' | 'PUT' | 'PATCH' | 'DELETE'>> = {
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
}
/** Operations by a secret that is told once are tested where it is made. */
const refusedHere: ReadonlySet<string> = new Set([
  'setUp',
  'lookAtAccountLink',
  'useAccountLink',
  'withdrawInvitation',
  'changePassword',
  'endSignIn',
])
const sample: Readonly<Record<string, string>> = {
  vehicle: 'car-1',
  id: 'trip-1',
  tenant: 'ours',
  client: 'car-1',
  person: 'bo',
  path: 'Vehicle.Speed',
  share: 'share-1',
  group: 'north',
  assignment: 'shift-1',
  role: 'night-watch',
  program: 'program-1',
  token: 'token-1',
}
const takingAway = [
  'endShare',
  'removeGroup',
  'removeAssignment',
  'removeRole',
  'disconnectClient',
  'endClientSession',
  'revokeToken',
  'removeProgram',
  'removePerson',
  'signOut',
]
const addressOf = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => (path.includes('alerts') ? 'alert-1' : (sample[name] ?? '')))

test('the document is OpenAPI 3.1: every operation is named once, described, and refers only to what is there', async () => {
  await using fixture = await openDocumented()
  const { document } = fixture
  assert.match(document.openapi, /^3\.1\.\d$/)
  assert.ok(document.info['title'] !== undefined && document.info['version'] !== undefined)
  const operations = operationsOf(document)
  assert.ok(operations.length >= 20, `only ${operations.length} operations`)
  assert.equal(new Set(operations.map(([, , { operationId }]) => operationId)).size, operations.length)
  const tags = new Set(document.tags.map(({ name }) => name))
  for (const [method, path, operation] of operations) {
    const at = `${method} ${path}`
    assert.ok(operation.summary.length > 5, `${at} has no summary`)
    assert.ok(
      operation.tags.length > 0 && operation.tags.every((tag) => tags.has(tag)),
      `${at} has a tag that is not declared`,
    )
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    assert.deepEqual(new Set(declared.map(({ name }) => name)), new Set(inPath), `${at}: path parameters`)
    assert.ok(
      declared.every(({ required }) => required === true),
      `${at}: a path parameter is required`,
    )
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      assert.ok(description.length > 0, `${at} ${status} has no description`)
      if (Number(status) >= 400)
        assert.deepEqual(Object.keys(content ?? {}), ['application/problem+json'], `${at} ${status}`)
    }
    for (const status of ['400', '500', '503'])
      assert.ok(operation.responses[status], `${at} does not document ${status}`)
  }
  whole(document, document)
})

test('every operation answers as documented, signed in and not', async () => {
  await using fixture = await openDocumented()
  const { document } = fixture
  const cookie = await fixture.signIn('ana')
  const bodies: Readonly<Record<string, object>> = {
    setUp: { token: 'x', name: 'eve', password: 'long enough password' },
    signIn: { name: 'ana', password: fixturePassword },
    makeShare: { until: fixtureNow + 60_000 },
    importRegistry: Buffer.from('vehicle,name\ncar-9,Nine\n'),
    editRegistry: { select: { search: 'car' }, edit: { addTags: ['cold'] }, dryRun: true },
    editVehicleRegistry: { version: 0, name: 'Ada' },
    putGroup: { name: 'North', parent: null },
    putAssignment: { person: 'ana', from: 1, until: null },
    putRole: { may: ['vehicles:read'] },
    makeProgram: { name: 'another', grants: [wholeGrant('viewer')] },
    makeToken: { name: 'another' },
    setGrants: { grants: [wholeGrant('viewer')] },
    setAccess: { isAllowed: true },
    invite: { label: 'Cy', grants: [wholeGrant('viewer')] },
    lookAtAccountLink: { token: 'x' },
    useAccountLink: { token: 'x', name: 'cy', password: 'long enough password' },
    changePassword: { old: 'another password', password: 'four words to recall' },
  }
  // Operations that take something away come after those that show it.
  const last = (id: string): number => takingAway.indexOf(id)
  const operations = operationsOf(document).sort(
    ([, , one], [, , other]) => last(one.operationId) - last(other.operationId),
  )
  for (const [method, path, operation] of operations) {
    const url = addressOf(path)
    const call = (headers: Readonly<Record<string, string>>) =>
      method === 'get'
        ? fixture.get(url, headers)
        : fixture.send(writingMethods[method] ?? assert.fail(method), url, bodies[operation.operationId], {
            ...headers,
            ...(operation.operationId === 'importRegistry' && { 'content-type': 'text/csv' }),
          })
    const secured = operation.security === undefined
    const refused = await call({})
    if (secured) assert.equal(refused.statusCode, 401, `${method} ${path} without a session`)
    assertDocumented(document, operation, refused)
    if (operation.operationId === 'followLive') continue
    const own: Readonly<Record<string, string>> = operation.operationId.startsWith('getShared')
      ? { authorization: `Bearer ${linkToken}` }
      : { cookie }
    const given = await call(own)
    assert.ok(
      given.statusCode < 400 || refusedHere.has(operation.operationId),
      `${method} ${path} answered ${given.statusCode}: ${given.body}`,
    )
    assertDocumented(document, operation, given)
    const foreign = await call({ ...own, host: 'evil.example' })
    assert.equal(foreign.statusCode, 421)
    assertDocumented(document, operation, foreign)
    if (method === 'get' && secured) {
      const unknown = await fixture.get(`${url}?nonsense=1`, own)
      assertDocumented(document, operation, unknown)
      if ((operation.parameters ?? []).some((parameter) => parameter.in === 'query'))
        assert.equal(unknown.statusCode, 400, `${path} takes unknown parameters`)
    }
  }
})

test('every list takes the documented page parameters and refuses a page that is too long or a cursor that is none', async () => {
  await using fixture = await openDocumented()
  const cookie = await fixture.signIn('ana')
  const lists = operationsOf(fixture.document).filter(([, , { parameters }]) =>
    parameters?.some(({ name }) => name === 'after'),
  )
  const byHand = [
    '/vehicles',
    '/vehicles/{vehicle}/messages',
    '/trips/sums',
    '/sessions',
    '/vehicles/{vehicle}/shares',
    '/programs',
    '/people',
    '/audit',
    '/vehicles/{vehicle}/disclosures',
  ]
  const ofModels = Object.values<AnyModel>(readModels).flatMap(({ routes }) => routes?.path ?? [])
  assert.deepEqual(lists.map(([, path]) => path.replace('/api/v1', '')).sort(), [...byHand, ...ofModels].sort())
  for (const [, path] of lists) {
    const url = addressOf(path)
    assert.equal((await fixture.get(`${url}?limit=501`, { cookie })).statusCode, 400)
    assert.equal((await fixture.get(`${url}?limit=0`, { cookie })).statusCode, 400)
    const bad = await fixture.get(`${url}?after=bm9uc2Vuc2Vub25zZW5zZW5vbnNlbnNl`, { cookie })
    assert.deepEqual([bad.statusCode, bad.json<{ type: string }>().type], [400, '/problems/invalid-cursor'])
  }
})

test('the kinds of problem that are documented are those there are', async () => {
  await using fixture = await openDocumented()
  const told = new Set(JSON.stringify(fixture.document.paths).match(/\/problems\/[a-z-]+/g))
  const everywhere = new Set(['/problems/method-not-allowed'])
  assert.deepEqual(
    Object.keys(problemKinds)
      .map((kind) => `/problems/${kind}`)
      .filter((kind) => !told.has(kind) && !everywhere.has(kind)),
    [],
  )
})

test('a tuple is said as JSON Schema of 2020-12 does, which OpenAPI 3.1 has', async () => {
  await using it = await openDocumented()
  const said = JSON.stringify(it.document)
  assert.match(said, /"prefixItems":\[/)
  assert.doesNotMatch(said, /"items":\[|"additionalItems"/)
})
