// The shape of a job: a pure, synchronous stream computation on event time. It never sees a clock,
// a log or a store; the runner (runner.ts) owns the loop, and commits state, timers, positions and
// outputs together. The outputs of a job are a function of the set of a key's records: order,
// duplicates, batches and restarts change when something is said, never what. A job imports no
// `node:` module and names no global of a host (Buffer, TextDecoder …), so it runs in any
// JavaScript engine.
import type { StoredRecord, TopicSpec } from '../eventlog/event-log.ts'
import type { Message } from '../model/message.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { PartCodecs } from './part-codec.ts'
import type { Side, SideView } from './side-table.ts'
import type { TimeStrategy } from './watermark.ts'

/** A record with its value parsed; parsed once for all jobs of a partition (read-input.ts). */
export type Input = {
  readonly record: StoredRecord
  /** Of an uplink topic: the message. Null for derived topics and for a dead letter, whose headers
   *  name `stream` and `reason`. */
  readonly message: Message | null
  /** Of a derived topic: its value, null when it was deleted. Null for uplink topics and dead
   *  letters. */
  readonly value: object | null
  /** The value of a dead letter as text, wrong bytes replaced; empty for every other record. */
  readonly text: string
  /** The identity that all copies of the record share and no other record has:
   *  `telemetry/<boot>/<seq>` of a message, the id of an output, the position of a dead letter.
   *  Unique within the key of the source. */
  readonly id: string
  /** The vehicle it came from, `tenant/vehicle`, also where it was re-keyed. */
  readonly source: string
  /** When the gateway took it, by our clock. */
  readonly receivedAt: number
  /** Its newest instant that is not clock-marked, and its newest marked one; NaN where it has none.
   *  A dead letter has neither, nor has an event outside 2000 to 2100, or a message all of whose
   *  samples were set aside. */
  readonly newestAt: number
  readonly markedAt: number
  /** Read before others of its time (topic `critical`, or re-keyed from it): it makes nothing late
   *  and is never late. */
  readonly critical: boolean
  /** Instants before it are late: further behind the key's newest than `latenessMs`. −∞ where
   *  nothing is, as for critical records. The engine sets it, and `late`, for each job anew before
   *  its `apply`. */
  readonly lateBefore: number
  /** Whether the record's own instant is late. */
  readonly late: boolean
}

/** A value that a job derives. Writing the same id again replaces the earlier value; `value: null`
 *  deletes it. */
export type Output = {
  readonly topic: string
  readonly id: string
  /** The key of its record, by which it is partitioned. */
  readonly key: string
  readonly at: number
  readonly value: object | null
  /** Where it was derived from one record: whose, on which stream, and when that was received. For
   *  re-keying. */
  readonly from?: { readonly source: string; readonly stream: string; readonly receivedAt: number }
}

/** The times of a key, −∞ before the first record, and by what they are judged. It says so until
 *  the call it is given to returns, and no longer. */
export type Now = {
  /** The event time by which timers fire. For a job by vehicle the key time: the newest instant of
   *  that vehicle, less two seconds, going on with log time while the vehicle is silent; it goes
   *  back when the vehicle sends what it had kept. For other keys the watermark of the partition,
   *  which never goes back. */
  readonly eventAt: number
  /** How far the data reached, by which lateness of windows is judged, and what may be forgotten:
   *  `eventAt` without the time that passed in silence. In `apply` as it stood before the record.
   *  Does not go back, but once where the first instants of a vehicle were clock-marked. */
  readonly reachedAt: number
  /** Log time: the greatest append time read in the partition, marks included. */
  readonly logAt: number
  /** How far ahead of its receipt an instant may be without being clock-marked. Milliseconds. */
  readonly clockAheadMs: number
  /** The names of the timers that fired, event timers first, each in order of their instants. Empty
   *  in `apply`. */
  readonly fired: readonly string[]
}

/** The keyed state of one key in one job, Flink's MapState: small parts by family and id, each
 *  stored on its own, so that a long history costs only the part that changed. A part may be
 *  changed in place, and must then be put again. */
export interface JobState<Parts, Sides = object> {
  get<Family extends keyof Parts & string>(family: Family, id?: number | string): Parts[Family] | undefined
  put<Family extends keyof Parts & string>(family: Family, id: number | string | undefined, part: Parts[Family]): void
  delete(family: keyof Parts & string, id?: number | string): void
  /** Asks for `emit` once the key's event time has reached `at` (epoch milliseconds); at once when
   *  it has. A name has one instant: asking again replaces it. In Flink a key has a set of
   *  instants; name a timer by its instant for that. However far time jumps, a timer fires once. */
  timer(name: string, at: number): void
  /** The same on log time. Names are shared: a log timer replaces an event timer of its name. */
  logTimer(name: string, at: number): void
  cancel(name: string): void
  /** Puts the record into topic `late` as it came, with the reason. */
  late(input: Input, reason: string): void
  /** Tells metrics that a bound of the job left so many things out, by the name of the bound. */
  leftOut(bound: string, count: number): void
  /** The facts of a side input as they were at an event time. */
  side<Name extends keyof Sides & string>(name: Name): SideView<Sides[Name]>
}

/** Topics between a job that gives records other keys and the job that reads them: streams, of
 *  which nothing is replaced. */
export const isInternal = (topic: string): boolean => topic.endsWith('.keyed')

type Keys = { readonly vehicle: VehicleRef; readonly text: string }

/** A job whose records are keyed by vehicle, or else by any text (`keyedBy: 'text'`; see rekey.ts
 *  for how they come to be). */
export interface JobBy<KeyedBy extends keyof Keys, Parts, Sides = object> {
  readonly name: string
  /** The version of the form of its parts: state of another version is dropped and derived anew
   *  from the oldest kept record. */
  readonly version: number
  readonly keyedBy: KeyedBy
  /** Topics of the uplink log, `dead-letter` among them, and topics that jobs write. */
  readonly reads: readonly string[]
  /** The topics of its outputs, which the derived log is to be opened with. */
  readonly writes: readonly TopicSpec[]
  readonly codecs: PartCodecs<Parts>
  readonly sides?: { readonly [Name in keyof Sides]: Side<Sides[Name]> }
  /** How the watermark of a partition comes about; of no use to jobs by vehicle, which go by key
   *  time. `fleet()` when absent. */
  readonly time?: TimeStrategy
  /** Outputs of a key whose last value the engine remembers, so that equal ones are not said again;
   *  64 when absent, and with 0 all are said. A value that was forgotten is said again, which
   *  changes nothing. */
  readonly saidMax?: number
  /** The topic whose outputs are patches, and what holds after `patch` where `before` held. In all
   *  other topics an output replaces the one before. */
  readonly patches?: { readonly topic: string; add(before: object, patch: object): object }
  /** Whether its outputs are said with every batch, as somebody waits for them. Under load others
   *  are put off for a few batches, so that each key says once what many records led to. */
  readonly saysAtOnce?: boolean
  /** Takes one record into the state. */
  apply(state: JobState<Parts, Sides>, input: Input, now: Now): void
  /** The outputs that hold about a key: asked at the end of a batch, or of a few of them, for every
   *  key whose records were applied, and for a key whose timers are due, at once: before the next
   *  record is applied. Says what holds, as often as it likes: the engine drops what equals the
   *  last value of its id. An output that holds no more is said with `value: null`. */
  emit(state: JobState<Parts, Sides>, key: Keys[KeyedBy], now: Now): readonly Output[]
}

export type Job<Parts, Sides = object> = JobBy<'vehicle', Parts, Sides>
export type TextKeyedJob<Parts, Sides = object> = JobBy<'text', Parts, Sides>

/** A job whatever its parts: what the runner handles. */
export type AnyJob = Job<object> | TextKeyedJob<object>
