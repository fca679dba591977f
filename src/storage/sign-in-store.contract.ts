// The promises of every SignInStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenStore } from './projection.contract.ts'
import type { SignInRow, SignInStore } from './sign-in-store.ts'

const row = (id: string, more: Partial<SignInRow> = {}): SignInRow => ({
  id,
  person: 'ana',
  since: 1000,
  usedAt: 1000,
  expiresAt: 9000,
  provenAt: 1000,
  address: '192.0.2.1',
  browser: 'Firefox on Linux',
  ...more,
})

export function signInStoreContract(open: OpenStore<SignInStore>): void {
  test('sign-ins: are found by id, listed by person, newest first, and marked', async () => {
    await using store = await open()
    const [old, young, other] = [row('a'), row('b', { since: 2000 }), row('c', { person: 'bo', browser: '' })]
    for (const each of [old, young, other]) await store.add(each)
    assert.deepEqual(await store.of('ana'), [young, old])
    assert.deepEqual(await store.get('c'), other)
    await store.mark('a', { usedAt: 1500 })
    await store.mark('a', { provenAt: 1600 })
    await store.mark('none', { usedAt: 1 })
    assert.deepEqual(await store.get('a'), { ...old, usedAt: 1500, provenAt: 1600 })
    assert.equal(await store.get('none'), undefined)
  })

  test('sign-ins: end one by one, of their person alone, or all but one, and are then gone', async () => {
    await using store = await open()
    for (const id of ['a', 'b', 'c']) await store.add(row(id))
    await store.add(row('d', { person: 'bo' }))
    assert.deepEqual(
      [await store.end('bo', 'a'), await store.end('ana', 'a'), await store.end('ana', 'a')],
      [false, true, false],
    )
    await store.endAll('ana', 'b')
    assert.deepEqual(
      (await store.of('ana')).map(({ id }) => id),
      ['b'],
    )
    await store.endAll('ana')
    assert.deepEqual([await store.of('ana'), (await store.of('bo')).length], [[], 1])
  })

  test('sign-ins: what ended by itself is forgotten when another begins', async () => {
    await using store = await open()
    await store.add(row('a'))
    await store.add(row('b', { since: 9000, expiresAt: 20_000 }))
    assert.equal(await store.get('a'), undefined)
  })
}
