import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seriesLimits, thinSeries } from './thin-series.ts'
import type { Entry } from './told-values.ts'

const [from, to] = [1_700_000_000_000, 1_700_000_000_400]
const limits = { numbers: 10, stretches: 4 } as const

const entry: fc.Arbitrary<Omit<Entry, 'at'>> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ value: fc.integer({ min: -9, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ value: fc.integer(), doubt: fc.constant('no-fix' as const) }) },
  { weight: 2, arbitrary: fc.record({ value: fc.integer(), clockDoubt: fc.constant('ahead' as const) }) },
  { weight: 1, arbitrary: fc.constant({ value: null }) },
)
/** In order of time, some at one instant, the first and the last of it a number. */
const series = fc
  .array(fc.tuple(fc.integer({ min: from, max: to }), entry), { minLength: 20, maxLength: 120 })
  .map((told) => told.sort(([one], [other]) => one - other).map(([at, said]): Entry => ({ at, ...said })))
  .filter((told) => numbersOf(told).length > limits.numbers)

const numbersOf = (entries: readonly Entry[]): number[] => entries.flatMap(({ value }) => value ?? [])
const kindOf = ({ doubt, clockDoubt }: Entry): string => doubt ?? clockDoubt ?? 'plain'

test('a thinned series has entries that were told, in their order, and of each stretch and kind the first, last and extremes', () => {
  fc.assert(
    fc.property(series, (told) => {
      const { entries, thinnedMs } = thinSeries(told, from, to, limits)
      assert.ok(thinnedMs !== null && numbersOf(entries).length <= limits.stretches * 12)
      let place = -1
      for (const each of entries)
        assert.ok((place = told.indexOf(each, place + 1)) >= 0, 'it was not told, or not then')
      const outlines = (list: readonly Entry[]) => {
        const numbers = list.filter(({ value }) => value !== null)
        const groups = Map.groupBy(numbers, (each) => `${Math.floor((each.at - from) / thinnedMs)} ${kindOf(each)}`)
        return new Map(
          [...groups].map(([name, alike]) => {
            const values = numbersOf(alike)
            return [name, [Math.min(...values), Math.max(...values), alike[0], alike.at(-1)]]
          }),
        )
      }
      assert.deepEqual(outlines(entries), outlines(told))
    }),
  )
})

test('two numbers have a break between them where there was one, and none where there was none', () => {
  fc.assert(
    fc.property(series, (told) => {
      const { entries } = thinSeries(told, from, to, limits)
      assert.ok(entries[0]?.value !== null && entries.at(-1)?.value !== null)
      for (const [index, each] of entries.entries()) {
        if (each.value === null) continue
        const isBroken = entries[index + 1]?.value === null
        const next = entries[index + (isBroken ? 2 : 1)]
        if (next === undefined) continue
        const between = told.slice(told.indexOf(each) + 1, told.indexOf(next))
        assert.equal(
          isBroken,
          between.some(({ value }) => value === null),
        )
      }
    }),
  )
})

test('a series that is short enough is given whole', () => {
  const told = Array.from({ length: seriesLimits.numbers }, (_, index): Entry => ({ at: from + index, value: index }))
  assert.deepEqual(thinSeries(told, from, to), { entries: told, thinnedMs: null })
  assert.notEqual(thinSeries([...told, { at: to, value: 1 }], from, to).thinnedMs, null)
})
