// Percentiles of the last minute or so, cheap enough for every message: counts in buckets that grow
// by an eighth of an octave (a percentile is at most 9 % too high, never too low), in a ring of
// slices of which the oldest is emptied as time goes on.
import type { Clock } from './clock.ts'

const bucketsPerOctave = 8
const leastMs = 1 / 64
const bucketCount = 26 * bucketsPerOctave
const slices = 6

const bucketOf = (ms: number): number =>
  ms <= leastMs ? 0 : Math.min(bucketCount - 1, Math.ceil(Math.log2(ms / leastMs) * bucketsPerOctave))
const upperMs = (bucket: number): number => leastMs * 2 ** (bucket / bucketsPerOctave)

export type Percentiles = { readonly p50: number; readonly p99: number }

export class LatencyWindow {
  readonly #counts = new Float64Array(slices * bucketCount)
  readonly #sliceMs: number
  readonly #clock: Clock
  #slice: number

  /** Looks back over `windowMs`, give or take a sixth. */
  constructor(clock: Clock, windowMs = 60_000) {
    this.#clock = clock
    this.#sliceMs = windowMs / slices
    this.#slice = Math.floor(clock.now() / this.#sliceMs)
  }

  /** `count` things took `ms` milliseconds each. */
  record(ms: number, count = 1): void {
    this.#advance()
    const index = (this.#slice % slices) * bucketCount + bucketOf(ms)
    this.#counts[index] = (this.#counts[index] ?? 0) + count
  }

  /** Milliseconds at or under which half, and 99 of 100, of the window's latencies were; null when
   *  it holds none. */
  percentiles(): Percentiles | null {
    this.#advance()
    const sums = new Float64Array(bucketCount)
    let total = 0
    for (const [index, count] of this.#counts.entries()) {
      const bucket = index % bucketCount
      sums[bucket] = (sums[bucket] ?? 0) + count
      total += count
    }
    return total === 0 ? null : { p50: quantile(sums, total * 0.5), p99: quantile(sums, total * 0.99) }
  }

  #advance(): void {
    const slice = Math.floor(this.#clock.now() / this.#sliceMs)
    const from = Math.max(this.#slice + 1, slice - slices + 1)
    for (let passed = from; passed <= slice; passed++) {
      const start = (passed % slices) * bucketCount
      this.#counts.fill(0, start, start + bucketCount)
    }
    if (slice > this.#slice) this.#slice = slice
  }
}

function quantile(sums: Float64Array, rank: number): number {
  let seen = 0
  for (const [bucket, count] of sums.entries()) {
    seen += count
    if (seen >= rank && count > 0) return Number(upperMs(bucket).toPrecision(3))
  }
  return upperMs(bucketCount - 1)
}
