// The shape of a job: a pure, synchronous stream computation on event time. It never sees a clock, a log or a store; the
// runner (runner.ts) owns the loop, and commits state, timers, positions and outputs together. What a job derives is a function
// of the set of a vehicle's records: order, duplicates, batches and restarts change when something is said, never what.
import type { DerivedTopic, LogTopic, StoredRecord } from '../eventlog/event-log.ts'
import type { Message } from '../model/message.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { PartCodecs } from './part-codec.ts'

/** A record with its value parsed; parsed once for all jobs of a partition. */
export type Input = {
  readonly record: StoredRecord
  readonly ref: VehicleRef
  /** Null for a dead letter, whose bytes may be anything; its headers name the `stream` it came on and the `reason`. */
  readonly message: Message | null
}

/** What a job derives. Writing the same id again replaces the earlier value; `value: null` deletes it. */
export type Output = {
  readonly topic: DerivedTopic
  readonly id: string
  readonly key: string
  readonly at: number
  readonly value: object | null
}

/** The keyed state of one vehicle in one job, Flink's MapState: small parts by family and id, each stored on its own, so that
 *  a long history costs only the part that changed. A part may be changed in place, and must then be put again. */
export interface VehicleState<Parts> {
  get<Family extends keyof Parts & string>(family: Family, id?: number | string): Parts[Family] | undefined
  put<Family extends keyof Parts & string>(family: Family, id: number | string | undefined, part: Parts[Family]): void
  delete(family: keyof Parts & string, id?: number | string): void
  /** Asks for `emit` once the partition's watermark has reached `at` (epoch milliseconds). One timer a vehicle and job: the
   *  earliest asked for stands until it fires. */
  timer(at: number): void
}

export interface Job<Parts> {
  readonly name: string
  /** The version of the form of its parts: state of another version is dropped and derived anew from the oldest kept record. */
  readonly version: number
  readonly reads: readonly LogTopic[]
  readonly codecs: PartCodecs<Parts>
  /** Takes one record into the state. */
  apply(state: VehicleState<Parts>, input: Input): void
  /** What there is to say about a vehicle: called once in each batch for every vehicle whose records were applied or whose
   *  timer fired. `watermark` is the partition's, −∞ at first. */
  emit(state: VehicleState<Parts>, ref: VehicleRef, watermark: number): readonly Output[]
}

/** A job whatever its parts: what the runner handles. */
export type AnyJob = Job<object>
