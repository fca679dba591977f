// The audit as the API writes it: sign-ins, ends of sessions, refusals, and who saw places.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry } from '../../audit/audit-entry.ts'
import { Outage } from '../../base/errors.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import type { ApiOptions } from '../api-options.ts'
import { noGateway, openFixture } from '../api.testing.ts'
import { makeTestProgram } from '../programs/programs.testing.ts'
import { fillStorage } from '../rows.testing.ts'
import { seldomMs } from './request-audit.ts'

async function open(more: Partial<ApiOptions> = {}) {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, more)
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('teo', 'ours', 'technician')
  const entries = async (tenant = 'ours'): Promise<readonly AuditEntry[]> =>
    (await storage.audit.list(tenant, {}, { limit: 500 })).rows.map(({ entry }) => entry).toReversed()
  /** In short: who, action, target, result. */
  const told = async (): Promise<readonly string[]> =>
    (await entries()).map(({ who, action, target, result }) => `${who.name} ${action} ${target.id} ${result}`)
  return { ...fixture, storage, entries, told }
}

const failing: ApiOptions['storage']['audit'] = {
  ...openMemoryStorage().audit,
  append: () => Promise.reject(new Outage('STORE_UNAVAILABLE', 'The audit is away.', { retryable: true })),
}

test('signing in, well and badly, and out is written, and no name that nobody has', async () => {
  await using fixture = await open()
  const signIn = (name: string, password: string) =>
    fixture.send('POST', '/api/v1/session', { name, password }, { 'user-agent': 'Firefox' })
  await signIn('ana', 'wrong')
  for (let n = 0; n < 3; n++) await signIn('correct horse battery', 'ana')
  const cookie = await fixture.signIn('ana')
  await fixture.send('DELETE', '/api/v1/session', undefined, { cookie })
  assert.deepEqual(await fixture.told(), [
    'ana sign-in ana refused',
    'somebody who is not known sign-in  refused',
    'ana sign-in ana done',
    'ana sign-out ana done',
  ])
  const [first] = await fixture.entries()
  assert.deepEqual(first?.from, { address: '127.0.0.1', agent: 'Firefox' })
  assert.ok(!JSON.stringify(await fixture.entries()).includes('horse'))
})

test('a password is tried again and again: the limit is told once in a quarter of an hour', async () => {
  await using fixture = await open()
  for (let n = 0; n < 14; n++) await fixture.send('POST', '/api/v1/session', { name: 'ana', password: 'wrong' })
  const reasons = (await fixture.entries()).map(({ reason }) => reason)
  assert.deepEqual(reasons, [...Array.from({ length: 10 }, () => 'the password is wrong'), 'too many attempts'])
})

test('where the audit cannot be written, nobody signs in and no connection ends', async () => {
  let isAway = false
  const ended: string[] = []
  const clientSessions: ApiOptions['clientSessions'] = {
    ...noGateway,
    disconnect: async ({ clientId }) => {
      ended.push(clientId)
      return null
    },
  }
  const storage = openMemoryStorage()
  const audit = { ...storage.audit, append: (entry: AuditEntry) => (isAway ? failing : storage.audit).append(entry) }
  const log = openMemoryLog({ partitions: 1 }).log
  await using fixture = await openFixture({ ...storage, audit }, log, { clientSessions })
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  const end = () => fixture.send('DELETE', '/api/v1/sessions/ours/car-1/connection', undefined, { cookie })
  isAway = true
  assert.equal((await end()).statusCode, 503)
  assert.equal(await fixture.signIn('ana'), '')
  assert.deepEqual(ended, [])
  isAway = false
  assert.equal((await end()).statusCode, 404)
  assert.deepEqual(ended, ['ours/car-1'])
  const { rows } = await storage.audit.list('ours', { actions: ['end'] }, { limit: 5 })
  assert.deepEqual(
    rows.map(({ entry }) => [entry.target.id, entry.result]),
    [
      ['ours/car-1', 'failed'],
      ['ours/car-1', 'done'],
    ],
  )
})

test('who sees where a vehicle is or was is written once in a quarter of an hour, also of requests at once', async () => {
  await using fixture = await open()
  const cookie = await fixture.signIn('ana')
  const look = async (path: string) => assert.equal((await fixture.get(`/api/v1/${path}`, { cookie })).statusCode, 200)
  for (let n = 0; n < 3; n++) await Promise.all([look('vehicles/car-1'), look('vehicles/car-1/track')])
  await look('vehicles/car-1/messages')
  await look('vehicles')
  await look('vehicles?search=car')
  await look('trips?vehicle=car-2')
  fixture.clock.at += seldomMs
  await look('vehicles/car-1/track')
  const places = (await fixture.entries()).filter(({ action }) => action === 'disclose-place')
  assert.deepEqual(
    places.map(({ target }) => [target.kind, target.id]),
    [
      ['vehicle', 'car-1'],
      ['fleet', 'vehicles'],
      ['vehicle', 'car-2'],
      ['vehicle', 'car-1'],
    ],
  )
})

test('nobody is said to have seen places who may not, or of a vehicle that is not there; refusals are written', async () => {
  await using fixture = await open()
  const cookie = await fixture.signIn('teo')
  const ask = async (path: string) => (await fixture.get(`/api/v1/${path}`, { cookie })).statusCode
  const paths = ['vehicles/car-1', 'vehicles/nowhere', 'vehicles/car-1/track', 'vehicles/car-2/track']
  assert.deepEqual(await Promise.all(paths.map(ask)), [200, 404, 403, 403])
  assert.deepEqual(await fixture.told(), [
    'teo sign-in teo done',
    'teo access GET /api/v1/vehicles/:vehicle/track refused',
  ])
  assert.match((await fixture.entries())[1]?.reason ?? '', /places:read/)
})

test('a link to a vehicle is written when it is made, looked at and ended, without its token', async () => {
  await using fixture = await open()
  const cookie = await fixture.signIn('ana')
  const path = '/api/v1/vehicles/car-1/shares'
  const made = await fixture.send('POST', path, { until: fixture.clock.at + 60_000 }, { cookie })
  const { id, token } = made.json<{ readonly id: string; readonly token: string }>()
  for (let n = 0; n < 2; n++) await fixture.get('/api/v1/share', { authorization: `Bearer ${token}` })
  await fixture.send('DELETE', `${path}/${id}`, undefined, { cookie })
  const entries = await fixture.entries()
  assert.deepEqual(
    entries.slice(1).map(({ who, action, target }) => [who.kind, action, target.id]),
    [
      ['person', 'share', 'car-1'],
      ['link', 'disclose-place', 'car-1'],
      ['person', 'end', id],
    ],
  )
  assert.ok(!JSON.stringify(entries).includes(token))
})

test('a program and its token are written when they are made, revoked and removed, without the secret', async () => {
  await using fixture = await open()
  const cookie = await fixture.signIn('ana')
  const { program, token } = await makeTestProgram(fixture, cookie)
  const path = `/api/v1/programs/${program.id}`
  for (const url of [`${path}/tokens/${token.id}`, path])
    assert.equal((await fixture.send('DELETE', url, undefined, { cookie })).statusCode, 204)
  const entries = await fixture.entries()
  assert.deepEqual(
    entries.slice(1).map(({ who, action, target, before, after }) => [who.name, action, target, before, after]),
    [
      [
        'ana',
        'make',
        { kind: 'program', id: program.id },
        null,
        { name: 'reports', managesPeople: false, grants: JSON.stringify(program.grants) },
      ],
      [
        'ana',
        'make',
        { kind: 'token', id: token.id },
        null,
        { program: program.id, name: 'first', expiresAt: token.expiresAt },
      ],
      ['ana', 'revoke', { kind: 'token', id: token.id }, { program: program.id, name: 'first' }, null],
      ['ana', 'remove', { kind: 'program', id: program.id }, { name: 'reports' }, null],
    ],
  )
  assert.ok(!JSON.stringify(entries).includes(token.secret))
})
