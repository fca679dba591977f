// Storage on the embedded PostgreSQL: one folder, one process, nothing to install.
import { lockFolder } from '../../../base/folder-lock.ts'
import type { Logger } from '../../../base/logger.ts'
import type { Storage } from '../../storage.ts'
import { migrate } from '../migrate.ts'
import { openPgSql, type PgServer } from '../pg-sql.ts'
import { migrations, openSqlStorage } from '../sql-storage.ts'
import { beginImport, importPglite, keepEarlierOut } from './pglite-import.ts'
import { openServer } from './server.ts'

export type EmbeddedStorageOptions = {
  /** Created when missing (which takes about 2 s); on a local disk. A database of PGlite in it is
   *  read once. */
  readonly dir: string
  readonly logger: Logger
}

/** Rejects with Outage STORE_IN_USE when another process has the folder open, STORE_UNAVAILABLE
 *  when the database cannot be run or opened, STORE_TOO_NEW, STORE_TOO_OLD or STORE_SCHEMA_CHANGED
 *  when this version must not touch it. */
export async function openEmbeddedStorage({ dir, logger }: EmbeddedStorageOptions): Promise<Storage> {
  await using opening = new AsyncDisposableStack()
  opening.use(await lockFolder(dir))
  const hasOld = beginImport(dir)
  const server = opening.use(await openServer({ dir, logger }))
  await bringUpToDate(server.address, logger, hasOld ? dir : undefined)
  keepEarlierOut(dir)
  const storage = await openSqlStorage(opening.use(openPgSql({ server: server.address, logger })))
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** `importFrom`: the folder of an old database, which comes first. A migration of large tables may
 *  take its time. */
async function bringUpToDate(server: PgServer, logger: Logger, importFrom: string | undefined): Promise<void> {
  await using sql = openPgSql({ server, logger, connectionsMax: 1, statementTimeoutMs: 0 })
  if (importFrom !== undefined) await importPglite(importFrom, sql, logger)
  await migrate(sql, migrations)
}
