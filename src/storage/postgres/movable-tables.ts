// The tables of an installation as a whole, to be carried from one database to another: copied,
// compared, and told where the writers read on in a log that was moved. They are nobody's
// meanwhile: the caller sees to it that no writer runs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lockFolder } from '../../base/folder-lock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Positions } from '../../eventlog/event-log.ts'
import { copyTables } from './copy-tables.ts'
import { openServer } from './embedded/server.ts'
import { schemaVersion } from './migrate.ts'
import { awaitServer } from './pg-check.ts'
import { openPgSql, pgPlace, type PgServer } from './pg-sql.ts'
import { bringUpToDate } from './pg-upgrade.ts'
import { unusable } from './sql-outage.ts'
import { messageIndexSink, messageIndexTable } from './sql-message-index.ts'
import { migrations } from './sql-storage.ts'
import type { Sql } from './sql.ts'

/** By the name of each writer's store. */
export type SinkPositions = Readonly<Record<string, Positions>>
/** Rows of a table, and a sum over all of them that does not depend on their order. */
export type TableSum = { readonly rows: number; readonly digest: string }

export type MovableTables = AsyncDisposable & {
  /** As people are told it. */
  readonly place: string
  readonly sql: Sql
  positions(): Promise<SinkPositions>
  /** In one transaction, in place of those there are. */
  putPositions(positions: SinkPositions): Promise<void>
  /** By table that goes along, but that of the positions. */
  sums(): Promise<Readonly<Record<string, TableSum>>>
}

export type MovableOptions = {
  /** Locked; holds the embedded database where `server` is not given. */
  readonly dir: string
  readonly server?: PgServer
  readonly logger: Logger
}

const positionsTable = 'sink_positions'
/** The index of raw messages is that of one log, and is made anew of the one that was filled. */
const leftTables = [positionsTable, messageIndexTable]

/** Opens tables to be read, which this version has brought up to date before. Rejects with
 *  STORE_IN_USE, and STORE_UNAVAILABLE with the remedy. */
export async function openTablesToRead(options: MovableOptions): Promise<MovableTables> {
  const { dir, server } = options
  const old = server === undefined && !existsSync(join(dir, 'cluster'))
  if (old)
    throw unusable(
      `${dir} holds no database of this version: start Roadstream once with it, and stop it, before a move.`,
    )
  await using opening = new AsyncDisposableStack()
  const tables = opening.use(await open(options))
  if ((await schemaVersion(tables.sql, migrations)) !== migrations.length)
    throw unusable(
      `The tables of ${tables.place} are not those of this version: start Roadstream once with it, and stop it, before a move.`,
    )
  opening.move()
  return tables
}

/** Opens tables to be filled by the move `id`, made where they are missing. `goesOn` tells that an
 *  earlier try of the same move has begun to. Rejects with STORE_UNAVAILABLE where there are rows
 *  of somebody else. */
export async function openTablesToFill(
  options: MovableOptions,
  id: string,
): Promise<MovableTables & { readonly goesOn: boolean }> {
  await using opening = new AsyncDisposableStack()
  const tables = opening.use(await open(options, true))
  const { sql, place } = tables
  const [said] = await sql.query<{ readonly comment: string | null }>(
    `select obj_description('schema_migrations'::regclass) as comment`,
  )
  const goesOn = said?.comment === commentOf(id)
  if (!goesOn) {
    const kept = Object.entries(await tables.sums()).find(([, { rows }]) => rows > 0)
    if (kept !== undefined)
      throw unusable(
        `The database ${place} has rows already (${kept[1].rows} in ${kept[0]}), and a move fills only an empty one: name another database or schema in ROADSTREAM_POSTGRES, or remove what is there.`,
      )
    await sql.query(`comment on table schema_migrations is '${commentOf(id)}'`)
  }
  opening.move()
  return { ...tables, goesOn }
}

/** Says in a database whose it is. */
const commentOf = (id: string): string => `filled by the move ${id.replaceAll(/\W/g, '')}`

/** Copies what is missing, and gives what each table has. */
export const copyInto = (
  from: MovableTables,
  into: MovableTables & { readonly goesOn: boolean },
  told: (table: string, rows: number) => void,
): Promise<Readonly<Record<string, number>>> =>
  copyTables(from.sql, into.sql, { without: leftTables, goesOn: into.goesOn, told })

async function open({ dir, server, logger }: MovableOptions, isFilled = false): Promise<MovableTables> {
  await using opening = new AsyncDisposableStack()
  // The folder of tables that are filled on a server is held by whoever reads them.
  if (server === undefined || !isFilled) opening.use(await lockFolder(dir))
  const address = server ?? opening.use(await openServer({ dir, logger })).address
  const sql = opening.use(openPgSql({ server: address, logger, connectionsMax: 1, statementTimeoutMs: 0 }))
  const place = server === undefined ? dir : pgPlace(server)
  if (server !== undefined) await awaitServer(sql, server)
  if (isFilled) await bringUpToDate(address, logger)
  const opened = opening.move()
  return {
    place,
    sql,
    positions: () => positionsOf(sql),
    putPositions: (positions) => putPositions(sql, positions),
    sums: () => sumsOf(sql),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function positionsOf(sql: Sql): Promise<SinkPositions> {
  type Found = { readonly sink: string; readonly log_partition: string; readonly next_offset: number }
  const found = await sql.query<Found>(`select sink, log_partition, next_offset from ${positionsTable}
     where not starts_with(sink, '${messageIndexSink}') order by 1, 2`)
  const sinks: Record<string, Record<string, number>> = {}
  for (const { sink, log_partition, next_offset } of found) (sinks[sink] ??= {})[log_partition] = next_offset
  return sinks
}

const putPositions = (sql: Sql, positions: SinkPositions): Promise<void> =>
  sql.transaction([
    { text: `delete from ${positionsTable}` },
    {
      text: `insert into ${positionsTable} (sink, log_partition, next_offset)
             select sink.key, place.key, place.value::bigint from json_each($1::json) as sink, json_each_text(sink.value) as place`,
      params: [JSON.stringify(positions)],
    },
  ])

/** Rows as text, as they were copied: sixty bits of a hash of each, summed. */
async function sumsOf(sql: Sql): Promise<Readonly<Record<string, TableSum>>> {
  const names = await sql.query<{ readonly name: string }>(
    `select c.oid::regclass::text as name from pg_class c where c.relkind in ('r', 'p') and not c.relispartition
       and c.relnamespace = current_schema()::regnamespace and c.relname not in ('schema_migrations', '${leftTables.join("', '")}')
     order by 1`,
  )
  const sums: Record<string, TableSum> = {}
  for (const { name } of names) {
    const [sum] = await sql.query<TableSum>(
      `select count(*) as rows, coalesce(sum(('x' || left(encode(sha256(convert_to(row_of::text, 'UTF8')), 'hex'), 15))
         ::bit(60)::bigint::numeric), 0)::text as digest from ${name} as row_of`,
    )
    sums[name] = sum ?? { rows: 0, digest: '0' }
  }
  return sums
}
