// Brings a database to the schema this version knows, one numbered migration after the other, each
// in a transaction with the note that it was applied: a database is at a version or at the one
// before, never between. Released migrations never change: the checksum of each applied migration
// is compared.
import { createHash } from 'node:crypto'
import { Outage } from '../../base/errors.ts'
import type { Sql, Statement } from './sql.ts'

export type Migration = { readonly version: number; readonly name: string; readonly statements: readonly string[] }

type Applied = { readonly version: number; readonly name: string; readonly checksum: string }

const checksumOf = (migration: Migration): string =>
  createHash('sha256').update(JSON.stringify(migration.statements)).digest('hex')

/** Taken by every transaction that changes the schema, so that of two processes which start at once
 *  one waits for the other. The number is any that nobody else takes. */
export const schemaLock: Statement = { text: 'select pg_advisory_xact_lock(7236019845)' }

/** Applies what is missing of `migrations` (in order of version, from 1) and gives the versions
 *  applied now. Rejects with Outage STORE_TOO_NEW when the database has seen a version this program
 *  does not know, STORE_SCHEMA_CHANGED when one was applied in another form (neither retryable;
 *  nothing is touched then). */
export async function migrate(sql: Sql, migrations: readonly Migration[]): Promise<readonly number[]> {
  const appliedNow: number[] = []
  let known = await appliedIn(sql)
  for (;;) {
    for (const each of known) check(each, migrations)
    const next = migrations[known.length]
    if (next === undefined) return appliedNow
    let failure: unknown
    try {
      await apply(sql, next)
      appliedNow.push(next.version)
    } catch (error) {
      failure = error
    }
    // A try that failed may be of a version that another process applied while this one waited for
    // the lock, or have ended after its commit.
    const before = known.length
    known = await appliedIn(sql)
    if (known.length <= before) throw failure
  }
}

/** The version that the database is at, 0 for an empty one; changes nothing. Rejects as `migrate`
 *  does where this program must not touch it. */
export async function schemaVersion(sql: Sql, migrations: readonly Migration[]): Promise<number> {
  const known = await appliedIn(sql)
  for (const each of known) check(each, migrations)
  return known.at(-1)?.version ?? 0
}

/** In order of version. A user who may not make tables can still read them where they are. */
async function appliedIn(sql: Sql): Promise<readonly Applied[]> {
  const [found] = await sql.query<{ readonly is_there: boolean }>(
    `select to_regclass('schema_migrations') is not null as is_there`,
  )
  if (found?.is_there !== true) return []
  return await sql.query<Applied>('select version, name, checksum from schema_migrations order by version')
}

const apply = (sql: Sql, migration: Migration): Promise<void> =>
  sql.transaction([
    schemaLock,
    {
      text: `create table if not exists schema_migrations (
        version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`,
    },
    {
      text: 'insert into schema_migrations (version, name, checksum) values ($1, $2, $3)',
      params: [migration.version, migration.name, checksumOf(migration)],
    },
    ...migration.statements.map((text) => ({ text })),
  ])

function check({ version, name, checksum }: Applied, migrations: readonly Migration[]): void {
  const known = migrations.find((migration) => migration.version === version)
  if (known === undefined)
    throw new Outage(
      'STORE_TOO_NEW',
      `The database is at schema ${version} (${name}) and this version of Roadstream knows ${migrations.length}: run the version that wrote it, or a newer one.`,
      { retryable: false },
    )
  if (checksumOf(known) !== checksum)
    throw new Outage(
      'STORE_SCHEMA_CHANGED',
      `Schema ${version} (${name}) was applied to this database in another form than this version knows: run the version that wrote it, or move the database away and let it be rebuilt from the log.`,
      { retryable: false },
    )
}
