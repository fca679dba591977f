// A PostgreSQL server as `doctor` looks at it. One connection, statements that are short, and no
// change of any table: the commit that is timed writes a message into the server's log of writes,
// which nobody keeps.
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { dayText, endsSoonMs } from '../../base/certificate-end.ts'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { countText, findingsOf, type Examination, type Finding } from '../../base/finding.ts'
import { silentLogger } from '../../base/logger.ts'
import { schemaVersion } from './migrate.ts'
import { checkServer } from './pg-check.ts'
import { openPgSql, pgConnectionsMax, pgPlace, type PgServer } from './pg-sql.ts'
import { quoted, type ServerSetting } from './server-fault.ts'
import { migrations } from './sql-storage.ts'
import type { Sql } from './sql.ts'
import { wallLook, type TenantWall } from './tenant-wall.ts'

const statementTimeoutMs = 3_000
const commits = 20
/** A batch of rows is one commit. */
const slowCommitMs = 100
/** Rows have no instant of the server's clock; certificates and people who compare logs do. */
const clockOffMsMax = 2_000

/** The server of ROADSTREAM_POSTGRES. */
export const examineServer = (server: PgServer, wall: Clock): Examination => ({
  name: 'database',
  async look() {
    const seen: { certificate?: PeerCertificate } = {}
    await using sql = openExamined(watched(server, seen))
    await checkServer(sql, server)
    return [
      await aboutFinding(sql, pgPlace(server)),
      ...(seen.certificate === undefined ? [] : [certificateFinding(seen.certificate, wall)]),
      await durabilityFinding(sql),
      await connectionsFinding(sql),
      ...(await sessionFindings(sql, wall)),
      await wallFinding(sql),
      await postgisFinding(sql),
    ]
  },
})

export const openExamined = (server: PgServer, setting: ServerSetting = 'ROADSTREAM_POSTGRES'): Sql =>
  openPgSql({ server, setting, logger: silentLogger, connectionsMax: 1, statementTimeoutMs })

/** Findings of any server, by a connection to it. */
export async function sessionFindings(sql: Sql, wall: Clock): Promise<readonly Finding[]> {
  return [await schemaFinding(sql), await commitFinding(sql), await clockFinding(sql, wall)]
}

/** Notes the certificate that the server shows, where it is verified. */
function watched(server: PgServer, seen: { certificate?: PeerCertificate }): PgServer {
  const { tls } = server
  if (tls === undefined) return server
  const check = tls.checkServerIdentity ?? checkServerIdentity
  return {
    ...server,
    tls: {
      ...tls,
      checkServerIdentity: (host, certificate) => {
        seen.certificate = certificate
        return check(host, certificate)
      },
    },
  }
}

async function first<Row>(sql: Sql, text: string): Promise<Row> {
  const [row] = await sql.query<Row>(text)
  if (row === undefined) throw new Error(`no row came of: ${text}`)
  return row
}

async function aboutFinding(sql: Sql, place: string): Promise<Finding> {
  type About = {
    readonly version: string
    readonly tls: string | null
    readonly collation: string
    readonly user: string
  }
  const { version, tls, collation, user } = await first<About>(
    sql,
    `select current_setting('server_version') as version, current_user as user,
      (select case when ssl then version end from pg_stat_ssl where pid = pg_backend_pid()) as tls,
      (select datcollate from pg_database where datname = current_database()) as collation`,
  )
  return findingsOf('database').ok(
    `${place}: PostgreSQL ${version}, user ${user}, UTF8, collation ${collation}, ${tls ?? 'without TLS'}; rights suffice`,
  )
}

function certificateFinding({ valid_to: validTo }: PeerCertificate, wall: Clock): Finding {
  const { ok, warning } = findingsOf('certificate of the database')
  const endsAt = Date.parse(validTo)
  const says = `accepted, ends on ${dayText(endsAt)}`
  return endsAt - wall.now() > endsSoonMs ? ok(says) : warning(says, 'renew it on that server before')
}

async function durabilityFinding(sql: Sql): Promise<Finding> {
  const { ok, problem, warning } = findingsOf('durability of the database')
  type Settings = { readonly fsync: string; readonly full_page_writes: string; readonly synchronous_commit: string }
  const settings = await first<Settings>(
    sql,
    `select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit`,
  )
  const off = (['fsync', 'full_page_writes', 'synchronous_commit'] as const).filter((name) => settings[name] === 'off')
  if (off.length === 0) return ok('a commit is on the disk when it returns')
  const says = `${off.join(' and ')} ${off.length === 1 ? 'is' : 'are'} off`
  const remedy = `\`alter system set ${off[0]} = on\` there, and \`select pg_reload_conf()\``
  return off.includes('fsync') || off.includes('full_page_writes')
    ? problem(`${says}: a power cut may leave the whole database unreadable`, remedy)
    : warning(
        `${says}: users and passwords of the last moments before a crash are lost; rows are written again`,
        remedy,
      )
}

async function connectionsFinding(sql: Sql): Promise<Finding> {
  const { ok, warning } = findingsOf('connections of the database')
  type Counts = { readonly max: number; readonly used: number; readonly own: number }
  const { max, used, own } = await first<Counts>(
    sql,
    `select least(
        current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
        (select nullif(datconnlimit, -1) from pg_database where datname = current_database()),
        (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user)) as max,
      (select count(*)::integer from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as used,
      (select count(*)::integer from pg_stat_activity where application_name = 'roadstream' and usename = current_user
        and pid <> pg_backend_pid()) as own`,
  )
  const left = max - used
  const says = `${countText(left, 'connection')} of ${max} left${own > 0 ? `, and Roadstream has ${own}` : ''}; it uses up to ${pgConnectionsMax}`
  return left + own >= pgConnectionsMax
    ? ok(says)
    : warning(says, 'raise max_connections there (or the limit of that user or database), or end connections of others')
}

async function schemaFinding(sql: Sql): Promise<Finding> {
  const { ok, problem } = findingsOf('tables')
  try {
    const version = await schemaVersion(sql, migrations)
    if (version === 0) return ok('none yet; the first start makes them')
    if (version === migrations.length) return ok(`schema ${version}, as this version knows it`)
    return ok(`schema ${version}; the next start brings them to ${migrations.length}`)
  } catch (error) {
    if (error instanceof Outage) return problem(error.message)
    throw error
  }
}

async function commitFinding(sql: Sql): Promise<Finding> {
  const { ok, warning } = findingsOf('time to commit')
  const timesMs: number[] = []
  for (let n = 0; n < commits; n++) {
    const began = performance.now()
    await sql.query(`select pg_logical_emit_message(true, 'roadstream-doctor', '')`)
    timesMs.push(performance.now() - began)
  }
  const sorted = timesMs.toSorted((a, b) => a - b)
  const [median = 0, longest = 0] = [sorted[commits / 2], sorted.at(-1)]
  const says = `median ${median.toFixed(2)} ms, longest ${longest.toFixed(2)} ms of ${commits}`
  return median <= slowCommitMs
    ? ok(says)
    : warning(says, 'see what else that server does, how fast its disk is, and how far away it is')
}

/** The server's clock held against ours at the middle of the way there and back. */
async function clockFinding(sql: Sql, wall: Clock): Promise<Finding> {
  const { ok, warning } = findingsOf('clock of the database')
  const before = wall.now()
  const { at } = await first<{ readonly at: number }>(
    sql,
    'select extract(epoch from clock_timestamp())::double precision * 1000 as at',
  )
  const after = wall.now()
  const offMs = Math.round(at - (before + after) / 2)
  const unsureMs = (after - before) / 2
  const says = `${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} ours, give or take ${Math.ceil(unsureMs)} ms`
  return Math.abs(offMs) <= clockOffMsMax + unsureMs
    ? ok(says)
    : warning(says, 'have both machines follow a time server (NTP): one of them is wrong')
}

async function wallFinding(sql: Sql): Promise<Finding> {
  const { ok, warning } = findingsOf('wall between tenants')
  const { role, user, has_tables, is_reading, open_tables } = await first<TenantWall>(sql, wallLook)
  const without = 'only the conditions of queries keep tenants apart'
  if (!has_tables) return ok('none yet; the first start makes it')
  if (open_tables !== null)
    return warning(`row-level security is off for ${open_tables}: ${without}`, 'start this version, which raises it')
  if (is_reading) return ok(`row-level security is on: rows of a tenant are read as the role ${role}`)
  return warning(
    `row-level security is of no effect, as the user reads as the owner: ${without}`,
    `\`create role ${quoted(role)} nologin\` and \`grant ${quoted(role)} to ${quoted(user)}\` there, and start Roadstream again`,
  )
}

async function postgisFinding(sql: Sql): Promise<Finding> {
  const { ok } = findingsOf('PostGIS')
  const [found] = await sql.query<{ readonly version: string }>(
    `select extversion as version from pg_extension where extname = 'postgis'`,
  )
  return ok(found === undefined ? 'not in this database, and not needed' : `version ${found.version} in this database`)
}
