// The promises of every UserStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertPages } from './paging.contract.ts'
import { outage, type OpenStore } from './projection.contract.ts'
import { wholeGrant, type Grant } from '../rights/grant.ts'
import type { User, UserStore } from './user-store.ts'

const driverOfTwo: Grant = { role: 'driver', scope: { of: 'vehicle', vehicle: 'car-2' }, from: 5, expiresAt: 9 }
const ana: User = {
  identity: null,
  id: 'u1',
  name: 'Ana',
  passwordHash: 'h1',
  grants: [wholeGrant('administrator')],
  tenant: 'acme',
}

export function userStoreContract(open: OpenStore<UserStore>): void {
  test('users: are found by name in any case, and counted', async () => {
    await using store = await open()
    assert.equal(await store.count(), 0)
    await store.add(ana)
    await store.add({ ...ana, id: 'u2', name: 'Bo', grants: [driverOfTwo], tenant: 'other' })
    assert.equal(await store.count(), 2)
    assert.deepEqual(
      (await store.list()).map(({ name, grants, tenant }) => [name, grants, tenant]),
      [
        ['Ana', [wholeGrant('administrator')], 'acme'],
        ['Bo', [driverOfTwo], 'other'],
      ],
    )
    assert.deepEqual(await store.findByName('ANA'), ana)
    assert.equal(await store.findByName('An'), undefined)
    assert.equal(await store.findByName('a\0'), undefined)
  })

  test('users: case is that of every alphabet, and accents are none', async () => {
    await using store = await open()
    const names = ['Ünal', 'Weiß', 'Ἀδάμ', 'Ада', 'unal']
    for (const [n, name] of names.entries()) await store.add({ ...ana, id: `u${n}`, name })
    const asked = ['ünal', 'WEISS', 'ἀΔΆΜ', 'аДА', 'UNAL', 'u\u0308nal']
    const found = await Promise.all(asked.map((name) => store.findByName(name)))
    assert.deepEqual(
      found.map((user) => user?.name),
      [...names, 'Ünal'],
    )
    for (const name of asked) await assert.rejects(store.add({ ...ana, name }), outage('USER_EXISTS'))
  })

  test('users: a name or id that is taken stays whose it is, also when two come at once', async () => {
    await using store = await open()
    const other: User = { ...ana, id: 'u2', name: 'aNA', passwordHash: 'h2' }
    const both = await Promise.allSettled([store.add(ana), store.add(other)])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    // Either may come first.
    const first = both[0].status === 'fulfilled' ? ana : other
    await assert.rejects(store.add({ ...first, name: 'Else' }), outage('USER_EXISTS'))
    await assert.rejects(store.add({ ...ana, id: 'u3' }), outage('USER_EXISTS'))
    assert.equal(await store.count(), 1)
    assert.deepEqual(await store.findByName('Ana'), first)
  })

  test('users: a person whom an identity provider knows is found by it, and has no password', async () => {
    await using store = await open()
    const identity = { issuer: 'https://login.example', subject: 'Ada' }
    const ada: User = { ...ana, id: 'u2', name: 'Ada', passwordHash: null, identity }
    await store.add(ana)
    await store.add(ada)
    assert.deepEqual(await store.findByIdentity(identity), ada)
    assert.deepEqual(await store.findByName('ada'), ada)
    for (const other of [
      { ...identity, subject: 'ada' },
      { ...identity, issuer: 'https://login.example/' },
    ])
      assert.equal(await store.findByIdentity(other), undefined)
    await assert.rejects(store.add({ ...ada, id: 'u3', name: 'Another' }), outage('USER_EXISTS'))
  })

  test('users: grants are changed for a user there is', async () => {
    await using store = await open()
    await store.add(ana)
    await store.setGrants('u1', [driverOfTwo])
    assert.deepEqual(await store.findByName('Ana'), { ...ana, grants: [driverOfTwo] })
    await assert.rejects(store.setGrants('u7', []), outage('USER_UNKNOWN'))
  })

  test('users: those of a tenant are paged by name, and each is found by id', async () => {
    await using store = await open()
    const people = ['ana', 'Bo', 'cy', 'Ünal'].map((name, n) => ({ ...ana, id: `u${9 - n}`, name }))
    for (const person of people) await store.add(person)
    await store.add({ ...ana, id: 'u0', name: 'Bea', tenant: 'other' })
    await assertPages((page) => store.page('acme', page), people)
    assert.deepEqual(await store.findById('u8'), people[1])
    assert.equal(await store.findById('u'), undefined)
  })

  test('users: grants are changed, somebody is kept out and let in again, and removed', async () => {
    await using store = await open()
    const bo: User = { ...ana, id: 'u2', name: 'Bo', grants: [driverOfTwo] }
    await store.add(ana)
    await store.add(bo)
    await store.change('u2', { disabledAt: 5 })
    await store.change('u2', {})
    assert.deepEqual(await store.findById('u2'), { ...bo, disabledAt: 5 })
    await store.change('u2', { grants: [] })
    assert.deepEqual(await store.findById('u2'), { ...bo, grants: [], disabledAt: 5 })
    await store.change('u2', { disabledAt: null })
    assert.deepEqual(await store.findById('u2'), { ...bo, grants: [] })
    await store.remove('u2')
    assert.equal(await store.findById('u2'), undefined)
    for (const call of [() => store.remove('u2'), () => store.change('u2', { disabledAt: 5 })])
      await assert.rejects(call(), outage('USER_UNKNOWN'))
  })

  test('users: the last administrator of a tenant stays one, whoever else there is', async () => {
    await using store = await open()
    const until = { ...wholeGrant('administrator'), expiresAt: 9e12 }
    await store.add(ana)
    await store.add({ ...ana, id: 'u2', name: 'Bo', grants: [until] })
    await store.add({ ...ana, id: 'u3', name: 'Cy', disabledAt: 5 })
    await store.add({ ...ana, id: 'u4', name: 'Di', tenant: 'other' })
    const ways = [
      () => store.remove('u1'),
      () => store.change('u1', { grants: [until] }),
      () => store.change('u1', { disabledAt: 7 }),
    ]
    for (const way of ways) await assert.rejects(way(), outage('LAST_ADMINISTRATOR'))
    assert.deepEqual(await store.findById('u1'), ana)
    await store.change('u1', { grants: [wholeGrant('viewer'), wholeGrant('administrator')] })
    await store.change('u3', { disabledAt: null })
    await store.remove('u1')
  })

  test('users: of administrators who remove each other at once, one is left', async () => {
    await using store = await open()
    const ids = Array.from({ length: 6 }, (_, n) => `u${n}`)
    for (const id of ids) await store.add({ ...ana, id, name: id })
    const done = await Promise.allSettled(
      ids.map((id, n) => (n % 2 === 0 ? store.remove(id) : store.change(id, { grants: [] }))),
    )
    assert.equal(done.filter(({ status }) => status === 'rejected').length, 1)
    for (const each of done)
      if (each.status === 'rejected') assert.ok(outage('LAST_ADMINISTRATOR')(each.reason), String(each.reason))
  })

  test('users: a password is changed for a user there is', async () => {
    await using store = await open()
    await store.add(ana)
    await store.setPassword('u1', 'h9')
    assert.equal((await store.findByName('Ana'))?.passwordHash, 'h9')
    await assert.rejects(store.setPassword('u7', 'h9'), outage('USER_UNKNOWN'))
  })
}
