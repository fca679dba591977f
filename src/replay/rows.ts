// A recording is read in two steps: a reader turns its bytes into rows of named fields, a mapping
// turns rows into samples. Invariant: a reader holds a bounded part of its file, whatever is in it,
// and makes up no field.
import type { Row } from '../mapping/row.ts'

export type { Row } from '../mapping/row.ts'

/** `line`: where the row began, the first line of the file is 1. */
export type NumberedRow = { readonly row: Row; readonly line: number }

/** Bytes come unpacked. Rejects with a `RecordingError` (`format`) whose message names the line,
 *  what is wrong and the remedy, and not the file, which the caller puts before it. Rows that
 *  cannot be read are passed on as they are, or counted; they end nothing. */
export type Reader = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<NumberedRow>
