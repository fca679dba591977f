// The promises of every AccountLinkStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountLink, AccountLinkStore } from './account-link-store.ts'
import type { OpenStore } from './projection.contract.ts'

const link = (id: string, more: Partial<AccountLink> = {}): AccountLink => ({
  id,
  tenant: 'acme',
  hash: `hash of ${id}`,
  person: null,
  label: 'Bo',
  grants: [{ role: 'driver', scope: { of: 'vehicle', vehicle: 'car-2' }, expiresAt: 9 }],
  madeBy: 'Ana',
  madeAt: 1000,
  expiresAt: 9000,
  ...more,
})

export function accountLinkStoreContract(open: OpenStore<AccountLinkStore>): void {
  test('account links: are found by their hash, listed by tenant, and taken once, also by two at once', async () => {
    await using store = await open()
    const [one, two, other] = [link('a'), link('b', { madeAt: 2000 }), link('c', { tenant: 'other' })]
    for (const each of [one, two, other]) await store.add(each)
    assert.deepEqual(await store.list('acme'), [two, one])
    assert.deepEqual(await store.find('hash of a'), one)
    assert.equal(await store.find('a'), undefined)
    assert.equal(await store.take('other', 'a'), false)
    const taken = await Promise.all([store.take('acme', 'a'), store.take('acme', 'a')])
    assert.deepEqual(new Set(taken), new Set([true, false]))
    assert.equal(await store.find('hash of a'), undefined)
  })

  test('account links: a person has one, and what has expired is forgotten when another is made', async () => {
    await using store = await open()
    await store.add(link('a', { person: 'bo' }))
    await store.add(link('b', { person: 'bo' }))
    await store.add(link('c', { person: 'cy' }))
    await store.add(link('d'))
    assert.deepEqual(
      (await store.list('acme')).map(({ id }) => id),
      ['b', 'c', 'd'],
    )
    await store.add(link('e', { madeAt: 9000, expiresAt: 20_000 }))
    assert.deepEqual(
      (await store.list('acme')).map(({ id }) => id),
      ['e'],
    )
  })
}
