// How rules reach what they read: of rows by the names of columns, of messages by places that are
// known once. So one set of rules reads both.
import type { Condition } from './mapping.ts'
import type { Cells } from './row.ts'
import { openWords } from './values.ts'

/** Whether a condition holds, and whether its field was told just now rather than remembered. */
export type Holding = 'no' | 'holds' | 'told'

export type Access<Source> = {
  /** Undefined where the field is not told. */
  readonly field: (field: string) => (source: Source) => unknown
  /** Of a field that stands in a thing with others, whether that thing is told; undefined for one
   *  that stands alone. */
  readonly isAround: (field: string) => ((source: Source) => boolean) | undefined
  readonly condition: (condition: Condition) => (source: Source) => Holding
}

/** In a row a field that is not there counts as an empty one. */
export const rowAccess: Access<Cells> = {
  field: (field) => (row) => row[field],
  isAround: () => undefined,
  condition: ({ field, is }) => {
    const holds = openWords(is)
    return (row) => (holds(row[field] ?? '') ? 'holds' : 'no')
  },
}
