// Storage on the embedded PostgreSQL: one folder, one process, nothing to install.
import { lockFolder } from '../../../base/folder-lock.ts'
import type { Logger } from '../../../base/logger.ts'
import type { BegunStorage, Storage } from '../../storage.ts'
import { bringPglite } from '../pglite-package.ts'
import { beginImport, importPglite, keepEarlierOut } from './pglite-import.ts'
import { openServer, type EmbeddedServer } from './server.ts'

export type EmbeddedStorageOptions = {
  /** Created when missing (which takes about 2 s); on a local disk. A database of PGlite in it is
   *  read once. */
  readonly dir: string
  readonly logger: Logger
}

/** Resolves once the server is being made or started, in processes of its own, and rejects where it
 *  cannot be begun. `opened` becomes the storage. Both reject with Outage STORE_IN_USE when another
 *  process has the folder open, STORE_UNAVAILABLE when the database cannot be run or opened,
 *  STORE_TOO_NEW, STORE_TOO_OLD or STORE_SCHEMA_CHANGED when this version must not touch it. */
export async function beginEmbeddedStorage(options: EmbeddedStorageOptions): Promise<BegunStorage> {
  await using opening = new AsyncDisposableStack()
  opening.use(await lockFolder(options.dir))
  const hasOld = await beginImport(options.dir, () => bringPglite(options))
  const opened = openTables(openServer(options), options, hasOld, opening.move())
  return { opened }
}

export const openEmbeddedStorage = async (options: EmbeddedStorageOptions): Promise<Storage> =>
  (await beginEmbeddedStorage(options)).opened

async function openTables(
  starting: Promise<EmbeddedServer>,
  { dir, logger }: EmbeddedStorageOptions,
  hasOld: boolean,
  begun: AsyncDisposableStack,
): Promise<Storage> {
  await using opening = begun
  // Loaded while the server starts.
  const loading = Promise.all([import('../pg-sql.ts'), import('../pg-upgrade.ts'), import('../sql-storage.ts')])
  const server = opening.use(await starting)
  const [{ openPgSql }, { bringUpToDate }, { openSqlStorage }] = await loading
  await bringUpToDate(server.address, logger, hasOld ? (sql) => importPglite(dir, sql, logger) : undefined)
  keepEarlierOut(dir)
  const sql = opening.use(openPgSql({ server: server.address, logger }))
  const storage = openSqlStorage(sql, sql, true)
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
