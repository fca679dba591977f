// The promises of every ShareStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertPages, assertRefusesCursors } from './paging.contract.ts'
import { outage, type OpenStore } from './projection.contract.ts'
import type { ShareLink, ShareStore } from './share-store.ts'

const share: ShareLink = {
  id: 's1',
  tenant: 'acme',
  vehicle: 'car-1',
  withTrip: true,
  from: 90,
  until: 900,
  madeAt: 100,
  makerId: 'u1',
  madeBy: 'Ana',
  usedAt: null,
}

export function shareStoreContract(open: OpenStore<ShareStore>): void {
  test('shares: are listed for their vehicle of their tenant alone, newest first, page by page', async () => {
    await using store = await open()
    const made = Array.from({ length: 7 }, (_, n): ShareLink => ({
      ...share,
      id: `s${n}`,
      madeAt: 100 + ((n * 5) % 7),
    }))
    for (const each of made) await store.add(each, `h${each.id}`)
    await store.add({ ...share, id: 'q', tenant: 'other' }, 'hq')
    await store.add({ ...share, id: 'r', vehicle: 'car-2' }, 'hr')
    const list: Parameters<typeof assertPages>[0] = (page) => store.list('acme', 'car-1', page)
    await assertPages(
      list,
      made.toSorted((a, b) => b.madeAt - a.madeAt),
    )
    await assertRefusesCursors('shares', list)
  })

  test('shares: one is found by the hash of its token, until it is removed', async () => {
    await using store = await open()
    await store.add(share, 'h1')
    assert.deepEqual(await store.findByHash('h1'), share)
    assert.equal(await store.findByHash('s1'), undefined)
    for (const [tenant, vehicle, id] of [
      ['other', 'car-1', 's1'],
      ['acme', 'car-2', 's1'],
      ['acme', 'car-1', 's2'],
    ] as const)
      assert.equal(await store.remove(tenant, vehicle, id), undefined)
    assert.deepEqual(await store.remove('acme', 'car-1', 's1'), share)
    assert.equal(await store.remove('acme', 'car-1', 's1'), undefined)
    assert.equal(await store.findByHash('h1'), undefined)
  })

  test('shares: an id or a token that is taken stays whose it is', async () => {
    await using store = await open()
    await store.add(share, 'h1')
    await assert.rejects(store.add({ ...share, tenant: 'other' }, 'h2'), outage('SHARE_EXISTS'))
    await assert.rejects(store.add({ ...share, id: 's2', tenant: 'other' }, 'h1'), outage('SHARE_EXISTS'))
    assert.deepEqual(await store.findByHash('h1'), share)
  })

  test('shares: what looks like SQL is a text like any other', async () => {
    await using store = await open()
    const vehicle = `' or '1'='1'; drop table shares; --`
    await store.add(share, 'h1')
    await store.add({ ...share, id: vehicle, vehicle }, vehicle)
    assert.deepEqual(
      (await store.list('acme', vehicle, { limit: 9 })).rows.map(({ id }) => id),
      [vehicle],
    )
    assert.equal((await store.findByHash(vehicle))?.id, vehicle)
    assert.equal(await store.remove('acme', 'car-1', vehicle), undefined)
    assert.equal((await store.list('acme', 'car-1', { limit: 9 })).rows.length, 1)
  })

  test('shares: the last use is the latest that was noted', async () => {
    await using store = await open()
    await store.add(share, 'h1')
    await store.noteUse('s1', 500)
    await store.noteUse('s1', 400)
    await store.noteUse('gone', 400)
    assert.equal((await store.findByHash('h1'))?.usedAt, 500)
  })

  test('shares: those that ended long ago are removed, and no others', async () => {
    await using store = await open()
    for (const until of [299, 300, 301]) await store.add({ ...share, id: `s${until}`, until }, `h${until}`)
    await store.removeEnded(300)
    const { rows } = await store.list('acme', 'car-1', { limit: 10 })
    assert.deepEqual(new Set(rows.map(({ until }) => until)), new Set([300, 301]))
  })
}
