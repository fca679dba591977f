// What every UserStore keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenStorage } from './contract-rows.testing.ts'
import { outage } from './projection.contract.ts'
import type { User } from './user-store.ts'

const ana: User = { id: 'u1', name: 'Ana', passwordHash: 'h1', role: 'administrator', tenant: 'acme' }

export function userStoreContract(open: OpenStorage): void {
  test('users: are found by name in any case, and counted', async () => {
    await using storage = await open()
    assert.equal(await storage.users.count(), 0)
    await storage.users.add(ana)
    await storage.users.add({ ...ana, id: 'u2', name: 'Bo', role: 'viewer', tenant: 'other' })
    assert.equal(await storage.users.count(), 2)
    assert.deepEqual(await storage.users.findByName('ANA'), ana)
    assert.equal(await storage.users.findByName('An'), undefined)
    assert.equal(await storage.users.findByName('a\0'), undefined)
  })

  test('users: a name or id that is taken stays whose it is, also when two come at once', async () => {
    await using storage = await open()
    const both = await Promise.allSettled([
      storage.users.add(ana),
      storage.users.add({ ...ana, id: 'u2', name: 'aNA', passwordHash: 'h2' }),
    ])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await assert.rejects(storage.users.add({ ...ana, name: 'Else' }), outage('USER_EXISTS'))
    await assert.rejects(storage.users.add({ ...ana, id: 'u3' }), outage('USER_EXISTS'))
    assert.equal(await storage.users.count(), 1)
    assert.deepEqual(await storage.users.findByName('Ana'), ana)
  })

  test('users: a password is changed for a user there is', async () => {
    await using storage = await open()
    await storage.users.add(ana)
    await storage.users.setPassword('u1', 'h9')
    assert.equal((await storage.users.findByName('Ana'))?.passwordHash, 'h9')
    await assert.rejects(storage.users.setPassword('u7', 'h9'), outage('USER_UNKNOWN'))
  })
}
