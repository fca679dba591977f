// The database of a version that had PGlite, in the folder `pg`, is read once: every table is
// copied and counted. Until the counts agree the old folder stays as it is and a file `importing`
// says that the new one is unfinished; a start that finds both makes the new one again from the
// beginning.
//
//   pg                       an old database, nothing new: begin
//   pg, importing, cluster   cut short: begin again
//   importing, cluster       all is copied, the old one was renamed just before: go on
//   pg, cluster              an earlier version ran on the folder since: refused, both are left
//
// Behind it a folder `pg` stands that says where the database is, in place of its version: an
// earlier version refuses it, and does not begin with an empty database beside this one.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../../base/logger.ts'
import { syncFolder } from '../../../base/sync-folder.ts'
import { migrate, type Migration } from '../migrate.ts'
import { forgetPglite } from '../pglite-package.ts'
import { unusable } from '../sql-outage.ts'
import type { Sql } from '../sql.ts'
import { withoutVersion } from './cluster.ts'
import { copyTables } from '../copy-tables.ts'

const placesIn = (dir: string) => ({
  old: join(dir, 'pg'),
  /** PGlite's own mark of a folder that was never finished, and so holds nothing. */
  oldCreating: join(dir, 'creating'),
  cluster: join(dir, 'cluster'),
  clusterCreating: join(dir, 'cluster.creating'),
  importing: join(dir, 'importing'),
  imported: join(dir, 'pg.imported'),
})

/** To be called before the cluster is made. Says whether there is something to import, and then
 *  brings what reads it. Rejects with STORE_UNAVAILABLE (not retryable), and touches nothing, where
 *  it cannot be told which of two databases is the right one, the old one is damaged, or nothing is
 *  there to read it. */
export async function beginImport(dir: string, bring: () => Promise<unknown>): Promise<boolean> {
  const { old, oldCreating, cluster, clusterCreating, importing, imported } = placesIn(dir)
  if (existsSync(oldCreating)) {
    rmSync(old, { recursive: true, force: true })
    rmSync(oldCreating)
  }
  if (!isThere(old)) {
    rmSync(importing, { force: true })
    rmSync(imported, { recursive: true, force: true })
    forgetPglite(dir)
    return false
  }
  const restore = 'Move one of them away; what is in neither is filled from the log as far back as that is kept.'
  if (existsSync(cluster) && !existsSync(clusterCreating) && !existsSync(importing))
    throw unusable(`${dir} has two databases: cluster, and pg, which an earlier version wrote since. ${restore}`)
  if (!existsSync(versionOf(old))) throw withoutVersion(old)
  await bring()
  writeFileSync(importing, '')
  syncFolder(dir)
  // As one whose making was cut short, what is there of it is made again.
  writeFileSync(clusterCreating, '')
  return true
}

const elsewhere = 'The database is in the folder cluster beside this one.\n'
const versionOf = (pg: string): string => join(pg, 'PG_VERSION')

/** Whether the folder holds a database, or what is left of one, and not the word that it is
 *  elsewhere. */
function isThere(old: string): boolean {
  if (!existsSync(old)) return false
  const version = versionOf(old)
  const says = existsSync(version) ? readFileSync(version, 'utf8') : elsewhere
  return says !== elsewhere || readdirSync(old).some((name) => name !== 'PG_VERSION')
}

/** Keeps versions that had PGlite out of a folder whose database is in `cluster`. */
export function keepEarlierOut(dir: string): void {
  const { old } = placesIn(dir)
  mkdirSync(old, { recursive: true, mode: 0o700 })
  if (existsSync(versionOf(old))) return
  writeFileSync(versionOf(old), elsewhere)
  syncFolder(old)
  syncFolder(dir)
}

/** Copies the old database into the new one, which is empty and is reached by one connection,
 *  brings the old one's folder out of the way, and gives the rows of each table. Rejects with
 *  STORE_UNAVAILABLE when one of them fails or the counts differ, STORE_TOO_NEW when a newer
 *  version wrote the old one: it is left then. */
export async function importPglite(dir: string, into: Sql, logger: Logger): Promise<Readonly<Record<string, number>>> {
  const { old, importing, imported } = placesIn(dir)
  logger.info({ from: old }, 'the database of an earlier version is copied, once')
  const [{ openPgliteSql }, { migrations }] = await Promise.all([
    import('../pglite-sql.ts'),
    import('../sql-storage.ts'),
  ])
  const copied = await (async () => {
    await using from = await openPgliteSql({ dir, logger })
    await migrate(into, migrations.slice(0, await schemaOf(from, migrations)))
    // No commit waits for the disk, hundreds of partitions least of all: until the checkpoint all
    // is in the old folder, and a cut begins again.
    await into.query('set synchronous_commit = off')
    const counted = await copyTables(from, into)
    await into.query('reset synchronous_commit')
    await into.query('checkpoint')
    return counted
  })()
  rmSync(imported, { recursive: true, force: true })
  renameSync(old, imported)
  syncFolder(dir)
  rmSync(importing)
  syncFolder(dir)
  rmSync(imported, { recursive: true, force: true })
  forgetPglite(dir)
  logger.info({ rows: copied }, 'the database of an earlier version is copied and counted')
  return copied
}

/** The number of migrations that the old database has, which are checked to be those known here. */
async function schemaOf(from: Sql, migrations: readonly Migration[]): Promise<number> {
  const [found] = await from.query<{ readonly has: boolean }>(
    `select to_regclass('schema_migrations') is not null as has`,
  )
  if (found?.has !== true) return 0
  const [row] = await from.query<{ readonly applied: number }>('select count(*) as applied from schema_migrations')
  const applied = row?.applied ?? 0
  // Nothing is missing there; it rejects where the two do not know the same.
  await migrate(from, migrations.slice(0, Math.max(applied, 0)))
  return applied
}
