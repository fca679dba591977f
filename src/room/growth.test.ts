import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesPerDayOf, dayMs, measuring, type SizeSample } from './growth.ts'

const { leastMs, mostMs } = measuring

/** Instants within a day, in no order, of which the first and the last are far enough apart. */
const instants = fc
  .tuple(
    fc.integer({ min: leastMs, max: mostMs }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
  )
  .chain(([spanMs, shares]) =>
    fc.shuffledSubarray([0, spanMs, ...shares.map((share) => Math.round(share * spanMs))], {
      minLength: shares.length + 2,
    }),
  )
const rates = fc.integer({ min: 0, max: 1e12 })

const isNear = (found: number | null, expected: number, message?: string): void => {
  assert.ok(found !== null, message)
  assert.ok(Math.abs(found - expected) <= Math.max(1, expected * 1e-6), `${message ?? ''} ${found} for ${expected}`)
}

test('even growth is found whatever the order of the samples and the gaps between them', () => {
  fc.assert(
    fc.property(instants, rates, fc.integer({ min: 0, max: 1e12 }), (times, perDay, startBytes) => {
      const samples = times.map((atMs) => ({ atMs, bytes: startBytes + (atMs * perDay) / dayMs }))
      isNear(bytesPerDayOf(samples), perDay)
    }),
  )
})

test('nothing is known of growth before enough time has passed, or while the clock stands still', () => {
  const anySize = fc.integer({ min: 0, max: 1e12 })
  const soon = fc.record({ atMs: fc.integer({ min: 0, max: leastMs - 1 }), bytes: anySize })
  fc.assert(fc.property(fc.array(soon), (samples) => assert.equal(bytesPerDayOf(samples), null)))
  const still = fc.record({ atMs: fc.constant(7e9), bytes: anySize })
  fc.assert(fc.property(fc.array(still), (samples) => assert.equal(bytesPerDayOf(samples), null)))
})

test('a rate is never below zero, nor no number, whatever the sizes did', () => {
  const records = fc.record({ appended: fc.nat(1e9), kept: fc.nat(1e9) })
  const sample = fc.record({ atMs: fc.nat(3 * dayMs), bytes: fc.nat(1e9) })
  fc.assert(
    fc.property(fc.array(sample), fc.option(fc.array(records)), (samples, counts) => {
      // Offsets that were given are never fewer.
      const sorted = counts?.toSorted((one, other) => one.appended - other.appended)
      const inTime = samples.toSorted((one, other) => one.atMs - other.atMs)
      const perDay = bytesPerDayOf(
        sorted == null ? samples : inTime.slice(0, sorted.length).map((each, n) => ({ ...each, records: sorted[n]! })),
      )
      assert.ok(perDay === null || (Number.isFinite(perDay) && perDay >= 0), String(perDay))
    }),
  )
})

test('a step back is no growth and hides none: what is added after it is measured by itself', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 20 }), (perDay, steps) => {
      const grown = (ms: number): number => (perDay * ms) / dayMs
      const before = [0, 1, 2, 3].map((n): SizeSample => ({ atMs: n * leastMs, bytes: 5e12 + grown(n * leastMs) }))
      const dropped: SizeSample = { atMs: 4 * leastMs, bytes: 1e6 }
      assert.equal(bytesPerDayOf([...before, dropped]), null, 'not known again yet')
      const after = Array.from({ length: steps }, (_, n): SizeSample => {
        const sinceMs = (n + 1) * leastMs
        return { atMs: dropped.atMs + sinceMs, bytes: dropped.bytes + grown(sinceMs) }
      })
      isNear(bytesPerDayOf([...before, dropped, ...after]), perDay)
    }),
  )
})

test('of a log neither retention nor packing changes what a day adds', () => {
  const times = fc.uniqueArray(fc.integer({ min: 1, max: 95 }), { maxLength: 30 })
  fc.assert(
    fc.property(times, rates, fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }), (steps, perDay, kept) => {
      // As much comes as in even time; retention drops what it likes, and packing made all smaller.
      const samples = [0, ...steps, 96].map((step, n, all): SizeSample => {
        const last = n === all.length - 1
        const keptNow = last ? 1000 : kept[n % kept.length]!
        return {
          atMs: step * leastMs,
          bytes: keptNow * (last ? 70 : 210),
          records: { appended: 1e6 + step * perDay, kept: keptNow },
        }
      })
      isNear(bytesPerDayOf(samples), perDay * 70 * 96)
    }),
  )
})

test('a log to which nothing comes costs nothing, and one that was emptied meanwhile costs what its records did', () => {
  const at = (hour: number, bytes: number, appended: number, kept: number): SizeSample => ({
    atMs: hour * 3_600_000,
    bytes,
    records: { appended, kept },
  })
  assert.equal(bytesPerDayOf([at(0, 0, 0, 0), at(1, 0, 0, 0)]), 0)
  isNear(bytesPerDayOf([at(0, 0, 0, 0), at(1, 5_000, 100, 50), at(2, 0, 200, 0)]), 200 * 100 * 12)
  assert.equal(bytesPerDayOf([at(0, 0, 0, 0), at(1, 0, 200, 0)]), null, 'how large they were is not known')
})

test('a day is told by the last day, and what was before is forgotten', () => {
  const samples = [0, 1, 2, 3].map((day) => ({ atMs: day * dayMs, bytes: [0, 900, 1000, 1007][day]! }))
  isNear(bytesPerDayOf(samples), 7)
})
