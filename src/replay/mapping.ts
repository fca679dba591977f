// A mapping says how one kind of recording becomes VSS signals: which column is which signal, in which unit, what stands
// for "no value", how time is written, and what splits the rows. It is data: a new recording needs a file under mappings/
// and a line in mapping-catalogue.ts. What the catalogue of signals does not know is not mapped.
import type { SignalValue } from '../model/message.ts'
import type { RecordedUnit } from './units.ts'

export type Mapping = {
  readonly name: string
  /** One line for people: what is recorded, where it comes from, and under which licence. */
  readonly about: string
  readonly delimiter: ',' | ';'
  readonly time: TimeRule
  readonly segments: SegmentRule
  /** Said once, with the first sample of each segment. */
  readonly constants?: Readonly<Record<string, SignalValue>>
  readonly signals: readonly SignalRule[]
}

/** How a row's instant is read. Seconds and rows count from the segment's start: the recording's own where `startTable` or
 *  the caller knows it, else `startAt`; a further segment of the same file then starts `gapMs` after the end of the one before. */
export type TimeRule =
  | { readonly kind: 'utc'; readonly column: string }
  | { readonly kind: 'local'; readonly column: string; readonly zone: string }
  | { readonly kind: 'seconds'; readonly column: string; readonly startAt: number; readonly startTable?: StartTable }
  | { readonly kind: 'rows'; readonly periodMs: number; readonly startAt: number; readonly gapMs: number }

/** A file beside the recording that says when each segment started, in the local time of `zone`. */
export type StartTable = { readonly file: string; readonly keyColumn: string; readonly timeColumn: string; readonly zone: string }

/** What splits the rows: a column, or the file itself, named as the file is up to its first dot. `of` says what a segment is
 *  in truth: trips may be played as one car, vehicles may not. */
export type SegmentRule =
  | { readonly by: 'column'; readonly column: string; readonly of: 'trip' | 'vehicle' }
  | { readonly by: 'file'; readonly of: 'trip' }

/** One signal. The value is ((column - minus) * sign) in `unit`, converted to the signal's VSS unit; or the product of two columns in `unit`. */
export type SignalRule = {
  readonly signal: string
  readonly column: string
  /** A second column to multiply with: `unit` is then the product's. */
  readonly times?: string
  readonly unit?: RecordedUnit
  readonly minus?: number
  readonly sign?: -1
  /** Texts that mean "no value", besides an empty field. */
  readonly missing?: readonly string[]
  /** Codes and the VSS text each stands for; any other code is invalid. */
  readonly texts?: Readonly<Record<string, string>>
}
