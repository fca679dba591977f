import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Session } from '../session/session.ts'
import { createSelection, createSessionPass } from './session-pass.ts'

const session = (clientId: string): Session => new Session(clientId, { id: clientId, tenant: '' }, 0, 0)
const idsOf = (sessions: readonly Session[]): string[] => sessions.map(({ clientId }) => clientId)

test('pages put together are all sessions in order, each once, whatever the order they are kept in', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 60 })
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 7 }), fc.boolean(), (ids, limit, twice) => {
      const all = ids.map((id) => session(`t/${id}`))
      const listed: string[] = []
      for (let after: string | undefined; ;) {
        const selection = createSelection({ tenant: 't', limit, ...(after === undefined ? {} : { after }) })
        for (const one of twice ? [...all, ...all] : all) selection.visit(one)
        const { sessions, hasMore } = selection.take()
        assert.ok(sessions.length <= limit)
        listed.push(...idsOf(sessions))
        if (!hasMore) break
        after = listed.at(-1)
      }
      assert.deepEqual(listed, idsOf(all).sort())
    }),
  )
})

test('sessions that come and go between the slices of a pass neither end it nor show twice', async () => {
  const store = new Map<string, Session>()
  for (let number = 0; number < 20_000; number++) store.set(`t/${number}`, session(`t/${number}`))
  const { select } = createSessionPass(store)
  const selecting = select({ tenant: 't', limit: 500 })
  for (let number = 0; number < 20_000; number += 2) {
    store.delete(`t/${number}`)
    if (number % 4 === 0) store.set(`t/${number}`, session(`t/${number}`))
    if (number % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const ids = idsOf((await selecting).sessions)
  assert.deepEqual(ids, [...new Set(ids)].sort())
  assert.equal(ids.length, 500)
  for (let number = 1; number < 200; number += 2)
    if (`t/${number}` < (ids.at(-1) ?? '')) assert.ok(ids.includes(`t/${number}`))
})

test('all who ask while a pass goes on are served by one pass after it', async () => {
  let passes = 0
  const { select } = createSessionPass({
    *values() {
      passes++
      yield session('t/a')
    },
  })
  const first = select({ tenant: 't', limit: 1 })
  const rest = Array.from({ length: 50 }, () => select({ tenant: 't', limit: 1 }))
  for (const { sessions } of await Promise.all([first, ...rest])) assert.deepEqual(idsOf(sessions), ['t/a'])
  assert.equal(passes, 2)
})

test('what the store throws reaches whoever asked, and the next who asks is served', async () => {
  let isBroken = true
  const { select } = createSessionPass({
    values() {
      if (isBroken) throw new Error('broken')
      return []
    },
  })
  await assert.rejects(select({ tenant: 't', limit: 1 }), /broken/)
  isBroken = false
  assert.deepEqual((await select({ tenant: 't', limit: 1 })).sessions, [])
})
