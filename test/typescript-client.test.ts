// The client in TypeScript: its types are those of the API, and it calls a server.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createClient, ProblemError, type Client } from '../clients/typescript/client.ts'
import { typescriptTypes } from '../scripts/typescript-types.ts'
import { openFixture, type Fixture } from '../src/api/api.testing.ts'
import { makeTestProgram } from '../src/api/programs/programs.testing.ts'
import { fillStorage } from '../src/api/rows.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { wholeGrant } from '../src/rights/grant.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'

type Served = Fixture & { readonly client: Client; readonly url: string; readonly secret: string }

async function openServed(): Promise<Served> {
  const storage = openMemoryStorage()
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fillStorage(storage)
  await fixture.addUser('ana', 'ours')
  const grants = [wholeGrant('administrator')]
  const { token } = await makeTestProgram(fixture, await fixture.signIn('ana'), grants, { managesPeople: true })
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(fixture.server.server.address() as AddressInfo).port}`
  return { ...fixture, url, secret: token.secret, client: createClient({ url, token: token.secret }) }
}

test('the types of the client are those of the API: node scripts/write-client.ts writes them', async () => {
  await using fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log)
  const document = (await fixture.get('/api/openapi.json')).json<object>()
  const written = readFileSync(new URL('../clients/typescript/api.ts', import.meta.url), 'utf8')
  assert.equal(written, typescriptTypes(document))
})

test('the client reads lists page after page, and one of what they have', async () => {
  await using served = await openServed()
  const { client } = served
  for (const name of ['b', 'c', 'a']) await client.call('makeProgram', {}, { name, grants: [wholeGrant('viewer')] })
  const names: string[] = []
  for await (const { name } of client.pages('listPrograms', { limit: 1 })) names.push(name)
  assert.deepEqual(names, ['a', 'b', 'c', 'reports'])
  const { rows } = await client.call('listTrips', { from: '2000-01-01T00:00:00Z', limit: 500 })
  const id = rows[0]?.id ?? ''
  assert.equal((await client.call('getTrip', { id })).id, id)
  assert.match(await client.call('getTripGpx', { id }), /<gpx/)
})

test('the client changes something, and reads why it may not', async () => {
  await using served = await openServed()
  const { client } = served
  const made = await client.call('makeProgram', {}, { name: 'reader', grants: [wholeGrant('viewer')] })
  assert.equal(await client.call('removeProgram', { program: made.id }), undefined)
  await assert.rejects(client.call('getProgram', { program: made.id }), (error) => {
    assert.ok(error instanceof ProblemError)
    assert.deepEqual([error.problem.status, error.problem.type], [404, '/problems/not-found'])
    return true
  })
  const stranger = createClient({ url: served.url, token: async () => 'rs_wrong' })
  await assert.rejects(stranger.call('getSession', {}), { name: 'ProblemError', message: /Not signed in/ })
  const elsewhere = createClient({
    url: served.url,
    token: 'x',
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'retry-after': '7' } }),
  })
  await assert.rejects(elsewhere.call('getSession', {}), (error) => {
    assert.ok(error instanceof ProblemError)
    return error.problem.status === 502 && error.retryAfterS === 7
  })
})

test('the client follows the live feed, and leaves it', async () => {
  await using served = await openServed()
  const alert = { topic: 'alert', key: 'ours/car-1', headers: { id: 'a9' }, at: 1 } as const
  const events = served.client.live({ feeds: ['alert'] })
  const first = events.next()
  while (served.hub.connections === 0) await new Promise((resolve) => setImmediate(resolve))
  await served.options.derived.append([{ ...alert, value: new Uint8Array() }])
  const { value } = await first
  assert.deepEqual(value?.event, 'alert')
  assert.deepEqual(value.data, { id: 'a9', alert: null })
  assert.ok(value.id !== undefined)
  await events.return()
  while (served.hub.connections > 0) await new Promise((resolve) => setImmediate(resolve))
})
