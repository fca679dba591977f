// Messages that a car publishes. Times are epoch milliseconds by the car's clock. A value is
// present, unchanged (absent), unavailable (null) or invalid ({ invalid: reason }); it is never
// made up. Content that has no place in that is set aside, and counted.

/** A value that came and is none: the reason (signal-value.ts), and what came, where that is a
 *  number, a truth value or a text; of anything else, and of long texts, the beginning of its
 *  JSON. */
export type InvalidValue = { readonly invalid: string; readonly value?: number | boolean | string }

/** A signal's value as the wire carries it. */
export type SignalValue = number | boolean | string | readonly string[] | null | InvalidValue

export const isInvalid = (value: SignalValue): value is InvalidValue =>
  typeof value === 'object' && value !== null && 'invalid' in value

/** Whose clock told an instant where it is not that of the measurement, from the one that says most
 *  of it to the one that says least: whoever sent it told when, a server on the way, or whoever
 *  received it. */
export const sampleClocks = ['sent', 'server', 'received'] as const
export type SampleClock = (typeof sampleClocks)[number]

/** How little an instant says of the measurement: 0 is its own, 3 a receipt. Of values that count
 *  as one the greatest holds. */
export type ClockRank = 0 | 1 | 2 | 3
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there are three words
export const clockRank = (clock: SampleClock | null | undefined): ClockRank =>
  clock === undefined || clock === null ? 0 : ((sampleClocks.indexOf(clock) + 1) as ClockRank)

/** The word of a rank; null of 0. */
export const clockOfRank = (rank: number): SampleClock | null => sampleClocks[rank - 1] ?? null

/** Values of signals at one instant, by VSS path. Absent: the car measured them then. */
export type Sample = {
  readonly at: number
  readonly signals: Readonly<Record<string, SignalValue>>
  readonly clock?: SampleClock
}

/** Content of a message that is set aside beside what is good: things of one reason and, where it
 *  is a signal, of one path. */
export type SetAside = {
  /** The path as it came, at most `messageLimits.pathChars` of it; of a field of the message its
   *  name; null for a whole sample. */
  readonly path: string | null
  /** `path`, `too-many-signals`: a signal. `sample`, `too-many-samples`, `time-…` (instant.ts): a
   *  sample. `more`: there are too many kinds to tell them apart. Others are about the field that
   *  `path` names. */
  readonly reason: string
  /** The first of them: the index of its sample in the message as it was sent, 0 for a field of the
   *  message. */
  readonly sample: number
  /** The first of them as it came: the beginning of its JSON. */
  readonly value: string
  /** How many there are. */
  readonly count: number
}

/** Which message of which run of the car's unit: what the ledger counts by. */
export type MessageId = {
  /** One run of the car's unit: 8 random bytes, as 16 lower-case hexadecimal digits. */
  readonly boot: string
  /** Counter within (boot, stream), from 0. A safe integer. */
  readonly seq: number
}

/** Absent where there is nothing. */
type WithSetAside = MessageId & { readonly setAside?: readonly SetAside[] }

/** Its samples are those that are good, in the order sent: none where all were set aside. Their
 *  instants are of 2000 to 2100. `invalid` is how many of the values are; `deployed` which of the
 *  samples, by index, tell a deployed airbag of a seat that the catalogue does not know, so that
 *  nobody has to look for one in all others. Both are absent where there is none. */
export type SamplesMessage = WithSetAside & {
  readonly samples: readonly Sample[]
  readonly invalid?: number
  readonly deployed?: readonly number[]
}

/** Something that happened: `ignition-on`, `airbag`, `trouble-code` … It is taken whatever its
 *  instant: `at` is at least 0, and 0 where none could be read, which `setAside` then tells. */
export type EventMessage = WithSetAside & {
  readonly event: string
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}

export type Message = SamplesMessage | EventMessage
