// A histogram for what is counted many at a time. prom-client's own takes one value a call and
// looks its labels up each time.
import { Histogram, type Registry } from 'prom-client'

export class BatchHistogram extends Histogram {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  /** `bounds` are the upper ends of its buckets, ascending; one without an end is added. */
  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    super({ name, help, buckets: [...bounds], registers: [registry] })
    this.#name = name
    this.#help = help
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observeMany(value: number, count: number): void {
    let index = 0
    while (index < this.#bounds.length && value > this.#bounds[index]!) index++
    this.#counts[index]! += count
    this.#sum += value * count
  }

  /** The values of the histogram, for both ways of reading it, as text and as JSON; prom-client's
   *  types leave the method out. */
  getForPromString() {
    const values: { metricName: string; labels: { le?: number | string }; sharedLabels: object; value: number }[] = []
    const put = (suffix: string, labels: { le?: number | string }, value: number): void =>
      void values.push({ metricName: `${this.#name}_${suffix}`, labels, sharedLabels: {}, value })
    let cumulative = 0
    for (const [index, count] of this.#counts.entries()) {
      cumulative += count
      put('bucket', { le: this.#bounds[index] ?? '+Inf' }, cumulative)
    }
    put('sum', {}, this.#sum)
    put('count', {}, cumulative)
    return Promise.resolve({ name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values })
  }
}
