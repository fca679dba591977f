// Sizes of tables, as PostgreSQL says them: by its files, without a look at a row. Hourly
// partitions are summed under their table.
import { readModels } from '../../read-models/read-models.ts'
import { tableNames, type StorageSize } from '../storage-size.ts'
import { hourMs } from './hourly-partitions.ts'
import type { Sql } from './sql.ts'

type Found = { readonly table: string; readonly bytes: number | null; readonly hour: number | null }

const names = tableNames(Object.keys(readModels))
const tables = `select whole.relname::text as "table", sum(pg_total_relation_size(part.oid))::bigint as bytes,
    min(substring(part.relname::text, '_h([0-9]+)$')::bigint) as hour
  from pg_class whole left join pg_inherits on inhparent = whole.oid
    join pg_class part on part.oid = coalesce(inhrelid, whole.oid)
  where whole.relnamespace = current_schema()::regnamespace and whole.relname in ('${names.join("', '")}')
  group by whole.relname order by whole.relname`
const writeLog = `select coalesce(sum(size), 0)::bigint as bytes, pg_size_bytes(current_setting('max_wal_size')) as "bytesMax"
  from pg_ls_waldir()`

/** `isOurs`: the server is, and lets us ask for all it writes. */
export async function sqlSize(sql: Sql, isOurs: boolean): Promise<StorageSize> {
  const found = await sql.query<Found>(tables)
  const [log = null] = isOurs ? await sql.query<NonNullable<StorageSize['writeLog']>>(writeLog) : []
  return {
    tables: found.map(({ table, bytes, hour }) => ({
      table,
      // Null of one whose last partition was dropped meanwhile.
      bytes: bytes ?? 0,
      oldestAt: hour === null ? null : hour * hourMs,
    })),
    writeLog: log,
  }
}
