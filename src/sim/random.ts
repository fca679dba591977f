// Chance that can be repeated: the same seed gives the same numbers on every machine. One generator
// for each car and purpose, so that what one car meets changes nothing for another.

/** Mulberry32 (Tommy Ettinger): 32 bits of state, passes gjrand. A class, because a city holds tens
 *  of thousands of them. */
export class Random {
  #state: number

  /** The numbers that belong to all the keys together, e.g. seed, car number, purpose. */
  constructor(...keys: readonly number[]) {
    let state = 0x9e3779b9
    for (const key of keys) state = mixed((state ^ mixed(key | 0)) + 0x6d2b79f5)
    this.#state = state
  }

  /** At least 0, below 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, at least 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.unit() * end)
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** Nearly normal, mean 0 and deviation 1, never beyond ±3 (sum of three uniforms): no sensor
   *  error is without bound. */
  normal(): number {
    return (this.unit() + this.unit() + this.unit() - 1.5) * 2
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit())
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('pick from an empty list')
    return item
  }
}

/** The finalizer of MurmurHash3. */
function mixed(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
