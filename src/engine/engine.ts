// One job on one partition, between two commits: records in, outputs and changes of state out. It
// is deterministic: the same state and the same records in the same batches give the same outputs,
// which is what lets a task recover by running its last batches again; and in other batches they
// give the same last value of every output. Time passes with the records: a timer that is due fires
// before the next record is applied. A job that throws leaves the engine unusable; its task makes a
// new one.
import type { StateChange } from '../eventlog/state-store.ts'
import { clockAheadMs } from '../model/car-clock.ts'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import type { StoredRecord } from '../eventlog/event-log.ts'
import type { EngineHost } from './host.ts'
import { JobFailure } from './job-failure.ts'
import type { AnyJob, Now, Input } from './job.ts'
import { hear, keyTime, logTimeOf, reachedTime } from './key-clock.ts'
import { engineCodecs, KeyState, type KeyOwner } from './key-state.ts'
import { PartCache } from './keyed-state.ts'
import { latenessMs } from './lateness.ts'
import { Outputs, type EngineOutput } from './outputs.ts'
import { jsonCodec } from './part-codec.ts'
import { createTimers } from './timers.ts'
import { fleet, type PartitionTime } from './watermark.ts'

/** A record that came too late for a window, to be stored in topic `late` as it is, under its own
 *  key. */
export type LateRecord = { readonly record: StoredRecord; readonly reason: string }

export type Settled = {
  readonly outputs: readonly EngineOutput[]
  readonly late: readonly LateRecord[]
  /** How much the job's bounds left out, by bound. */
  readonly leftOut: ReadonlyMap<string, number>
}

/** Timers fired in one `settle` at most, so that a jump of time does not stop the loop; the rest
 *  fire in the next. */
export const timersPerBatch = 500

const timerPrefix = 'timer/'
const timeKey = 'time'
const timeCodec = jsonCodec<{ readonly logAt: number | null; readonly partition: string | null }>()
const none: readonly string[] = []
const nothing: ReadonlyMap<string, number> = new Map()

export class Engine implements KeyOwner {
  readonly cache: PartCache
  readonly #job: AnyJob
  readonly #host: EngineHost
  /** Null for a job by vehicle, which goes by key time. */
  readonly #time: PartitionTime | null
  readonly #keys = new Map<string, KeyState>()
  /** By key the earliest log time and event time to look at its timers. Those of jobs by vehicle
   *  are all on log time. */
  readonly #onLog = createTimers()
  readonly #onEvent = createTimers()
  readonly #changedTimers = new Map<string, KeyState>()
  /** The times each call of the job is told: one object, as one a call would be most of what the
   *  engine allocates. */
  readonly #now: { -readonly [Field in keyof Now]: Now[Field] }
  #logAt: number
  #touched: KeyState[] = []
  readonly #outputs: Outputs
  #late: LateRecord[] = []
  #leftOut: ReadonlyMap<string, number> = nothing

  constructor(job: AnyJob, host: EngineHost) {
    this.#job = job
    this.#host = host
    this.#outputs = new Outputs(job, host.text)
    this.#now = {
      eventAt: -Infinity,
      reachedAt: -Infinity,
      logAt: -Infinity,
      clockAheadMs: host.clockAheadMs ?? clockAheadMs,
      fired: none,
    }
    // The families of the job and those of the engine share one space.
    this.cache = new PartCache((key) => host.get(key), host.text, { ...engineCodecs, ...job.codecs })
    const bytes = host.get(timeKey)
    const stored = bytes === undefined ? undefined : timeCodec.decode(host.text.decodeLoosely(bytes))
    this.#logAt = stored?.logAt ?? -Infinity
    this.#time =
      job.keyedBy === 'vehicle' ? null : (job.time ?? fleet()).open(job.reads, stored?.partition ?? undefined)
    for (const [key] of host.range(timerPrefix)) {
      const state = this.#open(key.slice(timerPrefix.length))
      if (state !== undefined) this.#schedule(state)
    }
  }

  /** Fires the timers that the record's append time makes due, then runs it through the job. False,
   *  and nothing done, when its key names no vehicle and the job is by vehicle. Records come in the
   *  order of the log, `critical` ones before others of their time; every job of a partition reads
   *  its own topics and no others. Throws JobFailure. */
  apply(input: Input): boolean {
    const { record, critical } = input
    const state = this.#open(record.key)
    if (state === undefined) return false
    if (!critical) this.#pass(record.appendedAt, Infinity)
    if (this.#host.quarantined?.has(state.text) === true) return true
    const now = this.#hear(state, input)
    try {
      this.#job.apply(state, input, now)
    } catch (cause) {
      throw new JobFailure(this.#job.name, state.text, record, cause)
    }
    if (!state.touched) this.#touched.push(state)
    state.touched = true
    if (input.receivedAt < state.receivedAt) state.receivedAt = input.receivedAt
    // Timers of other keys that this record made due fire before the next one; of its own key the
    // clock has moved.
    if (this.#time === null && state.timers !== undefined) this.#fireDue(state)
    return true
  }

  /** Ends a batch at log time `logAt`, the greatest append time read in the partition (of all
   *  topics but `critical`, and of the marks that pass for records while none come): fires the
   *  timers that are due, at most `timersPerBatch`, and gives what was said since the last call.
   *  With `isDeferred` keys whose records were applied say nothing yet, unless the job says at
   *  once. Throws JobFailure. */
  settle(logAt: number, isDeferred = false): Settled {
    this.#pass(logAt, timersPerBatch)
    if (!isDeferred || this.#job.saysAtOnce === true) this.#emitTouched()
    const settled = { outputs: this.#outputs.take(), late: this.#late, leftOut: this.#leftOut }
    this.#late = []
    this.#leftOut = nothing
    return settled
  }

  /** Whether outputs are put off. */
  defers(): boolean {
    return this.#touched.length > 0
  }

  /** Keys in memory: those that were heard of in the last checkpoints, and maybe more. */
  keys(): number {
    return this.#keys.size
  }

  /** Whether a timer is due at `logAt`: then `settle` has something to do, though no record
   *  came. */
  isDue(logAt: number): boolean {
    const at = Math.max(this.#logAt, logAt)
    if ((this.#onLog.nextAt() ?? Infinity) <= at) return true
    return this.#time !== null && (this.#onEvent.nextAt() ?? Infinity) <= this.#time.eventAt(at)
  }

  /** Whether any timer stands, so that time alone may make the job say something. */
  waits(): boolean {
    return this.#onLog.nextAt() !== undefined || this.#onEvent.nextAt() !== undefined
  }

  /** Log time so far; −∞ before the first record. It is remembered with the state. */
  logAt(): number {
    return this.#logAt
  }

  /** State and timers changed since the last call, all of it to be committed together; parts that
   *  were not used in the last `kept` times between two calls leave memory. */
  takeChanges(kept = 1): StateChange[] {
    const changes = this.cache.takeChanges()
    const { encode } = this.#host.text
    for (const state of this.#changedTimers.values()) {
      const key = timerPrefix + state.text
      changes.push(
        state.timers === undefined || state.timers.size === 0 ? { key } : { key, value: encode(state.timers.encode()) },
      )
    }
    this.#changedTimers.clear()
    const time = { logAt: this.#logAt === -Infinity ? null : this.#logAt, partition: this.#time?.encode() ?? null }
    changes.push({ key: timeKey, value: encode(timeCodec.encode(time)) })
    for (const state of this.#keys.values())
      if (!state.evict(this.cache.generation - kept)) this.#keys.delete(state.text)
    return changes
  }

  /** Parts in memory. */
  size(): number {
    return this.cache.size
  }

  loadTimers(key: string): string | undefined {
    const bytes = this.#host.get(timerPrefix + key)
    return bytes === undefined ? undefined : this.#host.text.decodeLoosely(bytes)
  }

  timersChanged(state: KeyState): void {
    this.#changedTimers.set(state.text, state)
    this.#schedule(state)
  }

  late({ record }: Input, reason: string): void {
    this.#late.push({ record, reason })
  }

  leftOut(bound: string, count: number): void {
    this.#leftOut = new Map(this.#leftOut).set(bound, (this.#leftOut.get(bound) ?? 0) + count)
  }

  side(name: string): ReturnType<KeyOwner['side']> {
    const of = (this.#job.sides as Readonly<Record<string, never>> | undefined)?.[name]
    if (of === undefined || this.#host.sides === undefined)
      throw new Error(`The job ${this.#job.name} declares no side input ${name}.`)
    return this.#host.sides.view(of)
  }

  #open(text: string): KeyState | undefined {
    const known = this.#keys.get(text)
    if (known !== undefined) return known
    const key = this.#job.keyedBy === 'text' ? text : vehicleOf(text)
    if (key === undefined) return undefined
    const state = new KeyState(this, text, key)
    this.#keys.set(text, state)
    return state
  }

  /** Lets log time reach `logAt` and fires what is due by then. */
  #pass(logAt: number, limit: number): void {
    if (logAt > this.#logAt) this.#logAt = logAt
    this.#fire(this.#onLog, this.#logAt, limit)
    if (this.#time !== null) this.#fireEvents(limit)
  }

  #fireEvents(limit: number): void {
    if (this.#onEvent.nextAt() !== undefined) this.#fire(this.#onEvent, this.#time!.eventAt(this.#logAt), limit)
  }

  /** Fires the keys due at `at`. A job that asks for a timer that is due already has it fired in
   *  the next round. */
  #fire(timers: ReturnType<typeof createTimers>, at: number, limit: number): void {
    if ((timers.nextAt() ?? Infinity) > at) return
    for (const text of timers.fire(at, limit)) {
      const state = this.#open(text)
      if (state === undefined) continue
      state.askedAt = Infinity
      if (!this.#fireDue(state)) this.#schedule(state)
    }
  }

  #emitTouched(): void {
    for (const state of this.#touched) if (state.touched) this.#emit(state, none)
    this.#touched = []
  }

  /** Emits for the key if timers of it are due. */
  #fireDue(state: KeyState): boolean {
    const { timers } = state
    if (timers === undefined || timers.size === 0) return false
    const eventAt = this.#eventAt(state)
    if (!timers.isDue(eventAt, this.#logAt)) {
      // The clock of the key may have moved so that a timer is due earlier than was reckoned.
      this.#schedule(state)
      return false
    }
    const due = timers.takeDue(eventAt, this.#logAt)
    this.timersChanged(state)
    this.#emit(state, due)
    return true
  }

  /** Sees to it that the key is looked at when its earliest timer is due. */
  #schedule(state: KeyState): void {
    const { timers } = state
    if (timers === undefined || timers.size === 0) return
    if (this.#time === null) {
      const event = timers.eventAt === Infinity ? Infinity : logTimeOf(state.clock, timers.eventAt)
      const at = Math.min(timers.logAt, event)
      if (at >= state.askedAt) return
      state.askedAt = at
      this.#onLog.ask(state.text, at)
      return
    }
    if (timers.logAt < Infinity) this.#onLog.ask(state.text, timers.logAt)
    if (timers.eventAt < Infinity) this.#onEvent.ask(state.text, timers.eventAt)
  }

  #eventAt(state: KeyState, clock = this.#time === null ? state.clock : undefined): number {
    return clock === undefined ? this.#time!.eventAt(this.#logAt) : keyTime(clock, this.#logAt)
  }

  #reachedAt(state: KeyState, clock = this.#time === null ? state.clock : undefined): number {
    return clock === undefined ? this.#time!.reachedAt() : reachedTime(clock)
  }

  #emit(state: KeyState, fired: readonly string[]): void {
    const { receivedAt } = state
    state.touched = false
    state.receivedAt = Infinity
    if (this.#host.quarantined?.has(state.text) === true) return
    try {
      const now = this.#tell(this.#eventAt(state), this.#reachedAt(state), fired)
      this.#outputs.add(state, this.#job.emit(state, state.key as never, now), receivedAt)
    } catch (cause) {
      throw new JobFailure(this.#job.name, state.text, undefined, cause)
    }
  }

  /** Lets the clocks see the record, and judges by them whether it is late. */
  #hear(state: KeyState, input: Input): Now {
    const clock = this.#time === null ? state.clock : undefined
    const reachedAt = this.#reachedAt(state, clock)
    const judged: { -readonly [Field in 'late' | 'lateBefore']: Input[Field] } = input
    judged.lateBefore = input.critical ? -Infinity : (clock?.newestAt ?? reachedAt) - latenessMs
    judged.late = input.record.at < input.lateBefore
    if (clock === undefined) {
      const { record, source, newestAt, critical } = input
      if (!critical && !Number.isNaN(newestAt))
        this.#time!.observe({ topic: record.topic, source, at: newestAt }, this.#logAt)
    } else {
      hear(clock, input, this.#logAt)
      state.clockChanged()
    }
    return this.#tell(this.#eventAt(state, clock), reachedAt, none)
  }

  #tell(eventAt: number, reachedAt: number, fired: readonly string[]): Now {
    const now = this.#now
    now.eventAt = eventAt
    now.reachedAt = reachedAt
    now.logAt = this.#logAt
    now.fired = fired
    return now
  }
}

function vehicleOf(text: string): object | undefined {
  const parsed = parseVehicleKey(text)
  return parsed.ok ? parsed.value : undefined
}
