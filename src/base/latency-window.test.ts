import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LatencyWindow } from './latency-window.ts'

test('percentiles are those of a sorted list, at most 9 % too high and never too low', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.05, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (latencies) => {
        const window = new LatencyWindow({ now: () => 0 })
        for (const ms of latencies) window.record(ms)
        const sorted = latencies.toSorted((a, b) => a - b)
        const found = window.percentiles()
        assert.ok(found !== null)
        for (const [name, part] of [
          ['p50', 0.5],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
          assert.ok(found[name] >= exact * 0.99 && found[name] <= exact * 1.1, `${name}: ${found[name]} for ${exact}`)
        }
      },
    ),
  )
})

test('what is older than the window is forgotten, also after a long silence', () => {
  let now = 0
  const window = new LatencyWindow({ now: () => now }, 60_000)
  window.record(500)
  now = 30_000
  window.record(1)
  assert.equal(window.percentiles()?.p99, 512)
  now = 65_000
  assert.ok((window.percentiles()?.p99 ?? 0) < 1.2)
  now = 10_000_000
  assert.equal(window.percentiles(), null)
})
