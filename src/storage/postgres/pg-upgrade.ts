// The tables of a server brought up to date, before anything else is asked of them.
import type { Logger } from '../../base/logger.ts'
import { foldNames } from './fold-names.ts'
import { migrate, schemaVersion } from './migrate.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { migrations } from './sql-storage.ts'
import type { Sql } from './sql.ts'
import { raiseTenantWall } from './tenant-wall.ts'

/** Runs on a connection without a time limit: a migration of large tables may take its time, as
 *  may another process that is at it. `first` comes before the migrations. Rejects as `migrate`
 *  does. */
export async function bringUpToDate(
  server: PgServer,
  logger: Logger,
  first: (sql: Sql) => Promise<unknown> = async () => {},
): Promise<void> {
  await using sql = openPgSql({ server, logger, connectionsMax: 1, statementTimeoutMs: 0 })
  await first(sql)
  const [before, version] = [await schemaVersion(sql, migrations), migrations.length]
  const isOlder = before > 0 && before < version
  if (isOlder)
    logger.warn({ before, version }, 'tables are brought to the schema of this version: large ones take minutes')
  await migrate(sql, migrations)
  if (isOlder) logger.warn({ version }, 'tables are at the schema of this version')
  await foldNames(sql)
  await raiseTenantWall(sql)
}
