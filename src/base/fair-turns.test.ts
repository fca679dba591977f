import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createFairTurns } from './fair-turns.ts'

const stranger = (name: string) => ({ name, isPreferred: false })

/** Askers that come while one piece is under way, and in which order their pieces are done. */
async function orderOf(askers: readonly { readonly name: string; readonly isPreferred: boolean }[]): Promise<string[]> {
  const turns = createFairTurns({ ofOne: 100, ofAll: 1_000 })
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const done = [turns.take(stranger('first'), () => first.promise)]
  for (const asker of askers) done.push(turns.take(asker, async () => void order.push(asker.name)))
  first.resolve()
  await Promise.all(done)
  return order
}

test('each has a turn once all others that wait had one, and who is preferred has all of them before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), isPreferred: fc.boolean() }), { maxLength: 30 }),
      async (askers) => {
        const order = await orderOf(askers)
        assert.equal(order.length, askers.length)
        const preferred = askers.filter(({ isPreferred }) => isPreferred).length
        for (const [of, isPreferred] of [
          [order.slice(0, preferred), true],
          [order.slice(preferred), false],
        ] as const) {
          const left = new Map<string, number>()
          for (const asker of askers)
            if (asker.isPreferred === isPreferred) left.set(asker.name, (left.get(asker.name) ?? 0) + 1)
          // Between two turns of one, all that still wait have theirs.
          for (const [index, name] of of.entries()) {
            left.set(name, left.get(name)! - 1)
            const next = of.indexOf(name, index + 1)
            if (next === -1) continue
            const between = new Set(of.slice(index + 1, next))
            for (const [other, count] of left)
              if (other !== name && count > 0) assert.ok(between.has(other), order.join(' '))
          }
        }
      },
    ),
  )
})

test('what waits is bounded for each and for all; who comes to a full room has a place, and who has the most there loses one', async () => {
  const turns = createFairTurns({ ofOne: 4, ofAll: 6 })
  const first = Promise.withResolvers<string>()
  const under = turns.take(stranger('first'), () => first.promise)
  const names = ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c', 'd', 'd']
  const waiting = names.map((name) => turns.take(stranger(name), async () => name))
  const preferred = turns.take({ name: 'p', isPreferred: true }, async () => 'p')
  first.resolve('first')
  assert.equal(await under, 'first')
  assert.equal(await preferred, 'p')
  const done = await Promise.all(waiting)
  // The fifth of `a` is beyond its own bound; `c` and the first of `d` cost `a` one each, and then
  // nobody has so much more than `d` that it may have a second.
  const [lost, kept] = [undefined, (index: number) => names[index]]
  assert.deepEqual(done, [kept(0), kept(1), lost, lost, lost, kept(5), kept(6), kept(7), kept(8), lost])
})

test('a piece that fails, at once or later, fails alone', async () => {
  const turns = createFairTurns({ ofOne: 4, ofAll: 6 })
  const thrown = turns.take(stranger('a'), () => {
    throw new Error('at once')
  })
  const rejected = turns.take(stranger('a'), () => Promise.reject(new Error('later')))
  const good = turns.take(stranger('a'), async () => 'good')
  await assert.rejects(thrown, /at once/)
  await assert.rejects(rejected, /later/)
  assert.equal(await good, 'good')
})
