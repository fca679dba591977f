// The look at a server before anything is written there: its version, what its user may do, and why
// it refuses, each with the remedy.
import { Outage } from '../../base/errors.ts'
import { waitOut, type Pauses } from '../../base/wait-out.ts'
import { pgPlace, type PgServer } from './pg-sql.ts'
import { isToMend, quoted, readOnlyFault, readOnlyRemedy } from './server-fault.ts'
import { unusable } from './sql-outage.ts'
import type { Sql } from './sql.ts'

/** MERGE is new in 15. */
const versionMin = 15

export type ServerFacts = {
  readonly version_num: number
  readonly version: string
  readonly encoding: string
  readonly is_read_only: boolean
  readonly schema: string | null
  readonly may_create: boolean | null
  readonly strange_table: string | null
}

/** Partitions are made by the owner of their table alone, in a schema where he may create. */
const look = `select current_setting('server_version_num')::integer as version_num, current_setting('server_version') as version,
  current_setting('server_encoding') as encoding, current_setting('transaction_read_only') = 'on' as is_read_only,
  current_schema() as schema, has_schema_privilege(current_schema(), 'create') as may_create,
  (select min(relname::text) from pg_class where oid in (to_regclass('schema_migrations'), to_regclass('messages'))
    and not pg_has_role(relowner, 'usage')) as strange_table`

/** Rejects with an Outage, STORE_UNAVAILABLE or the code of a fault (server-fault.ts): retryable
 *  where the server may answer later, and not where somebody must mend something first. Both say
 *  what the remedy is. */
export async function checkServer(sql: Sql, server: PgServer): Promise<void> {
  const fault = (await firstAnswer<ServerFacts>(sql, look)).map((found) => serverFault(found, server))[0]
  if (fault !== undefined) throw unusable(`The database ${pgPlace(server)} (ROADSTREAM_POSTGRES) ${fault}.`)
}

const pauses: Pauses = { firstMs: 100, longestMs: 2_000 }

/** The same of a server that may be away: one that is started with this machine needs a moment. */
export async function awaitServer(sql: Sql, server: PgServer, awayMsMax = 30_000): Promise<void> {
  // The last try is by itself: it says why when the time is over.
  const isThere = await waitOut(
    () => checkServer(sql, server).then(() => true),
    pauses,
    AbortSignal.timeout(awayMsMax),
    () => {},
  )
  if (isThere !== true) await checkServer(sql, server)
}

/** The rows of the first query to a server; rejects as `checkServer` does where it has none to
 *  give. */
export async function firstAnswer<Row>(sql: Sql, text: string): Promise<readonly Row[]> {
  try {
    return await sql.query<Row>(text)
  } catch (error) {
    if (!(error instanceof Outage) || !isToMend(error)) throw error
    throw new Outage(error.code, error.message, { retryable: false, cause: error.cause })
  }
}

/** Why a server that answers cannot be used, with the remedy; undefined when it can. */
export function serverFault(found: ServerFacts, { user, database }: PgServer): string | undefined {
  const { version, version_num, encoding, is_read_only, schema, may_create, strange_table } = found
  if (version_num < versionMin * 10_000)
    return `is PostgreSQL ${version}, and Roadstream needs ${versionMin} or later: upgrade that server, or name another one`
  if (encoding !== 'UTF8')
    return `has the encoding ${encoding}: make one with \`create database … encoding 'UTF8' template template0\``
  if (is_read_only) return `${readOnlyFault}: ${readOnlyRemedy}`
  if (schema === null)
    return `has no schema for the user ${user}: \`create schema authorization ${quoted(user)}\`, or set its search_path`
  if (may_create !== true)
    return `does not let the user ${user} create tables in the schema ${schema}: \`grant create on schema ${quoted(schema)} to ${quoted(user)}\`, or make that user the owner of the database: \`alter database ${quoted(database)} owner to ${quoted(user)}\``
  if (strange_table !== null)
    return `has the table ${strange_table} of another owner than the user ${user}: name that owner in ROADSTREAM_POSTGRES, or change the owner of all tables`
  return undefined
}
