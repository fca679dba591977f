// When each message of a car was told, where a row or an event tells only the newest of several:
// those before it, one an interval, were told with it, and have waited longer.
import type { LatencyWindow } from '../../src/base/latency-window.ts'

export class ToldMessages {
  readonly #everyMs: number
  readonly #latencies: LatencyWindow
  readonly #newest = new Map<string | number, number>()

  /** Of cars that say a message each `everyMs`. */
  constructor(everyMs: number, latencies: LatencyWindow) {
    this.#everyMs = everyMs
    this.#latencies = latencies
  }

  /** Takes in that the message of `at` was told of a car at `now`, and with it all since the one
   *  that was told before. */
  tell(car: string | number, at: number, now: number): void {
    const before = this.#newest.get(car) ?? at - this.#everyMs
    if (at <= before) return
    this.#newest.set(car, at)
    const count = Math.max(1, Math.round((at - before) / this.#everyMs))
    for (let back = 0; back < count; back++) this.#latencies.record(now - at + back * this.#everyMs)
  }
}
