// One timer for all vehicles of a process: a hashed wheel (Varghese and Lauck, 1987). Setting and
// clearing a deadline costs a Set operation, so ten thousand keep-alives cost one 50 ms interval.
// Invariant: a deadline never fires early, and at most one tick late while the process keeps up.

const tickMs = 50
const slots = 4096

/** Something due once. Owned by one object, set and cleared at will; set again, it moves. */
export type Deadline = {
  readonly due: () => void
  /** Tick at which it fires; -1 while it is not set. */
  tick: number
}

export const newDeadline = (due: () => void): Deadline => ({ due, tick: -1 })

export class DeadlineWheel {
  #now: number
  readonly #slots: (Set<Deadline> | undefined)[] = Array.from({ length: slots })
  #size = 0

  constructor(nowMs: number) {
    this.#now = Math.floor(nowMs / tickMs)
  }

  get size(): number {
    return this.#size
  }

  /** Sets or moves `deadline` to `delayMs` after `nowMs` (a clock that never goes back). */
  set(deadline: Deadline, nowMs: number, delayMs: number): void {
    this.clear(deadline)
    if (this.#size === 0) this.#now = Math.max(this.#now, Math.floor(nowMs / tickMs))
    deadline.tick = Math.max(this.#now + 1, Math.ceil((nowMs + delayMs) / tickMs))
    const slot = deadline.tick % slots
    const set = (this.#slots[slot] ??= new Set())
    set.add(deadline)
    this.#size++
  }

  clear(deadline: Deadline): void {
    if (deadline.tick < 0) return
    this.#slots[deadline.tick % slots]?.delete(deadline)
    deadline.tick = -1
    this.#size--
  }

  /** Fires all that is due at `nowMs`. An error a deadline throws passes through: it is a bug. */
  advance(nowMs: number): void {
    const target = Math.floor(nowMs / tickMs)
    // After a suspend, one turn of the wheel meets every slot once.
    if (target - this.#now > slots) this.#now = target - slots
    while (this.#now < target) {
      this.#now++
      const set = this.#slots[this.#now % slots]
      if (set === undefined || set.size === 0) continue
      for (const deadline of set) {
        if (deadline.tick < 0 || deadline.tick > target) continue
        this.clear(deadline)
        deadline.due()
      }
    }
  }
}

const monotonicMs = (): number => performance.now()
const shared = new DeadlineWheel(monotonicMs())
let interval: NodeJS.Timeout | undefined

/** Sets `deadline` on the process's wheel. The process stays alive while anything is set. */
export function setDeadline(deadline: Deadline, delayMs: number): void {
  shared.set(deadline, monotonicMs(), delayMs)
  interval ??= setInterval(turn, tickMs)
}

export function clearDeadline(deadline: Deadline): void {
  shared.clear(deadline)
  stopWhenEmpty()
}

function turn(): void {
  shared.advance(monotonicMs())
  stopWhenEmpty()
}

function stopWhenEmpty(): void {
  if (shared.size > 0 || interval === undefined) return
  clearInterval(interval)
  interval = undefined
}
