// Storage on a PostgreSQL server that somebody else runs: checkpoints, vacuum and backups are the
// server's own.
import type { Logger } from '../../base/logger.ts'
import { waitOut, type Pauses } from '../../base/wait-out.ts'
import type { Storage } from '../storage.ts'
import { checkServer } from './pg-check.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { bringUpToDate } from './pg-upgrade.ts'
import { openSqlStorage } from './sql-storage.ts'

export type PgStorageOptions = {
  readonly server: PgServer
  readonly logger: Logger
  /** How long a server that is away is waited for: one that is started with this machine needs a
   *  moment. */
  readonly awayMsMax?: number
}

const pauses: Pauses = { firstMs: 100, longestMs: 2_000 }

/** Rejects with Outage STORE_UNAVAILABLE (not retryable where waiting is of no use), which names
 *  the setting and the remedy: the server is away, refuses, is too old, or gives too few rights.
 *  Rejects with STORE_TOO_NEW or STORE_SCHEMA_CHANGED when this version must not touch it. */
export async function openPgStorage({ server, logger, awayMsMax = 30_000 }: PgStorageOptions): Promise<Storage> {
  await using opening = new AsyncDisposableStack()
  const sql = opening.use(openPgSql({ server, logger }))
  const check = (): Promise<void> => checkServer(sql, server)
  // The last try is by itself: it says why when the time is over.
  const isThere = await waitOut(
    () => check().then(() => true),
    pauses,
    AbortSignal.timeout(awayMsMax),
    () => {},
  )
  if (isThere !== true) await check()
  await bringUpToDate(server, logger)
  opening.move()
  return openSqlStorage(sql)
}
