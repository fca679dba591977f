// The writing side every store has: deletions, upserts and positions as one transaction of
// set-based statements.
import type { Positions } from '../../eventlog/event-log.ts'
import type { Change, Projection } from '../projection.ts'
import type { Sql, Statement } from './sql.ts'
import { storableJson } from './storable-json.ts'

export type SqlProjection<Row> = {
  /** Names the positions. */
  readonly sink: string
  /** The statements for a batch in which no id occurs twice. */
  readonly statements: (
    puts: readonly (Change<Row> & { readonly row: Row })[],
    deletes: readonly string[],
  ) => readonly Statement[]
  /** When an id has two rows in a batch; the later one by default. */
  readonly merge?: (before: Row, after: Row) => Row
}

export function openSqlProjection<Row>(sql: Sql, { sink, statements, merge }: SqlProjection<Row>): Projection<Row> {
  const stored = openSqlPositions(sql, sink)
  return {
    positions: () => stored.positions(),
    async put(changes, positions) {
      const { puts, deletes } = conflate(changes, merge)
      await sql.transaction([...statements(puts, deletes), ...stored.statements(positions)])
    },
  }
}

/** The positions of one sink. */
export function openSqlPositions(sql: Sql, sink: string) {
  return {
    async positions(): Promise<Positions> {
      type Found = { readonly log_partition: string; readonly next_offset: number }
      const rows = await sql.query<Found>('select log_partition, next_offset from sink_positions where sink = $1', [
        sink,
      ])
      return Object.fromEntries(rows.map((row) => [row.log_partition, row.next_offset]))
    },
    statements: (positions: Positions): Statement[] => positionStatements(sink, positions),
  }
}

/** Deletes come first, so an id that was forgotten and put again is in both. */
function conflate<Row>(
  changes: readonly Change<Row>[],
  merge: ((before: Row, after: Row) => Row) | undefined,
): { readonly puts: (Change<Row> & { readonly row: Row })[]; readonly deletes: string[] } {
  const rows = new Map<string, Row>()
  const deleted = new Set<string>()
  for (const { id, row } of changes) {
    if (row === null) {
      deleted.add(id)
      rows.delete(id)
    } else {
      const before = rows.get(id)
      rows.set(id, before === undefined || merge === undefined ? row : merge(before, row))
    }
  }
  return { puts: Array.from(rows, ([id, row]) => ({ id, row })), deletes: [...deleted] }
}

function positionStatements(sink: string, positions: Positions): Statement[] {
  if (Object.keys(positions).length === 0) return []
  return [
    {
      text: `insert into sink_positions as known (sink, log_partition, next_offset)
             select $1, key, value::bigint from json_each_text($2::json)
             on conflict (sink, log_partition) do update set next_offset = excluded.next_offset
             where known.next_offset <> excluded.next_offset`,
      params: [sink, JSON.stringify(positions)],
    },
  ]
}

/** A statement over rows given as one JSON text; none when there are none. */
export const overRows = (text: string, rows: readonly unknown[]): Statement[] =>
  rows.length === 0 ? [] : [{ text, params: [storableJson(rows)] }]

/** The same of rows that are JSON text already. */
export const overTexts = (text: string, rows: readonly string[]): Statement[] =>
  rows.length === 0 ? [] : [{ text, params: [`[${rows.join()}]`] }]

/** `delete` by the primary key `id`. */
export const deleteById = (table: string, ids: readonly string[]): Statement[] =>
  overRows(`delete from ${table} where id in (select json_array_elements_text($1::json))`, ids)
