// What a car publishes. Times are epoch milliseconds by the car's clock. A value is present, unchanged (absent),
// unavailable (null) or invalid ({ invalid: reason }); it is never made up.

/** A signal's value as the wire carries it. */
export type SignalValue = number | boolean | string | readonly string[] | null | { readonly invalid: string }

/** Values of signals at one instant, by VSS path. */
export type Sample = { readonly at: number; readonly signals: Readonly<Record<string, SignalValue>> }

/** Which message of which run of the car's unit: what the ledger counts by. */
export type MessageId = {
  /** One run of the car's unit: 8 random bytes, as 16 lower-case hexadecimal digits. */
  readonly boot: string
  /** Counter within (boot, stream), from 0. A safe integer. */
  readonly seq: number
}

export type SamplesMessage = MessageId & { readonly samples: readonly Sample[] }

/** Something that happened: `ignition-on`, `airbag`, `trouble-code` … */
export type EventMessage = MessageId & { readonly event: string; readonly at: number; readonly data: Readonly<Record<string, unknown>> }

export type Message = SamplesMessage | EventMessage
