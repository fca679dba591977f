// The named timers of one key, on event time and on log time. A name has one instant.
import { jsonCodec } from './part-codec.ts'

type Timer = { readonly at: number; readonly log: boolean }
type Stored = readonly (readonly [name: string, at: number, log: 0 | 1])[]

const stored = jsonCodec<Stored>()

export class KeyTimers {
  readonly #timers = new Map<string, Timer>()
  /** The earliest instant of each kind; ∞ when there is none. */
  eventAt = Infinity
  logAt = Infinity

  get size(): number {
    return this.#timers.size
  }

  /** False when that is how it stands. */
  set(name: string, at: number, log: boolean): boolean {
    const before = this.#timers.get(name)
    if (before !== undefined && before.at === at && before.log === log) return false
    this.#timers.set(name, { at, log })
    this.#findEarliest()
    return true
  }

  cancel(name: string): boolean {
    const stood = this.#timers.delete(name)
    if (stood) this.#findEarliest()
    return stood
  }

  isDue(eventAt: number, logAt: number): boolean {
    return this.eventAt <= eventAt || this.logAt <= logAt
  }

  /** Takes out the timers that are due and gives their names: event timers first, each by instant,
   *  equal ones by name. */
  takeDue(eventAt: number, logAt: number): string[] {
    const due = [...this.#timers].filter(([, { at, log }]) => at <= (log ? logAt : eventAt))
    for (const [name] of due) this.#timers.delete(name)
    this.#findEarliest()
    return due.sort(byKindAndInstant).map(([name]) => name)
  }

  encode(): string {
    return stored.encode([...this.#timers].map(([name, { at, log }]) => [name, at, log ? 1 : 0]))
  }

  static decode(text: string): KeyTimers {
    const timers = new KeyTimers()
    for (const [name, at, log] of stored.decode(text)) timers.#timers.set(name, { at, log: log === 1 })
    timers.#findEarliest()
    return timers
  }

  #findEarliest(): void {
    this.eventAt = Infinity
    this.logAt = Infinity
    for (const { at, log } of this.#timers.values())
      if (log) this.logAt = Math.min(this.logAt, at)
      else this.eventAt = Math.min(this.eventAt, at)
  }
}

function byKindAndInstant([nameA, a]: readonly [string, Timer], [nameB, b]: readonly [string, Timer]): number {
  if (a.log !== b.log) return a.log ? 1 : -1
  return a.at - b.at || (nameA < nameB ? -1 : 1)
}
