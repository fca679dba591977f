// The promises of every AuditStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chainStart, verifyChain } from '../audit/audit-chain.ts'
import { allAuditActions, auditEntry, type AuditEntry, type NewAuditEntry } from '../audit/audit-entry.ts'
import type { AuditFilter, AuditStore } from './audit-store.ts'
import { outage, type OpenStore } from './projection.contract.ts'

const ada = { kind: 'person', id: 'u1', name: 'Ada' } as const
const made = (more: Partial<NewAuditEntry> = {}): AuditEntry =>
  auditEntry({
    at: 1000,
    tenant: 'acme',
    who: ada,
    action: 'change',
    target: { kind: 'vehicle', id: 'car-1' },
    from: { address: '192.0.2.7', agent: 'Firefox' },
    ...more,
  })

export function auditStoreContract(open: OpenStore<AuditStore>): void {
  test('audit: entries are listed newest first, a page at a time, and of their tenant alone', async () => {
    await using store = await open()
    assert.deepEqual(await store.list('acme', {}, { limit: 5 }), { rows: [] })
    const entries = Array.from({ length: 5 }, (_, n) => made({ at: 1000 + n, after: { n } }))
    for (const entry of entries) await store.append(entry)
    await store.append(made({ tenant: 'other' }))
    const seen: AuditEntry[] = []
    let after: string | undefined
    do {
      const page = await store.list('acme', {}, { limit: 2, ...(after === undefined ? {} : { after }) })
      seen.push(...page.rows.map(({ entry }) => entry))
      after = page.next
    } while (after !== undefined)
    assert.deepEqual(seen, entries.toReversed())
    assert.deepEqual(await store.tenants(), ['acme', 'other'])
    await assert.rejects(store.list('acme', {}, { limit: 2, after: 'x' }), outage('BAD_CURSOR'))
  })

  test('audit: filters leave the entries that are meant', async () => {
    await using store = await open()
    const entries = [
      made({ at: 1 }),
      made({ at: 2, who: { kind: 'program', id: 'p1', name: 'Ünal' } }),
      made({ at: 3, action: 'sign-in', target: { kind: 'person', id: 'car-1' }, result: 'refused' }),
      made({ at: 4, target: { kind: 'vehicle', id: 'car-10' }, reason: 'The lock was broken' }),
      made({ at: 5, target: { kind: 'fleet', id: 'feed' }, after: { name: 'lock' } }),
    ]
    for (const entry of entries) await store.append(entry)
    const found = async (filter: AuditFilter): Promise<readonly number[]> =>
      (await store.list('acme', filter, { limit: 10 })).rows.map(({ entry }) => entry.at).toReversed()
    assert.deepEqual(await found({ who: 'p1' }), [2])
    assert.deepEqual(await found({ actions: ['sign-in', 'export'] }), [3])
    assert.deepEqual(await found({ actions: [] }), [])
    assert.deepEqual(await found({ targetKind: 'vehicle' }), [1, 2, 4])
    assert.deepEqual(await found({ targetId: 'car-1' }), [1, 2, 3])
    assert.deepEqual(await found({ vehicleOrFleet: 'car-1' }), [1, 2, 5])
    assert.deepEqual(await found({ result: 'refused' }), [3])
    assert.deepEqual(await found({ from: 2, to: 4 }), [2, 3, 4])
    assert.deepEqual(await found({ search: 'üNAL' }), [2])
    assert.deepEqual(await found({ search: 'LOCK' }), [4], 'not in states')
    assert.deepEqual(await found({ search: '192.0.2.7', targetKind: 'fleet' }), [5])
    assert.deepEqual(await found({ search: 'a\0' }), [])
    assert.deepEqual(await found({ targetId: '\ud800\0' }), [])
  })

  test('audit: the chain is whole after entries that come at once, and each has a place of its own', async () => {
    await using store = await open()
    assert.deepEqual(await verifyChain(store, 'acme'), {
      isWhole: true,
      entries: 0,
      ends: { base: chainStart, head: chainStart },
    })
    const points = await Promise.all(Array.from({ length: 40 }, (_, n) => store.append(made({ after: { n } }))))
    assert.deepEqual(
      points.map(({ seq }) => seq).toSorted((a, b) => a - b),
      Array.from({ length: 40 }, (_, n) => n + 1),
    )
    const head = points.find(({ seq }) => seq === 40)
    assert(head !== undefined)
    const ends = { base: chainStart, head }
    assert.deepEqual(await verifyChain(store, 'acme'), { isWhole: true, entries: 40, ends })
    assert.deepEqual(await verifyChain(store, 'acme', points[7]?.hash), { isWhole: true, entries: 40, ends })
    const other = await verifyChain(store, 'acme', 'f'.repeat(64))
    assert.equal(other.isWhole, false)
  })

  test('audit: whatever text an entry has, it comes back as it is, and its hash is the one we make', async () => {
    await using store = await open()
    const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) })
    const entry = fc.record({
      action: fc.constantFrom(...allAuditActions),
      name: text,
      id: text,
      value: fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null), fc.array(text)),
      reason: text,
    })
    await fc.assert(
      fc.asyncProperty(entry, async ({ action, name, id, value, reason }) => {
        const kept = made({ action, who: { ...ada, name }, target: { kind: 'x', id }, before: { value }, reason })
        await store.append(kept)
        const page = await store.list('acme', { targetKind: 'x', targetId: id }, { limit: 1 })
        assert.deepEqual(page.rows[0]?.entry, kept)
        assert.equal((await verifyChain(store, 'acme')).isWhole, true)
      }),
      { numRuns: 40 },
    )
  })

  test('audit: old entries go, an entry says so, and the rest can be verified', async () => {
    await using store = await open()
    for (let at = 1; at <= 6; at++) await store.append(made({ at }))
    await store.append(made({ at: 2 }))
    await store.append(made({ tenant: 'other', at: 1 }))
    assert.equal(await store.expire(4, 100), 4)
    const { rows } = await store.list('acme', {}, { limit: 10 })
    assert.deepEqual(
      rows.map(({ seq, entry }) => [seq, entry.action, entry.at]),
      [
        [8, 'prune', 100],
        [7, 'change', 2],
        [6, 'change', 6],
        [5, 'change', 5],
        [4, 'change', 4],
      ],
    )
    const verdict = await verifyChain(store, 'acme')
    assert(verdict.isWhole)
    assert.deepEqual([verdict.entries, verdict.ends.base.seq, verdict.ends.head.seq], [5, 3, 8])
    assert.deepEqual(rows[0]?.entry.after, { through: 3, sha256: verdict.ends.base.hash })
    assert.equal(await store.expire(4, 101), 0, 'nothing is old now')
    assert.equal(await store.expire(1000, 1001), 6, 'the entries that told of it are old in their turn')
    for (const tenant of ['acme', 'other']) {
      assert.equal((await verifyChain(store, tenant)).isWhole, true)
      assert.equal((await store.list(tenant, {}, { limit: 10 })).rows.length, 1)
    }
  })

  test('audit: after disposal every call is told so', async () => {
    const store = await open()
    await store[Symbol.asyncDispose]()
    await assert.rejects(store.append(made()), outage('STORE_CLOSED'))
    await assert.rejects(store.list('acme', {}, { limit: 1 }), outage('STORE_CLOSED'))
    await assert.rejects(store.ends('acme'), outage('STORE_CLOSED'))
    await assert.rejects(store.expire(1, 2), outage('STORE_CLOSED'))
  })
}
