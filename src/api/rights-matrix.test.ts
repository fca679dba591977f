// Every route by every role over every scope: the answer's status, and all that is in its body. A
// route is in the matrix by being in the OpenAPI document; one whose parameters or body are not
// known here fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routesOf, type RouteRights } from './route-rights.testing.ts'
import { wholeGrant } from '../rights/grant.ts'
import { allPermissions, installationPermissions, type Permission } from '../rights/permissions.ts'
import { fixtureNow, fixturePassword } from './api.testing.ts'
import type { PositionsEvent } from './contract.ts'
import { liveFeeds } from './live/live-reader.ts'
import { feedNeeds } from './live/live-sights.ts'
import {
  idOf,
  latitudeMark,
  matrixRoles,
  matrixScopes,
  matrixTenants,
  matrixVehicles,
  mayInMatrix,
  openMatrix,
  tenantMark,
  vinOf,
  type Matrix,
  type MatrixVehicle,
} from './rights-matrix.testing.ts'

/** How a parameter of a path is given for a vehicle. */
const parameters: Readonly<Record<string, (tenant: string, vehicle: string, path: string) => string>> = {
  vehicle: (_, vehicle) => vehicle,
  tenant: (tenant) => tenant,
  client: (_, vehicle) => vehicle,
  path: () => 'Vehicle.Speed',
  id: (tenant, vehicle, path) => idOf(path.includes('/alerts') ? 'alert' : 'trip', tenant, vehicle),
  share: (tenant, vehicle) => idOf('share', tenant, vehicle),
  group: () => 'spare',
  assignment: () => 'spare',
  role: () => 'night-watch',
  program: (tenant) => `program-${tenant}`,
  token: (tenant) => `token-${tenant}`,
  person: (tenant) => `bo-${tenant}`,
  signIn: () => 'none',
  invitation: () => 'none',
  credential: () => 'fleet-password',
}
/** Bodies by the id of the operation, for a vehicle. */
const bodies: Readonly<Record<string, (vehicle: string) => object>> = {
  setUp: () => ({ token: 'x', name: 'eve', password: 'long enough password' }),
  signIn: () => ({ name: 'nobody', password: fixturePassword }),
  makeShare: () => ({ until: fixtureNow + 60_000 }),
  importRegistry: (vehicle) => Buffer.from(`vehicle,name\n${vehicle},Ada\n`),
  editRegistry: () => ({ select: { search: 'car' }, edit: { addTags: ['cold'] }, dryRun: true }),
  editVehicleRegistry: () => ({ version: 1, name: 'Ada' }),
  putGroup: () => ({ name: 'Spare', parent: null }),
  putAssignment: () => ({ person: 'ana', from: 1, until: 2 }),
  putRole: () => ({ may: ['vehicles:read'] }),
  makeProgram: () => ({ name: 'another', grants: [wholeGrant('viewer')] }),
  makeToken: () => ({ name: 'another' }),
  setGrants: () => ({ grants: [wholeGrant('viewer')] }),
  setAccess: () => ({ isAllowed: true }),
  resetPassword: () => ({}),
  invite: () => ({ label: 'Cy', grants: [wholeGrant('viewer')] }),
  lookAtAccountLink: () => ({ token: 'x' }),
  useAccountLink: () => ({ token: 'x', name: 'cy', password: 'long enough password' }),
  changePassword: () => ({ old: 'another password', password: 'four words to recall' }),
  provisionVehicles: (vehicle) => ({ vehicles: [{ vehicle, kind: 'password' }] }),
}
/** Bodies that are no JSON. */
const mediaTypes: Readonly<Record<string, string>> = { importRegistry: 'text/csv' }
/** Operations that answer who may call them otherwise than with success, and with which status. */
const otherwise: Readonly<Record<string, number>> = {
  getShared: 403,
  getSharedTrack: 403,
  changePassword: 403,
  endSignIn: 404,
  withdrawInvitation: 404,
}
/** Operations whose address names no vehicle, and which ask for one in their query where not all
 *  are seen: by what name. */
const ofAllOrOne: Readonly<Record<string, string>> = { listClientSessions: 'vehicle' }

type Known = RouteRights & { readonly id: string; readonly needs: string; readonly isWhole: boolean }
const knownOf = ({ server }: Matrix): readonly Known[] => {
  const all = routesOf(server.swagger()).map((route): Known => {
    const { operationId = '', 'x-needs': needs = '', 'x-whole': isWhole = false } = route.operation
    return { ...route, id: operationId, needs, isWhole }
  })
  // Operations that show come before those that change and take away, parts before the whole, and
  // the end of the session comes last.
  const rank = ({ method, id }: Known): number =>
    id === 'signOut' ? 3 : method === 'DELETE' ? 2 : method === 'GET' ? 0 : 1
  return all.toSorted((one, other) => rank(one) - rank(other) || other.path.length - one.path.length)
}

function addressOf({ path, method, id }: Known, tenant: string, vehicle: string): string {
  assert.ok(method === 'GET' || method === 'DELETE' || bodies[id] !== undefined, `${id} needs a body in this test`)
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const given = parameters[name]
    assert.ok(given !== undefined, `${path}: say in this test how {${name}} is given`)
    return encodeURIComponent(given(tenant, vehicle, path))
  })
}
const isAddressed = ({ path }: Pick<Known, 'path'>): boolean => /\{(vehicle|client|id|trip|share)\}/.test(path)

async function call(matrix: Matrix, route: Known, url: string, cookie: string | undefined, vehicle = 'car-apart') {
  const payload = bodies[route.id]?.(vehicle)
  const mediaType = mediaTypes[route.id]
  const { statusCode, body } = await matrix.server.inject({
    method: route.method as 'GET',
    url,
    headers: {
      host: 'localhost',
      ...(cookie !== undefined && { cookie }),
      ...(mediaType !== undefined && { 'content-type': mediaType }),
    },
    ...(payload !== undefined && { payload }),
  })
  return { statusCode, body, what: `${route.method} ${url} → ${statusCode} ${body.slice(0, 500)}` }
}

/** Nothing in the text is of a vehicle that is not seen, of another tenant, or of a kind that the
 *  role does not see. */
function assertClean(text: string, role: string, { tenant }: Matrix, sees: readonly string[], what: string): void {
  for (const vehicle of matrixVehicles.filter((each) => !sees.includes(each)))
    assert.ok(!text.includes(vehicle), `${what} tells of ${vehicle}`)
  for (const other of matrixTenants.filter((each) => each !== tenant))
    assert.ok(!text.includes(tenantMark(other)), `${what} tells of another tenant`)
  if (!mayInMatrix(role, 'places:read')) assert.ok(!text.includes(latitudeMark), `${what} tells of a place`)
  if (!mayInMatrix(role, 'vins:read'))
    for (const vehicle of matrixVehicles) assert.ok(!text.includes(vinOf(vehicle)), `${what} tells of a VIN`)
}

/** Whether the rows that a route gives, whatever its address, name their vehicles. */
function listsVehicles({ server }: Matrix, { operation, path }: Known): boolean {
  const { components } = server.swagger() as { readonly components?: { readonly schemas?: Record<string, Rows> } }
  const items = operation.responses?.['200']?.content?.['application/json']?.schema?.properties?.rows?.items
  const name = items?.$ref?.split('/').at(-1) ?? ''
  return (
    !isAddressed({ path }) &&
    (items?.$ref === undefined ? items : components?.schemas?.[name])?.properties?.vehicle !== undefined
  )
}
type Rows = { readonly $ref?: string; readonly properties?: { readonly vehicle?: unknown } }

/** A list of vehicles, or of what they did, has a row of each vehicle that is seen, and its total
 *  counts these. */
function assertWhole(body: string, sees: readonly string[], what: string): void {
  const { rows, total } = JSON.parse(body) as {
    readonly rows: readonly { readonly vehicle?: string }[]
    readonly total?: unknown
  }
  assert.deepEqual(new Set(rows.map(({ vehicle }) => vehicle)), new Set(sees), what)
  if (typeof total === 'number') assert.equal(total, sees.length, what)
}

async function tryRoute(matrix: Matrix, route: Known, role: string, scope: string): Promise<void> {
  const sees: readonly MatrixVehicle[] = matrixScopes[scope]?.sees ?? []
  const { tenant, cookie } = matrix
  const { id, needs, isWhole } = route
  const [own = 'car-apart'] = sees
  const others = matrixVehicles.filter((vehicle) => !sees.includes(vehicle)).slice(0, 1)
  const unsigned = await call(matrix, route, addressOf(route, tenant, own), undefined)
  if (needs === 'everyone') return assert.ok(unsigned.statusCode < 500, unsigned.what)
  assert.equal(unsigned.statusCode, 401, unsigned.what)
  const isLive = scope in matrixScopes && scope !== 'expired'
  const mayCall =
    needs === 'signed-in' ||
    (isLive &&
      mayInMatrix(role, needs as Permission) &&
      (tenant === 'ours' || !installationPermissions.has(needs as Permission)) &&
      (!isWhole || matrixScopes[scope]?.grant.scope.of === 'tenant'))
  const foreign = matrixTenants.filter((each) => each !== tenant)
  const outside = [
    ...(isAddressed(route) ? others.map((vehicle) => addressOf(route, tenant, vehicle)) : []),
    ...(/\{(tenant|id|share|program|person)\}/.test(route.path)
      ? foreign.map((each) => addressOf(route, each, own))
      : []),
  ]
  for (const url of outside) {
    const answer = await call(matrix, route, url, cookie)
    const isNothing = answer.statusCode === 200 && answer.body === '{"rows":[]}'
    assert.ok(isNothing || answer.statusCode === 403 || answer.statusCode === 404, answer.what)
    assertClean(answer.body, role, matrix, sees, answer.what)
  }
  if (id === 'followLive' && mayCall) return tryLive(matrix, role, sees)
  if (isAddressed(route) && sees.length === 0) return
  const asksForOne = ofAllOrOne[id] !== undefined && sees.length < matrixVehicles.length
  const url =
    addressOf(route, tenant, own) + (asksForOne && mayCall && sees.length > 0 ? `?${ofAllOrOne[id]}=${own}` : '')
  const answer = await call(matrix, route, url, cookie, own)
  if (!mayCall || (asksForOne && sees.length === 0)) assert.equal(answer.statusCode, 403, answer.what)
  // Nobody gives a role over more than he has it over.
  else if (id === 'invite' && matrixScopes[scope]?.grant.scope.of !== 'tenant')
    assert.equal(answer.statusCode, 403, answer.what)
  // Somebody whose grants reach further than one's own is not one's to manage.
  else if (route.path.includes('{person}') && matrixScopes[scope]?.grant.scope.of !== 'tenant')
    assert.equal(answer.statusCode, 404, answer.what)
  else if (otherwise[id] === undefined) assert.ok(answer.statusCode < 300, answer.what)
  else assert.equal(answer.statusCode, otherwise[id], answer.what)
  // One's own grants name their vehicle, also when their time is over.
  const named = route.path.includes('/people') ? [...sees, 'car-single'] : sees
  assertClean(answer.body, role, matrix, named, answer.what)
  if (answer.statusCode === 200 && listsVehicles(matrix, route))
    assertWhole(answer.body, asksForOne ? [own] : sees, answer.what)
}

async function tryLive(matrix: Matrix, role: string, sees: readonly string[]): Promise<void> {
  const events = await matrix.followAll(mayInMatrix(role, 'places:read') ? sees : [])
  const told = new Map<string, Set<string>>(liveFeeds.map((feed) => [feed, new Set()]))
  for (const { event, data } of events) {
    assertClean(JSON.stringify(data), role, matrix, sees, `an event ${event}`)
    if (event === 'positions')
      for (const [, vehicle] of (data as PositionsEvent).names) told.get('positions')?.add(vehicle)
    else told.get(event)?.add((data as Record<string, { readonly vehicle: string }>)[event]?.vehicle ?? '')
  }
  for (const feed of liveFeeds)
    assert.deepEqual(told.get(feed), new Set(mayInMatrix(role, feedNeeds[feed]) ? sees : []), `${feed} of ${role}`)
}

for (const scope of [...Object.keys(matrixScopes), 'nobody'])
  test(`whoever has a role over the scope “${scope}” is answered by every route what the role and the scope allow`, async () => {
    for (const role of matrixRoles) {
      await using matrix = await openMatrix(role, scope)
      await matrix.server.ready()
      for (const route of knownOf(matrix)) await tryRoute(matrix, route, role, scope)
    }
  })

test('every permission that a route needs is one there is, and every route says what it needs', async () => {
  await using matrix = await openMatrix('viewer', 'tenant')
  await matrix.server.ready()
  const routes = knownOf(matrix)
  assert.ok(routes.length > 30)
  for (const { needs, id } of routes)
    assert.ok(['everyone', 'signed-in', ...allPermissions].includes(needs), `${id} needs ${needs}`)
})
