// Results of reading a recording: samples, the count of what was left out, and the one error it
// ends with.
import type { MappedSample } from '../mapping/open-mapping.ts'
import type { Notes } from './readers/notes.ts'

export type RecordedSample = MappedSample

/** Rows that the reading of a recording left out, counted as it goes. */
export type RecordingTally = {
  rows: number
  /** Rows with another number of fields than the header, and rows without a readable time: not
   *  played. */
  rowsSkipped: number
  /** Empty or invalid values by column. */
  readonly columns: Map<string, { empty: number; invalid: number }>
  /** The columns that the mapping reads and goes on without, with the names of the files that lack
   *  them. */
  readonly lacking: Map<string, string[]>
  /** In how many rows each column of JSON held an object. */
  readonly objects: Map<string, number>
  /** Notes of the reader of a form other than a table. */
  readonly notes: Notes
}

export const newRecordingTally = (): RecordingTally => ({
  rows: 0,
  rowsSkipped: 0,
  columns: new Map(),
  lacking: new Map(),
  objects: new Map(),
  notes: new Map(),
})

/** The recording cannot be read; the message names what is wrong and the remedy. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
  readonly code: 'file' | 'format' | 'column'

  constructor(code: 'file' | 'format' | 'column', message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
