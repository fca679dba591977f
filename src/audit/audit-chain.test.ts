// The chain under every hand that is laid on it: each change is found, and the first entry named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  chainedAfter,
  chainStart,
  pruningEntry,
  verifyChain,
  type ChainedEntry,
  type ChainEnds,
} from './audit-chain.ts'
import { auditEntry, auditText } from './audit-entry.ts'

const textOf = (n: number, tenant = 'acme'): string =>
  auditText(
    auditEntry({
      at: n,
      tenant,
      who: { kind: 'person', id: 'u', name: 'U' },
      action: 'change',
      target: { kind: 'vehicle', id: 'car-1' },
      from: { address: null, agent: null },
    }),
  )

function chainOf(texts: readonly string[], start = chainStart): readonly ChainedEntry[] {
  const entries: ChainedEntry[] = []
  for (const text of texts) entries.push(chainedAfter(entries.at(-1) ?? start, text))
  return entries
}
const endsOf = (entries: readonly ChainedEntry[]): ChainEnds => {
  const { seq, hash } = entries.at(-1) ?? chainStart
  return { base: chainStart, head: { seq, hash } }
}
const verify = (entries: readonly ChainedEntry[], ends: ChainEnds, expected?: string, atOnce = 3) =>
  verifyChain(
    {
      ends: async () => ends,
      after: async (_tenant, after) => entries.filter(({ seq }) => seq > after).slice(0, atOnce),
    },
    'acme',
    expected,
  )
const numbers = Array.from({ length: 9 }, (_, n) => n)

test('an entry that is changed, taken away, or in the place of another is the first that is named', async () => {
  const entries = chainOf(numbers.map((n) => textOf(n)))
  const ends = endsOf(entries)
  const at = fc.integer({ min: 0, max: 8 })
  const hand = fc.oneof(
    fc.record({ how: fc.constant('change' as const), at, other: fc.constant(0) }),
    fc.record({ how: fc.constant('remove' as const), at, other: fc.constant(0) }),
    fc.record({ how: fc.constant('swap' as const), at, other: at }).filter(({ at, other }) => at < other),
    fc.record({ how: fc.constant('rehash' as const), at, other: fc.constant(0) }),
  )
  await fc.assert(
    fc.asyncProperty(hand, async ({ how, at, other }) => {
      const changed = [...entries]
      const [one, two] = [entries[at], entries[other]]
      assert(one !== undefined && two !== undefined)
      if (how === 'change') changed[at] = { ...one, text: textOf(99) }
      if (how === 'remove') changed.splice(at, 1)
      if (how === 'swap') {
        changed[at] = { ...one, text: two.text }
        changed[other] = { ...two, text: one.text }
      }
      // With a hash of its own that fits it: the next one, or the end, does not follow on it.
      if (how === 'rehash') changed[at] = chainedAfter(entries[at - 1] ?? chainStart, textOf(99))
      const verdict = await verify(changed, ends)
      assert(!verdict.isWhole)
      assert.equal(verdict.seq, how === 'rehash' ? Math.min(at + 2, 9) : at + 1)
    }),
  )
})

test('a chain made anew is found by a hash that was kept elsewhere, and by nothing else', async () => {
  const entries = chainOf(numbers.map((n) => textOf(n)))
  const anew = chainOf(numbers.map((n) => textOf(n + 1)))
  for (const { hash } of [...entries, chainStart]) assert.ok((await verify(entries, endsOf(entries), hash)).isWhole)
  assert.ok((await verify(anew, endsOf(anew))).isWhole)
  assert.equal((await verify(anew, endsOf(anew), entries[4]?.hash)).isWhole, false)
})

test('entries of another tenant are not taken for those of this one', async () => {
  const entries = chainOf([textOf(0), textOf(1, 'other')])
  const verdict = await verify(entries, endsOf(entries))
  assert.deepEqual(verdict, { isWhole: false, seq: 2, reason: 'it is of another tenant' })
})

test('entries that come, and old ones that go, while the chain is walked leave it whole', async () => {
  const texts = numbers.map((n) => textOf(n))
  const all = chainOf(texts)
  const through = all[4]
  assert(through !== undefined)
  const told = chainOf([...texts, auditText(pruningEntry('acme', 100, through))])
  let entries = all
  let ends = endsOf(all)
  let reads = 0
  const source = {
    ends: async () => ends,
    async after(_tenant: string, after: number) {
      reads++
      if (reads === 2) {
        entries = told.slice(5)
        ends = { ...endsOf(told), base: through }
      }
      return entries.filter(({ seq }) => seq > after).slice(0, 2)
    },
  }
  const verdict = await verifyChain(source, 'acme')
  assert(verdict.isWhole)
  assert.deepEqual([verdict.entries, verdict.ends.head.seq], [5, 10])
})
