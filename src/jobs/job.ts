// The shape of a job: a pure, synchronous stream computation on event time. It never sees a clock, a log or a store; the
// runner (runner.ts) owns the loop, and commits state, timers, positions and outputs together.
import type { DerivedTopic, LogTopic, StoredRecord } from '../eventlog/event-log.ts'
import type { Message } from '../model/message.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'

/** A record with its value parsed; parsed once for all jobs of a partition. */
export type Input = { readonly record: StoredRecord; readonly ref: VehicleRef; readonly message: Message }

/** What a job derives. Writing the same id again replaces the earlier value; `value: null` deletes it. */
export type Output = {
  readonly topic: DerivedTopic
  readonly id: string
  readonly key: string
  readonly at: number
  readonly value: object | null
}

/** The keyed state of one vehicle, Flink's MapState: small parts by name, each stored on its own, so that a long history
 *  costs only the part that changed. Values are plain data; `put` hands the value over (do not change it afterwards
 *  without putting it again). */
export interface VehicleState<Part> {
  get(name: string): Part | undefined
  put(name: string, part: Part): void
  delete(name: string): void
  /** In ascending order of names. */
  names(): Iterable<string>
  /** Asks for `onTimer` once the partition's watermark has reached `at` (epoch milliseconds). One timer a vehicle and job: the earliest asked for stands until it fires. */
  timer(at: number): void
}

export interface Job<Part> {
  readonly name: string
  readonly reads: readonly LogTopic[]
  /** How far behind the newest event time of its partition a record may be and still change results. Milliseconds. */
  readonly latenessMs: number
  apply(state: VehicleState<Part>, input: Input): readonly Output[]
  onTimer?(state: VehicleState<Part>, ref: VehicleRef, watermark: number): readonly Output[]
  /** Parts as bytes, for the state store. */
  readonly codec: { encode(part: Part): Uint8Array; decode(bytes: Uint8Array): Part }
}
