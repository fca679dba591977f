// The look at a server before anything is written there: its version, what its user may do, and why
// it refuses, each with the remedy.
import { Outage } from '../../base/errors.ts'
import { waitOut, type Pauses } from '../../base/wait-out.ts'
import { pgConnectTimeoutMs, pgPlace, type PgServer } from './pg-sql.ts'
import { saidBy, unavailable, unusable } from './sql-outage.ts'
import type { Sql } from './sql.ts'

/** MERGE is new in 15. */
const versionMin = 15
/** Of the driver's time limit: clocks and timers differ by a little. */
const nearlyAll = 0.95

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

/** The setting in which a server is named. */
type SettingName = 'ROADSTREAM_POSTGRES' | 'ROADSTREAM_POSTGRES_REPLICA'

/** Rejects with Outage STORE_UNAVAILABLE: retryable where the server may answer later, and not
 *  where somebody must mend something first. Both say what the remedy is. */
export async function checkServer(sql: Sql, server: PgServer): Promise<void> {
  const fault = (await firstAnswer<ServerFacts>(sql, server, look)).map((found) => serverFault(found, server))[0]
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
export async function firstAnswer<Row>(
  sql: Sql,
  server: PgServer,
  text: string,
  setting: SettingName = 'ROADSTREAM_POSTGRES',
): Promise<readonly Row[]> {
  const begunAt = performance.now()
  try {
    return await sql.query<Row>(text)
  } catch (error) {
    throw refusalOf(error, server, performance.now() - begunAt, setting)
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Why a server that answers cannot be used, with the remedy; undefined when it can. */
export function serverFault(found: ServerFacts, { user, database }: PgServer): string | undefined {
  const { version, version_num, encoding, is_read_only, schema, may_create, strange_table } = found
  if (version_num < versionMin * 10_000)
    return `is PostgreSQL ${version}, and Roadstream needs ${versionMin} or later: upgrade that server, or name another one`
  if (encoding !== 'UTF8')
    return `has the encoding ${encoding}: make one with \`create database … encoding 'UTF8' template template0\``
  if (is_read_only)
    return 'takes no changes (a standby, or default_transaction_read_only is on): name the server that takes them'
  if (schema === null)
    return `has no schema for the user ${user}: \`create schema authorization ${quoted(user)}\`, or set its search_path`
  if (may_create !== true)
    return `does not let the user ${user} create tables in the schema ${schema}: \`grant create on schema ${quoted(schema)} to ${quoted(user)}\`, or make that user the owner of the database: \`alter database ${quoted(database)} owner to ${quoted(user)}\``
  if (strange_table !== null)
    return `has the table ${strange_table} of another owner than the user ${user}: name that owner in ROADSTREAM_POSTGRES, or change the owner of all tables`
  return undefined
}

/** By SQLSTATE, or the code of Node: it and its remedy, for what does not pass by itself. */
const refusals: readonly (readonly [codes: RegExp, why: (server: PgServer, setting: SettingName) => string])[] = [
  [
    /^28/,
    ({ user }, setting) =>
      `refuses the user ${user} or its password: check ${setting} and ROADSTREAM_POSTGRES_PASSWORD_FILE, and pg_hba.conf of that server, which says who may come from where and whether TLS is needed (sslmode)`,
  ],
  [
    /^3D000$/,
    ({ database, user }) =>
      `is not there: \`create database ${quoted(database)} owner ${quoted(user)} encoding 'UTF8' template template0\`, or name another one`,
  ],
  [
    /^42501$/,
    ({ database, user }) =>
      `does not let the user ${user} connect: \`grant connect on database ${quoted(database)} to ${quoted(user)}\``,
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    () => `shows a certificate that has ended: renew it there, or set the clock of this machine right`,
  ],
  [
    /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/,
    () =>
      `shows a certificate that is not accepted: name its authority in ROADSTREAM_POSTGRES_CA, and the host as the certificate does`,
  ],
]

/** The same of what may pass. */
const delays: readonly (readonly [codes: RegExp, why: string])[] = [
  [/^53300$/, 'has no connection left: end some there, or raise its max_connections'],
  [/^53/, 'lacks room or memory: see its disk and its log'],
  [/^57P03$/, 'is starting or stopping: see its log if that lasts'],
]

function refusalOf(error: unknown, server: PgServer, tookMs: number, setting: SettingName): unknown {
  if (!(error instanceof Outage)) return error
  const { code } = (error.cause ?? {}) as { readonly code?: unknown }
  const said = saidBy(error.cause ?? error)
  const place = `The database ${pgPlace(server)} (${setting})`
  const of = <Value>(list: readonly (readonly [RegExp, Value])[]): Value | undefined =>
    list.find(([codes]) => typeof code === 'string' && codes.test(code))?.[1]
  const why = of(refusals)
  if (why !== undefined) return unusable(`${place} ${why(server, setting)} (${said}).`, error.cause)
  const delay = of(delays)
  if (delay !== undefined) return unavailable(`${place} ${delay} (${said}).`, error.cause)
  return unavailable(
    tookMs < pgConnectTimeoutMs * nearlyAll
      ? `${place} does not answer (${said}): start it, or name the server that runs${server.tls !== undefined && code === undefined ? '; one without TLS wants no sslmode' : ''}.`
      : `${place} does not answer within ${pgConnectTimeoutMs / 1000} s: it hangs or has too much to do, or something on the way drops what is sent. See that server's log and the firewalls, or name another server.`,
    error.cause,
  )
}
