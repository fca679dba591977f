// A folder of PGlite as the last release with it left one: its schema, many rows in each table, and
// users. Rows are older than any log, so that nothing can be made again. And the content of a
// database as one count and digest a table.
import { silentLogger } from '../../src/base/logger.ts'
import { migrate } from '../../src/storage/postgres/migrate.ts'
import { openPgliteSql } from '../../src/storage/postgres/pglite-sql.ts'
import { migrations } from '../../src/storage/postgres/sql-storage.ts'
import type { Sql } from '../../src/storage/postgres/sql.ts'

const schemaOfPglite = 9
const hourMs = 3_600_000
/** A month of hours, each of which is a table of its own. */
const hours = 720
const beganAt = Date.UTC(2024, 0, 1)

const id = (kind: string): string => `'${kind}' || n as id, 'acme' as tenant, 'v' || n % 5000 as vehicle`
const at = `${beganAt} + n * 1000`
/** Texts as they come, with what has a meaning in a row's own text. */
const text = `(array['', ' ', ',"\\', '(a)', 'it''s', '{}', 'null', 'ä😀', e'\\n'])[n % 9 + 1] || n`
const signals = (count: number): string =>
  `(select jsonb_object_agg('Vehicle.Signal' || s, jsonb_build_array(sin(n + s), ${at})) from generate_series(1, ${count}) as s)`

/** By table: its columns, and their values for the row `n`. */
const contents: Readonly<Record<string, readonly [columns: string, values: string]>> = {
  twins: [
    'tenant, vehicle, at, powertrain, speed_kmh, received_at, car_clock, signals, recent',
    `'acme', 'v' || n, ${at}, 'ELECTRIC', sin(n) * 1e-9, ${at} + 50, '{"offsetMs":-50}'::jsonb, ${signals(40)}, ${signals(4)}`,
  ],
  trips: [
    `id, tenant, vehicle, start_at, end_at, status, ended_by, start_lat, start_lon, distance_m, duration_ms, samples,
      max_speed_kmh, received_at`,
    `${id('trip')}, ${at}, ${at} + 60000, 'ended', 'ignition', sin(n) * 90, cos(n) * 180, sin(n) * 1e-9, 60000, n, 5e-324,
      ${at} + 60050`,
  ],
  tracks: [
    'id, tenant, vehicle, minute_at, at, lat, lon, speed_kmh',
    `${id('track')}, ${at}, array(select ${at} + s * 1000 from generate_series(0, 59) as s),
      array(select sin(n + s) * 90 from generate_series(0, 59) as s), array(select cos(n + s) * 180 from generate_series(0, 59) as s),
      array_fill(null::double precision, array[60])`,
  ],
  alerts: [
    'id, tenant, vehicle, kind, severity, at, place_lat, place_lon, evidence, received_at, status',
    `${id('alert')}, 'crash', 'critical', ${at}, sin(n) * 90, null, jsonb_build_object('peak', cos(n), 'text', ${text}),
      ${at} + 200, 'confirmed'`,
  ],
  ledger: [
    'id, tenant, vehicle, stream, sent, received, stored, duplicate, late, refused, missing, last_at, last_received_at',
    `${id('ledger')}, 'telemetry', n, n, n, 0, 0, 0, 0, ${at}, null`,
  ],
  anomalies: [
    'id, tenant, vehicle, kind, count, parts, last_received_at',
    `${id('anomaly')}, 'doubted', n, jsonb_build_array(jsonb_build_object('subject', ${text}, 'count', n)), ${at}`,
  ],
  messages: [
    'id, tenant, vehicle, stream, at, received_at, body',
    `'event/0/' || n, 'acme', 'v' || n % 5000, 'event', ${beganAt}::bigint + n % ${hours} * ${hourMs}::bigint,
      ${beganAt}::bigint + n % ${hours} * ${hourMs}::bigint + n % 1000, jsonb_build_object('seq', n, 'text', ${text}, 'number', 12345678901234567890.5)`,
  ],
  users: ['id, name, password_hash, role, tenant', `'u' || n, 'Ünal ' || n, '$scrypt,' || n || '"', 'viewer', 'acme'`],
  sink_positions: ['sink, log_partition, next_offset', `'sink' || n, 'event/' || n, n`],
}

/** In many statements, each of which PGlite holds in memory. */
const rowsAtOnce = 10_000

/** Makes the database in `dir`, with so many rows in each table. */
export async function fillOldDatabase(dir: string, rows: number): Promise<void> {
  await using sql = await openPgliteSql({ dir, logger: silentLogger })
  await migrate(sql, migrations.slice(0, schemaOfPglite))
  const firstHour = beganAt / hourMs
  await sql.transaction(
    Array.from({ length: hours }, (_, n) => firstHour + n).map((hour) => ({
      text: `create table messages_h${hour} partition of messages for values from (${hour * hourMs}) to (${(hour + 1) * hourMs})`,
    })),
  )
  for (const [table, [columns, values]] of Object.entries(contents))
    for (let from = 0; from < rows; from += rowsAtOnce)
      await sql.query(
        `insert into ${table} (${columns}) select ${values}
         from generate_series(${from}::bigint, ${Math.min(from + rowsAtOnce, rows) - 1}::bigint) as n`,
      )
}

export type Content = Readonly<Record<string, string>>

/** Of each table of `like`, or all there are: how many rows, and the sum of their digests, which
 *  goes by no order; of the columns that the old database has. */
export async function contentOf(sql: Sql, like?: ReadonlyMap<string, string>): Promise<Content> {
  const content: Record<string, string> = {}
  for (const [table, columns] of like ?? (await columnsIn(sql))) {
    const part = (from: number): string => `sum(('x' || substr(digest, ${from}, 15))::bit(60)::bigint)`
    const [found] = await sql.query<{ readonly text: string }>(
      `select concat_ws(' ', count(*), ${part(1)}, ${part(16)}) as text
       from (select md5(row_of::text) as digest from (select ${columns} from ${table}) as row_of) as rows`,
    )
    content[table] = found?.text ?? ''
  }
  return content
}

/** By table, partitions in theirs. */
export async function columnsIn(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const tables = await sql.query<{ readonly name: string; readonly columns: string }>(
    `select relname::text as name, string_agg(quote_ident(attname), ', ' order by attnum) as columns
     from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
     where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace
       and relname <> 'schema_migrations' group by 1 order by 1`,
  )
  return new Map(tables.map(({ name, columns }) => [name, columns]))
}
