// The promises of every ProgramStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeGrant } from '../rights/grant.ts'
import { assertPages, assertRefusesCursors } from './paging.contract.ts'
import type { Program, ProgramStore, ProgramToken } from './program-store.ts'
import { outage, type OpenStore } from './projection.contract.ts'

const billing: Program = {
  id: 'p1',
  tenant: 'acme',
  name: 'Billing',
  grants: [wholeGrant('analyst'), { role: 'viewer', scope: { of: 'vehicle', vehicle: 'car-2' }, from: 5 }],
  managesPeople: false,
  madeAt: 100,
  madeBy: 'Ana',
}
const token: ProgramToken = {
  id: 't1',
  program: 'p1',
  name: 'nightly',
  hash: 'h1',
  madeAt: 200,
  madeBy: 'Ana',
  expiresAt: 900,
  usedAt: null,
}

export function programStoreContract(open: OpenStore<ProgramStore>): void {
  test('programs: are there with their tokens, newest first, for their tenant alone', async () => {
    await using store = await open()
    await store.add(billing)
    await store.addToken(token)
    await store.addToken({ ...token, id: 't2', hash: 'h2', madeAt: 300 })
    const whole = { ...billing, tokens: [{ ...token, id: 't2', hash: 'h2', madeAt: 300 }, token] }
    assert.deepEqual(await store.get('acme', 'p1'), whole)
    assert.deepEqual((await store.list('acme', { limit: 10 })).rows, [whole])
    assert.equal(await store.get('other', 'p1'), undefined)
    assert.equal(await store.get('acme', 'p2'), undefined)
    assert.deepEqual((await store.list('other', { limit: 10 })).rows, [])
  })

  test('programs: are listed by name, page by page', async () => {
    await using store = await open()
    const made = Array.from({ length: 7 }, (_, n): Program => ({ ...billing, id: `p${n}`, name: `n${(n * 5) % 7}` }))
    for (const program of made) await store.add(program)
    await store.add({ ...billing, id: 'q', tenant: 'other' })
    await store.addToken({ ...token, program: 'p3' })
    const expected = made
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((program) => ({ ...program, tokens: program.id === 'p3' ? [{ ...token, program: 'p3' }] : [] }))
    await assertPages((page) => store.list('acme', page), expected)
    await assertRefusesCursors('programs', (page) => store.list('acme', page))
  })

  test('programs: a name that is taken stays whose it is within a tenant, also when two come at once', async () => {
    await using store = await open()
    const both = await Promise.allSettled([store.add(billing), store.add({ ...billing, id: 'p2' })])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await assert.rejects(store.add({ ...billing, id: 'p3' }), outage('PROGRAM_EXISTS'))
    await store.add({ ...billing, id: 'p4', tenant: 'other' })
    await assert.rejects(store.add({ ...billing, id: 'p4', tenant: 'third' }), outage('PROGRAM_EXISTS'))
  })

  test('programs: a token is found by its hash with its program, until it is removed', async () => {
    await using store = await open()
    await store.add(billing)
    await store.addToken(token)
    assert.deepEqual(await store.findToken('h1'), { program: billing, token })
    assert.equal(await store.findToken('h2'), undefined)
    assert.equal(await store.removeToken('p2', 't1'), false)
    assert.equal(await store.removeToken('p1', 't1'), true)
    assert.equal(await store.removeToken('p1', 't1'), false)
    assert.equal(await store.findToken('h1'), undefined)
    await assert.rejects(store.addToken({ ...token, program: 'gone' }), outage('PROGRAM_UNKNOWN'))
  })

  test('programs: one that is removed takes its tokens along, and another tenant removes none', async () => {
    await using store = await open()
    await store.add(billing)
    await store.addToken(token)
    assert.equal(await store.remove('other', 'p1'), false)
    assert.ok(await store.findToken('h1'))
    assert.equal(await store.remove('acme', 'p1'), true)
    assert.equal(await store.findToken('h1'), undefined)
    assert.equal(await store.remove('acme', 'p1'), false)
    await store.add(billing)
    assert.deepEqual((await store.get('acme', 'p1'))?.tokens, [])
  })

  test('programs: the last use is the latest that was noted', async () => {
    await using store = await open()
    await store.add(billing)
    await store.addToken(token)
    await store.noteUse('t1', 500)
    await store.noteUse('t1', 400)
    await store.noteUse('gone', 400)
    assert.equal((await store.findToken('h1'))?.token.usedAt, 500)
  })
}
