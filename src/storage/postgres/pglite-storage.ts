// Storage on the embedded PostgreSQL: one folder, one process, nothing to install.
import type { Logger } from '../../base/logger.ts'
import type { Storage } from '../storage.ts'
import { lockFolder } from '../../base/folder-lock.ts'
import { openPgliteSql } from './pglite-sql.ts'
import { openUpkeep } from './pglite-upkeep.ts'
import { openSqlStorage } from './sql-storage.ts'

export type PgliteStorageOptions = {
  /** Created when missing (which takes about 3 s); on a local disk. In memory, and gone with the
   *  process, when absent. */
  readonly dir?: string
  readonly logger: Logger
}

/** Rejects with Outage STORE_IN_USE when another process has the folder open, STORE_UNAVAILABLE
 *  when the database cannot be opened, STORE_TOO_NEW or STORE_SCHEMA_CHANGED when this version must
 *  not touch it. */
export async function openPgliteStorage({ dir, logger }: PgliteStorageOptions): Promise<Storage> {
  await using opening = new AsyncDisposableStack()
  if (dir !== undefined) opening.use(await lockFolder(dir))
  const sql = opening.use(await openPgliteSql({ logger, ...(dir === undefined ? {} : { dir }) }))
  const storage = await openSqlStorage(sql)
  opening.use(openUpkeep(sql, logger))
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
