// The event time of a partition, for jobs that are not keyed by vehicle. A watermark W says:
// nothing older than W is waited for. It has two readings: `eventAt` fires timers and goes on while
// nothing comes; `reachedAt` is how far the data itself got, and judges lateness, so that nothing
// that comes after a pause is late for the pause. Both are functions of the records read, in their
// order: never of a clock of this machine. Records of `critical` and clock-marked instants move
// neither.
import { clockAheadMs } from '../model/car-clock.ts'
import { createSortedSample, type SortedSample } from './sorted-sample.ts'

/** The view that the time of a partition has of a record. */
export type Seen = {
  readonly topic: string
  /** The vehicle it came from. */
  readonly source: string
  /** Its newest instant that is not clock-marked. Epoch milliseconds. */
  readonly at: number
}

export interface PartitionTime {
  observe(seen: Seen, logAt: number): void
  /** −∞ before the first record. Neither goes back. */
  eventAt(logAt: number): number
  reachedAt(): number
  /** All that has to be remembered, as JSON. */
  encode(): string
}

export interface TimeStrategy {
  /** `stored` is what `encode` gave, undefined at first; `topics` are the inputs. */
  open(topics: readonly string[], stored: string | undefined): PartitionTime
}

type ClassicalOptions = {
  /** How far out of order the records of an input are expected to be. */
  readonly boundMs: number
  /** An input that brought nothing for so long, of log time, is idle. */
  readonly idleMs: number
}

/** Flink's BoundedOutOfOrdernessWatermarks: of each input the greatest timestamp − bound − 1 ms; of
 *  the partition the least of the inputs that are not idle. When all are idle `eventAt` goes on
 *  with log time. One wrong clock moves it as far as it likes. */
export const classical = (options: ClassicalOptions): TimeStrategy => ({
  open: (topics, stored) => new ClassicalTime(options, topics, stored),
})

/** JSON has no infinities: they are null there. */
const finite = (at: number): number | null => (Number.isFinite(at) ? at : null)

type Heard = { greatestAt: number; heardAt: number }

class ClassicalTime implements PartitionTime {
  readonly #options: ClassicalOptions
  readonly #inputs: Map<string, Heard>
  /** Log time of the first record: that of an input that brought none yet. */
  #startedAt = Infinity
  #event = -Infinity
  #reached = -Infinity

  constructor(options: ClassicalOptions, topics: readonly string[], stored: string | undefined) {
    this.#options = options
    this.#inputs = new Map(topics.map((topic) => [topic, { greatestAt: -Infinity, heardAt: -Infinity }]))
    if (stored === undefined) return
    const { event, reached, startedAt, inputs } = JSON.parse(stored) as {
      readonly event: number | null
      readonly reached: number | null
      readonly startedAt: number | null
      readonly inputs: readonly (readonly [topic: string, greatestAt: number, heardAt: number])[]
    }
    this.#event = event ?? -Infinity
    this.#reached = reached ?? -Infinity
    this.#startedAt = startedAt ?? Infinity
    for (const [topic, greatestAt, heardAt] of inputs) this.#inputs.set(topic, { greatestAt, heardAt })
  }

  observe({ topic, at }: Seen, logAt: number): void {
    if (this.#startedAt === Infinity) this.#startedAt = logAt
    const input = this.#inputs.get(topic)
    if (input === undefined) return
    input.greatestAt = Math.max(input.greatestAt, at)
    input.heardAt = logAt
    this.#reached = Math.max(this.#reached, this.#least(logAt) ?? -Infinity)
  }

  eventAt(logAt: number): number {
    if (this.#startedAt !== Infinity) this.#event = Math.max(this.#event, this.#least(logAt) ?? this.#goneOn(logAt))
    return this.#event
  }

  reachedAt(): number {
    return this.#reached
  }

  encode(): string {
    const inputs = [...this.#inputs].flatMap(([topic, { greatestAt, heardAt }]) =>
      Number.isFinite(heardAt) ? [[topic, greatestAt, heardAt]] : [],
    )
    return JSON.stringify({
      event: finite(this.#event),
      reached: finite(this.#reached),
      startedAt: finite(this.#startedAt),
      inputs,
    })
  }

  /** The least of the inputs that are not idle; undefined when all are. */
  #least(logAt: number): number | undefined {
    let least: number | undefined
    for (const { greatestAt, heardAt } of this.#inputs.values()) {
      if (logAt - Math.max(heardAt, this.#startedAt) >= this.#options.idleMs) continue
      const watermark = greatestAt - this.#options.boundMs - 1
      if (least === undefined || watermark < least) least = watermark
    }
    return least
  }

  /** With all inputs idle: what the furthest of them reached, and the log time since the last of
   *  them was heard. */
  #goneOn(logAt: number): number {
    let greatest = -Infinity
    let last = -Infinity
    for (const { greatestAt, heardAt } of this.#inputs.values()) {
      greatest = Math.max(greatest, greatestAt)
      last = Math.max(last, heardAt)
    }
    return greatest - this.#options.boundMs - 1 + Math.max(0, logAt - last)
  }
}

type FleetOptions = {
  /** How far behind the median a record may be and still be waited for. */
  readonly boundMs?: number
  /** A vehicle that said nothing for so long, of log time, has no say while others speak. */
  readonly activeMs?: number
  /** Vehicles whose clocks are watched: those of the least hashes among the active. */
  readonly sampleMax?: number
}

/** By the clocks of many: each vehicle of a sample has a delay, from its newest instant to the log
 *  time when it was heard; `eventAt` is log time less the median of the delays, `reachedAt` the
 *  median of the newest instants (of an even number the one that is further on), less the bound and
 *  1 ms. So one vehicle more, whatever its clock, moves it no further than to the next vehicle's in
 *  the order of their delays, and where there is no next one no further than two minutes ahead of
 *  log time. Both medians only ever move on. */
export const fleet = (options: FleetOptions = {}): TimeStrategy => ({
  open: (_topics, stored) => new FleetTime({ boundMs: 2_000, activeMs: 600_000, sampleMax: 101, ...options }, stored),
})

class FleetTime implements PartitionTime {
  readonly #options: Required<FleetOptions>
  readonly #sample: SortedSample
  #event = -Infinity
  #reached = -Infinity

  constructor(options: Required<FleetOptions>, stored: string | undefined) {
    this.#options = options
    this.#sample = createSortedSample(options.sampleMax)
    if (stored === undefined) return
    const { event, reached, sample } = JSON.parse(stored) as {
      readonly event: number | null
      readonly reached: number | null
      readonly sample: readonly (readonly [source: string, newestAt: number, heardAt: number])[]
    }
    this.#event = event ?? -Infinity
    this.#reached = reached ?? -Infinity
    for (const [source, newestAt, heardAt] of sample) this.#sample.add(source, newestAt, heardAt)
  }

  observe({ source, at }: Seen, logAt: number): void {
    this.#sample.forget(logAt - this.#options.activeMs)
    if (!this.#sample.add(source, Math.min(at, logAt + clockAheadMs), logAt)) return
    this.#reached = Math.max(this.#reached, this.#sample.medianNewestAt() - this.#options.boundMs - 1)
  }

  eventAt(logAt: number): number {
    this.#event = Math.max(this.#event, logAt - this.#sample.medianDelayMs() - this.#options.boundMs - 1)
    return this.#event
  }

  reachedAt(): number {
    return this.#reached
  }

  encode(): string {
    return JSON.stringify({
      event: finite(this.#event),
      reached: finite(this.#reached),
      sample: this.#sample.entries(),
    })
  }
}
