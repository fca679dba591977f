// The memory of the ledger of a vehicle. A message costs the small parts of its own stream and
// boot, however many there were.
import type { SeqSet } from '../../engine/seq-set.ts'
import type { Tally } from '../tally.ts'
import type { AnomalyKind } from '../../model/anomaly.ts'
import type { Ten } from './backs.ts'
import type { Payloads } from './payloads.ts'
import type { BootSpan, ReceiptSpan } from './units.ts'

/** One boot's messages in one stream. */
export type BootCount = {
  readonly stored: SeqSet
  readonly refused: SeqSet
  /** Those with an instant that is marked. */
  readonly marked: SeqSet
  /** Messages under a number that another one has. */
  reused: number
  /** Of those that were not refused; null where all were. */
  span: ReceiptSpan | null
  /** When which numbers were measured, ascending, and how often the clock went back by that. */
  readonly tens: Ten[]
  back: number
}

export type StreamCount = {
  /** Numbers from 0 to the highest of each boot, without those jumped over. */
  counted: number
  /** Numbers further above all others of their boot than a unit can have come: they are counted,
   *  what lies between is not. */
  jumps: number
  received: number
  /** Distinct numbers. */
  numbers: number
  /** Messages under a number that another one has, beyond the first. */
  reused: number
  late: number
  /** Refused, and told apart by boot and seq. */
  refused: number
  /** Refused, with no boot and seq to be read. */
  unreadable: number
  /** Distinct numbers of messages with an instant that is marked. */
  clock: number
  /** How often the clock went back while a unit ran. */
  back: number
  lastAt: number
  lastReceivedAt: number
  /** The newest receipt of a message with a number past what a unit may jump over, of a compared
   *  number of a boot that uses them twice, and of a boot whose clock went back; 0 where there was
   *  none. */
  highReceivedAt: number
  reusedReceivedAt: number
  backReceivedAt: number
}

/** The boots counted apart in one stream, and up to when those that no longer are had begun. */
export type KnownBoots = { readonly boots: [boot: string, firstAt: number][]; forgottenAt: number }

/** The kinds of anomaly that the ledger counts. */
export const ledgerKinds = [
  'refused',
  'invalid',
  'units',
  'reused',
  'number',
  'clock',
] as const satisfies readonly AnomalyKind[]
export type LedgerKind = (typeof ledgerKinds)[number]

/** Causes of the anomalies of the vehicle, beside the counts of its streams, and which kinds were
 *  said last. */
export type Causes = {
  readonly streams: string[]
  readonly refused: Tally
  readonly invalid: Tally
  readonly clock: Tally
  readonly spans: BootSpan[]
  said: readonly LedgerKind[]
}

/** The boots of streams that changed, as `partOf` names them, and the log time when that is said at
 *  the earliest; −1 = at once. */
export type LedgerNews = { readonly parts: string[]; dueAt: number }

/** Names a boot in a stream; `boot` is empty where a message does not tell it. */
export const partOf = (stream: string, boot: string): string => `${stream}/${boot}`
export const streamAndBootOf = (part: string): readonly [stream: string, boot: string] => {
  const slash = part.indexOf('/')
  return [part.slice(0, slash), part.slice(slash + 1)]
}

export type LedgerParts = {
  stream: StreamCount
  boot: BootCount
  payloads: Payloads
  boots: KnownBoots
  causes: Causes
  news: LedgerNews
}

/** Boots counted apart in one stream of a vehicle: some weeks' worth. A message of an older boot
 *  counts as late and, as it can no longer be told apart, as a duplicate. */
export const countedBootsMax = 128

export const newStream = (): StreamCount => ({
  counted: 0,
  jumps: 0,
  received: 0,
  numbers: 0,
  reused: 0,
  late: 0,
  refused: 0,
  unreadable: 0,
  clock: 0,
  back: 0,
  lastAt: 0,
  lastReceivedAt: 0,
  highReceivedAt: 0,
  reusedReceivedAt: 0,
  backReceivedAt: 0,
})
