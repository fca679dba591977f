import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesPerDayOf, dayMs, measuring, type SizeSample } from './growth.ts'

const { settleMs, leastMs, mostMs } = measuring

/** Instants within a day, in no order, of which the first and the last are far enough apart. */
const instants = fc
  .tuple(
    fc.integer({ min: leastMs, max: mostMs }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
  )
  .chain(([spanMs, shares]) =>
    fc.shuffledSubarray([-settleMs, 0, spanMs, ...shares.map((share) => Math.round(share * spanMs))], {
      minLength: shares.length + 3,
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
  const soon = fc.record({ atMs: fc.integer({ min: 0, max: settleMs + leastMs - 1 }), bytes: anySize })
  fc.assert(fc.property(fc.array(soon), (samples) => assert.equal(bytesPerDayOf(samples), null)))
  const still = fc.record({ atMs: fc.constant(7e9), bytes: anySize })
  fc.assert(fc.property(fc.array(still), (samples) => assert.equal(bytesPerDayOf(samples), null)))
})

test('a rate is never below zero, nor no number, whatever the sizes did', () => {
  const records = fc.record({ appended: fc.nat(1e9), kept: fc.nat(1e9) })
  const sample = fc.record({ atMs: fc.nat(3 * dayMs), bytes: fc.nat(1e9) })
  fc.assert(
    fc.property(fc.array(sample), fc.option(fc.array(records)), (samples, counts) => {
      const perDay = bytesPerDayOf(
        counts === null
          ? samples
          : samples.slice(0, counts.length).map((each, n) => ({ ...each, records: counts[n]! })),
      )
      assert.ok(perDay === null || (Number.isFinite(perDay) && perDay >= 0), String(perDay))
    }),
  )
})

test('the beginning of a measure is left out, whatever came in it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e12), { maxLength: 5 }), rates, (sizes, perDay) => {
      const beginning = [0, ...sizes].map((bytes, n) => ({ atMs: (n * settleMs) / 6, bytes }))
      const rest = [0, 1, 2].map((n) => ({ atMs: settleMs + n * leastMs, bytes: (n * leastMs * perDay) / dayMs }))
      isNear(bytesPerDayOf([...beginning, ...rest]), perDay)
    }),
  )
})

test('a step back is no growth and hides none: what is added after it is measured by itself', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 20 }), (perDay, steps) => {
      const grown = (ms: number): number => (perDay * ms) / dayMs
      const before = [0, 1, 2, 3].map((n): SizeSample => ({ atMs: n * leastMs, bytes: 5e12 + grown(n * leastMs) }))
      isNear(bytesPerDayOf(before), perDay)
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

/** Quarters of an hour at which a log is looked at, in each of which `perStep` records came. */
function logSamples(kept: (step: number) => number, recordBytes: number, perStep: number, steps = 97): SizeSample[] {
  return Array.from({ length: steps }, (_, step) => ({
    atMs: step * leastMs,
    bytes: kept(step) * recordBytes,
    records: { appended: 1e6 + step * perStep, kept: kept(step) },
  }))
}

test('of a log retention does not change what a day adds: it grows, drops as much as comes, or more', () => {
  const record = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(record, fc.nat(1e6), fc.nat(1e9), (recordBytes, perStep, start) => {
      const perDay = 96 * perStep * recordBytes
      isNear(bytesPerDayOf(logSamples((step) => start + step * perStep, recordBytes, perStep)), perDay)
      isNear(bytesPerDayOf(logSamples(() => start + 1, recordBytes, perStep)), perDay)
      isNear(bytesPerDayOf(logSamples((step) => (step < 50 ? start + 2 : 1), recordBytes, perStep)), perDay)
    }),
  )
})

test('what waits to be packed makes a day neither less nor nothing', () => {
  // Every third look comes right after the packing of all there is, the others find plain records.
  const packed = logSamples((step) => 1000 + step * 100, 10, 100, 12)
  const plain = packed.map((each, step) => ({ ...each, bytes: each.bytes + (step % 3) * 5_000 }))
  for (const last of [4, 5, 6, 7, 11]) isNear(bytesPerDayOf(plain.slice(0, last + 1)), 96 * 1_000)
})

test('a log to which nothing comes costs nothing, and one that was emptied meanwhile costs what its records did', () => {
  const at = (hour: number, bytes: number, appended: number, kept: number): SizeSample => ({
    atMs: hour * 3_600_000,
    bytes,
    records: { appended, kept },
  })
  assert.equal(bytesPerDayOf([at(0, 0, 0, 0), at(1, 0, 0, 0), at(2, 0, 0, 0)]), 0)
  isNear(bytesPerDayOf([at(0, 0, 0, 0), at(1, 0, 0, 0), at(2, 5_000, 100, 50), at(3, 0, 200, 0)]), 200 * 100 * 12)
  assert.equal(
    bytesPerDayOf([at(0, 0, 0, 0), at(1, 0, 0, 0), at(2, 0, 200, 0)]),
    null,
    'how large they were is not known',
  )
})

test('a day is told by the last day, and what was before is forgotten', () => {
  const hours = Array.from({ length: 100 }, (_, hour) => ({
    atMs: hour * 3_600_000,
    bytes: hour < 70 ? hour * 1e6 : 70e6 + (hour - 70) * 10,
  }))
  isNear(bytesPerDayOf(hours), 240)
})
