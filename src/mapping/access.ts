// How rules reach what they read: of rows by the names of columns, of messages by places that are known once. So one set of rules reads both.
import type { Condition } from './mapping.ts'
import type { Row } from './row.ts'

/** Whether a condition holds, and whether its field was told just now rather than remembered. */
export type Held = 'no' | 'holds' | 'told'

export type Access<Source> = {
  /** Undefined where the field is not told. */
  readonly field: (field: string) => (source: Source) => unknown
  readonly condition: (condition: Condition) => (source: Source) => Held
}

/** In a row a field that is not there counts as an empty one. */
export const rowAccess: Access<Row> = {
  field: (field) => (row) => row[field],
  condition:
    ({ field, is }) =>
    (row) =>
      is.includes(row[field]?.trim() ?? '') ? 'holds' : 'no',
}
