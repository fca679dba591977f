// Two tenants whose vehicles have the same ids, asked one right after the other: no answer of one
// holds what is the other's, neither body, header nor page, and no cursor of one opens the other's
// list. A GET route is tried by being in the OpenAPI document.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeGrant } from '../rights/grant.ts'
import { bearer, makeTestProgram } from './programs/programs.testing.ts'
import { idOf, matrixTenants, openMatrix, tenantMark } from './rights-matrix.testing.ts'
import { routesOf } from './route-rights.testing.ts'

const vehicle = 'car-north'
const parameters: Readonly<Record<string, (tenant: string, path: string) => string>> = {
  vehicle: () => vehicle,
  client: () => vehicle,
  path: () => 'Vehicle.Speed',
  tenant: (tenant) => tenant,
  id: (tenant, path) => idOf(path.includes('/alerts') ? 'alert' : 'trip', tenant, vehicle),
  program: (tenant) => `program-${tenant}`,
  person: (tenant) => `bo-${tenant}`,
}
const addressOf = (path: string, tenant: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const given = parameters[name]
    assert.ok(given !== undefined, `${path}: say in this test how {${name}} is given`)
    return encodeURIComponent(given(tenant, path))
  })

type Headers = Readonly<Record<string, string>>

test('two tenants with equal vehicle ids, asked one right after the other, never hold what is the other’s', async () => {
  await using matrix = await openMatrix('administrator', 'tenant')
  await matrix.server.ready()
  const callers: { readonly tenant: string; readonly other: string; readonly headers: Headers }[] = []
  for (const tenant of matrixTenants) {
    await matrix.addUser(`head of ${tenant}`, tenant)
    const cookie = await matrix.signIn(`head of ${tenant}`)
    const { token } = await makeTestProgram(matrix, cookie, [wholeGrant('administrator')], { name: 'same name' })
    const other = matrixTenants.find((each) => each !== tenant) ?? assert.fail()
    callers.push({ tenant, other, headers: { cookie } }, { tenant, other, headers: bearer(token.secret) })
  }
  // Programs and people of both in turn, so that each request follows on the other tenant's.
  const inTurn = [0, 2, 1, 3].map((index) => callers[index] ?? assert.fail())
  const routes = routesOf(matrix.server.swagger()).filter(
    ({ method, path }) => method === 'GET' && !path.endsWith('/live'),
  )
  assert.ok(routes.length > 20)
  let marked = 0
  let cursors = 0
  for (const { path, operation } of routes) {
    const isPaged = operation.parameters?.some(({ name }) => name === 'after') === true
    for (const { tenant, other, headers } of inTurn) {
      const url = addressOf(path, tenant)
      for (let after: string | undefined, page = 0; page < 50; page += 1) {
        const asked = `${url}${isPaged ? `?limit=1${after === undefined ? '' : `&after=${after}`}` : ''}`
        const answer = await matrix.get(asked, headers)
        const text = `${JSON.stringify(answer.headers)} ${answer.body}`
        assert.ok(answer.statusCode < 500, `${asked} ${text.slice(0, 300)}`)
        assert.ok(!text.includes(tenantMark(other)), `${asked} tells ${tenant} of ${other}: ${text.slice(0, 500)}`)
        if (text.includes(tenantMark(tenant))) marked += 1
        after = answer.statusCode === 200 && isPaged ? answer.json<{ next?: string }>().next : undefined
        if (after === undefined) break
        for (const foreign of callers.filter((each) => each.tenant === other)) {
          const refused = await matrix.get(`${addressOf(path, other)}?limit=1&after=${after}`, foreign.headers)
          if (refused.statusCode === 403) continue
          assert.equal(
            refused.statusCode,
            400,
            `${asked}: its cursor opens the list of ${other}: ${refused.body.slice(0, 300)}`,
          )
          cursors += 1
        }
        matrix.clock.at += 100
      }
    }
  }
  assert.ok(marked > 40 && cursors > 10, `${marked} answers had the mark, ${cursors} cursors were tried`)
})
