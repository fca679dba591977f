/** Why a record is not written to its store: a metric label. `refused-by-store`: the database
 *  cannot hold the row; `expired`: its retention is over already; the rest says what is wrong with
 *  the record. */
export type RowRefusal =
  | 'id'
  | 'key'
  | 'not-json'
  | 'shape'
  | 'another-vehicle'
  | 'too-deep'
  | 'expired'
  | 'refused-by-store'
