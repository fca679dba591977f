// Accumulators make one value of a window's items. An accumulator is a function of the set of
// items: whatever order they come in and however they were merged, the same value. Sums of floating
// numbers are not: sum whole units, and divide at the end.
import type { TextCodec } from './part-codec.ts'
import { jsonCodec } from './part-codec.ts'

export type Accumulator<Item, Acc> = {
  empty(): Acc
  /** Neither changes its arguments. `add` is commutative: add(add(a, x), y) = add(add(a, y), x). */
  add(acc: Acc, item: Item): Acc
  merge(a: Acc, b: Acc): Acc
  readonly codec: TextCodec<Acc>
}

export const counting: Accumulator<unknown, number> = {
  empty: () => 0,
  add: (count) => count + 1,
  merge: (a, b) => a + b,
  codec: jsonCodec(),
}

export type Summary = {
  readonly count: number
  readonly sum: number
  readonly least: number | null
  readonly greatest: number | null
}

/** Count, sum, least and greatest of numbers, which count with so many decimals. Exact while the
 *  sum has at most 15 digits, decimals included. */
export function summing(decimals: number): Accumulator<number, Summary> {
  const scale = 10 ** decimals
  const whole = (value: number): number => Math.round(value * scale)
  const merge = (a: Summary, b: Summary): Summary => ({
    count: a.count + b.count,
    sum: (whole(a.sum) + whole(b.sum)) / scale,
    least: a.least === null ? b.least : b.least === null ? a.least : Math.min(a.least, b.least),
    greatest: a.greatest === null ? b.greatest : b.greatest === null ? a.greatest : Math.max(a.greatest, b.greatest),
  })
  return {
    empty: () => ({ count: 0, sum: 0, least: null, greatest: null }),
    add(acc, item) {
      const value = whole(item) / scale
      return merge(acc, { count: 1, sum: value, least: value, greatest: value })
    },
    merge,
    codec: jsonCodec(),
  }
}
