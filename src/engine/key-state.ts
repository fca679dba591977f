// All there is of one key in one job: its parts, its clock, its timers, and what it said. In memory while it is used.
import { KeyedParts, type PartCache } from './keyed-state.ts'
import { keyClockCodec, newKeyClock, type KeyClock } from './key-clock.ts'
import { KeyTimers } from './key-timers.ts'
import type { Input, JobState } from './job.ts'
import type { PartCodecs } from './part-codec.ts'
import { saidCodec, type Said } from './said.ts'
import type { SideView } from './side-table.ts'

/** What the engine keeps with the parts of a job; `#` begins no family of a job. */
export const engineCodecs = { '#clock': keyClockCodec, '#said': saidCodec } as const

type EngineParts = { '#clock': KeyClock; '#said': Said }

/** What a key asks of its engine. */
export type KeyOwner = {
  readonly cache: PartCache
  readonly codecs: PartCodecs<object>
  /** The stored timers of a key. */
  loadTimers(key: string): string | undefined
  timersChanged(key: KeyState): void
  late(input: Input, reason: string): void
  side(name: string): SideView<unknown>
}

export class KeyState implements JobState<object> {
  readonly text: string
  /** As the job is told it: a vehicle, or the text. */
  readonly key: unknown
  readonly #owner: KeyOwner
  readonly #parts: KeyedParts<EngineParts>
  #timers: KeyTimers | undefined
  /** Records were applied that nothing was emitted for yet, and the earliest receipt of one. */
  touched = false
  receivedAt: number | undefined

  constructor(owner: KeyOwner, text: string, key: unknown) {
    this.#owner = owner
    this.text = text
    this.key = key
    // A vehicle's key has one slash; in other keys they would be taken for the ends of names.
    const name = typeof key === 'string' ? text.replaceAll('%', '%25').replaceAll('/', '%2F') : text
    // The families of the job and those of the engine share one space.
    this.#parts = new KeyedParts(owner.cache, `part/${name}`, owner.codecs as PartCodecs<EngineParts>)
    const timers = owner.loadTimers(text)
    if (timers !== undefined) this.#timers = KeyTimers.decode(timers)
  }

  get(family: never, id?: number | string): undefined {
    return this.#parts.get(family, id)
  }

  put(family: never, id: number | string | undefined, part: never): void {
    this.#parts.put(family, id, part)
  }

  delete(family: never, id?: number | string): void {
    this.#parts.delete(family, id)
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

  side(name: never): SideView<never> {
    return this.#owner.side(name) as SideView<never>
  }

  get timers(): KeyTimers | undefined {
    return this.#timers
  }

  get clock(): KeyClock {
    return this.#parts.get('#clock') ?? newKeyClock()
  }

  putClock(clock: KeyClock): void {
    this.#parts.put('#clock', undefined, clock)
  }

  get said(): Said {
    return this.#parts.get('#said') ?? new Map<string, string>()
  }

  putSaid(said: Said): void {
    if (said.size === 0) this.#parts.delete('#said')
    else this.#parts.put('#said', undefined, said)
  }

  /** Forgets the parts not used since `generation`; true when the key has to stay in memory. */
  evict(generation: number): boolean {
    return this.#parts.evict(generation) || this.touched
  }

  #setTimer(name: string, at: number, log: boolean): void {
    this.#timers ??= new KeyTimers()
    if (this.#timers.set(name, at, log)) this.#owner.timersChanged(this)
  }
}
