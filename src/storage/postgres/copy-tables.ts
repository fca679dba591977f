// All tables of one database copied into another that has the same schema and no rows. Rows go as
// PostgreSQL's own text of a whole row, which every type reads back as it was written.
import { unusable } from './sql-outage.ts'
import type { Sql } from './sql.ts'

/** Text of rows that is read at a time; it passes through the memory of both databases and of this
 *  process. Values are packed on a page, so the size of one tells of the next, and of no other
 *  page: what is read at a time at most doubles. */
const bytesAtOnce = 4 * 2 ** 20
const pagesAtOnceMax = 256

type Table = {
  readonly name: string
  /** Of which table it is a partition, and of which values. */
  readonly parent: string | null
  readonly bound: string | null
  readonly pages: number
  /** All but those that PostgreSQL computes of the others. */
  readonly columns: readonly string[]
}

const tables = `select c.oid::regclass::text as name, i.inhparent::regclass::text as parent,
    pg_get_expr(c.relpartbound, c.oid) as bound,
    (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::integer as pages,
    (select json_agg(quote_ident(attname) order by attnum) from pg_attribute
      where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
  from pg_class c left join pg_inherits i on i.inhrelid = c.oid
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname <> 'schema_migrations'
  order by 1`

export type CopyOptions = {
  /** Left alone, with their partitions. */
  readonly without?: readonly string[]
  /** An earlier try was cut short: tables with as many rows as there should be stand, and the
   *  others are filled anew. Rows that are in these go first. */
  readonly goesOn?: boolean
  /** Told of each table, partitions under the name of theirs, with its rows. */
  readonly told?: (table: string, rows: number) => void
}

/** Gives the rows of each table, partitions under the name of theirs. Rejects with
 *  STORE_UNAVAILABLE when the counts of the two differ afterwards. */
export async function copyTables(
  from: Sql,
  into: Sql,
  { without = [], goesOn = false, told = () => {} }: CopyOptions = {},
): Promise<Readonly<Record<string, number>>> {
  const rows: Record<string, number> = {}
  for (const table of await from.query<Table>(tables)) {
    const { name, parent, bound } = table
    if (without.includes(parent ?? name)) continue
    if (parent !== null && bound !== null)
      await into.query(`create table ${goesOn ? 'if not exists ' : ''}${name} partition of ${parent} ${bound}`)
    const there = await count(from, name)
    if (!goesOn || (await count(into, name)) !== there) {
      if (goesOn) await into.query(`truncate ${name}`)
      await copyRows(from, into, table)
    }
    const here = await count(into, name)
    if (there !== here) throw unusable(`Of ${there} rows of the table ${name}, ${here} were copied.`)
    rows[parent ?? name] = (rows[parent ?? name] ?? 0) + here
    told(parent ?? name, here)
  }
  return rows
}

async function copyRows(from: Sql, into: Sql, { name, pages, columns }: Table): Promise<void> {
  for (let [page, pagesAtOnce] = [0, 1]; page < pages;) {
    const found = await from.query<{ readonly whole: string }>(
      `select row_of::text as whole from ${name} as row_of where ctid >= $1::tid and ctid < $2::tid`,
      [`(${page},0)`, `(${page + pagesAtOnce},0)`],
    )
    page += pagesAtOnce
    const bytes = found.reduce((sum, { whole }) => sum + whole.length, 0)
    const fitting = Math.floor((pagesAtOnce * bytesAtOnce) / Math.max(bytes, 1))
    pagesAtOnce = Math.max(1, Math.min(fitting, 2 * pagesAtOnce, pagesAtOnceMax))
    if (found.length === 0) continue
    // `offset 0` keeps the text of a row from being read once for each column.
    await into.query(
      `insert into ${name} (${columns.join()}) select ${columns.map((column) => `(given.whole).${column}`).join()} from
         (select value::${name} as whole from json_array_elements_text($1::json) offset 0) as given`,
      [JSON.stringify(found.map(({ whole }) => whole))],
    )
  }
}

async function count(sql: Sql, table: string): Promise<number> {
  const [row] = await sql.query<{ readonly rows: number }>(`select count(*) as rows from ${table}`)
  return row?.rows ?? 0
}
