// Storage on the embedded PostgreSQL: one folder, one process, nothing to install.
import { lockFolder } from '../../../base/folder-lock.ts'
import type { Logger } from '../../../base/logger.ts'
import type { Storage } from '../../storage.ts'
import { openPgSql } from '../pg-sql.ts'
import { bringUpToDate } from '../pg-upgrade.ts'
import { openSqlStorage } from '../sql-storage.ts'
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
  await bringUpToDate(server.address, logger, hasOld ? (sql) => importPglite(dir, sql, logger) : undefined)
  keepEarlierOut(dir)
  const storage = openSqlStorage(opening.use(openPgSql({ server: server.address, logger })))
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
