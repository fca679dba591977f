// All there is of one key in one job: its parts, its clock, its timers, and what it said. In memory
// while it is used.
import { KeyedParts, type PartCache } from './keyed-state.ts'
import { keyClockCodec, newKeyClock, type KeyClock } from './key-clock.ts'
import { KeyTimers } from './key-timers.ts'
import type { Input, JobState } from './job.ts'
import { saidCodec, type Said } from './said.ts'
import type { SideView } from './side-table.ts'

/** Parts that the engine keeps with the parts of a job; `#` begins no family of a job. */
export const engineCodecs = { '#clock': keyClockCodec, '#said': saidCodec } as const

type EngineParts = { '#clock': KeyClock; '#said': Said }

/** The services a key asks of its engine. */
export type KeyOwner = {
  readonly cache: PartCache
  /** The stored timers of a key. */
  loadTimers(key: string): string | undefined
  timersChanged(key: KeyState): void
  late(input: Input, reason: string): void
  leftOut(bound: string, count: number): void
  side(name: string): SideView<unknown>
}

export class KeyState extends KeyedParts<EngineParts> implements JobState<object> {
  readonly text: string
  /** As the job is told it: a vehicle, or the text. */
  readonly key: unknown
  readonly #owner: KeyOwner
  #timers: KeyTimers | undefined
  #clock: KeyClock | undefined
  /** Generations of the cache in which the clock was read and put. */
  #clockOf = 0
  #clockPutOf = 0
  /** The log time at which a job by vehicle is to be looked at for its timers; ∞ where none is
   *  asked for. */
  askedAt = Infinity
  /** Records were applied that nothing was emitted for yet, and the earliest receipt of one; ∞ of
   *  none. */
  touched = false
  receivedAt = Infinity

  constructor(owner: KeyOwner, text: string, key: unknown) {
    // A vehicle's key has one slash; in other keys they would be taken for the ends of names.
    const name = typeof key === 'string' ? text.replaceAll('%', '%25').replaceAll('/', '%2F') : text
    super(owner.cache, `part/${name}`)
    this.#owner = owner
    this.text = text
    this.key = key
    const timers = owner.loadTimers(text)
    if (timers !== undefined) this.#timers = KeyTimers.decode(timers)
  }

  timer(name: string, at: number): void {
    this.#setTimer(name, at, false)
  }

  logTimer(name: string, at: number): void {
    this.#setTimer(name, at, true)
  }

  cancel(name: string): void {
    if (this.#timers?.cancel(name) === true) this.#owner.timersChanged(this)
  }

  late(input: Input, reason: string): void {
    this.#owner.late(input, reason)
  }

  leftOut(bound: string, count: number): void {
    this.#owner.leftOut(bound, count)
  }

  side(name: never): SideView<never> {
    return this.#owner.side(name) as SideView<never>
  }

  get timers(): KeyTimers | undefined {
    return this.#timers
  }

  /** Asked for several times with each record, so it is looked up once in a generation of the
   *  cache. */
  get clock(): KeyClock {
    if (this.#clockOf !== this.#owner.cache.generation) {
      this.#clock = this.get('#clock') ?? newKeyClock()
      this.#clockOf = this.#owner.cache.generation
    }
    return this.#clock!
  }

  clockChanged(): void {
    if (this.#clockPutOf === this.#owner.cache.generation) return
    this.put('#clock', undefined, this.clock)
    this.#clockPutOf = this.#owner.cache.generation
  }

  get said(): Said {
    return this.get('#said') ?? new Map<string, string>()
  }

  putSaid(said: Said): void {
    if (said.size === 0) this.delete('#said')
    else this.put('#said', undefined, said)
  }

  /** Forgets the parts not used since `generation`; true when the key has to stay in memory. */
  override evict(generation: number): boolean {
    return super.evict(generation) || this.touched
  }

  #setTimer(name: string, at: number, log: boolean): void {
    this.#timers ??= new KeyTimers()
    if (this.#timers.set(name, at, log)) this.#owner.timersChanged(this)
  }
}
