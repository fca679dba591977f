// Storage on a PostgreSQL server that somebody else runs: checkpoints, vacuum and backups are the
// server's own.
import { Registry } from 'prom-client'
import type { Logger } from '../../base/logger.ts'
import { waitOut, type Pauses } from '../../base/wait-out.ts'
import type { Storage } from '../storage.ts'
import { checkServer } from './pg-check.ts'
import { openPgReplica } from './pg-replica.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { bringUpToDate } from './pg-upgrade.ts'
import { openSqlStorage } from './sql-storage.ts'

export type PgStorageOptions = {
  readonly server: PgServer
  readonly logger: Logger
  /** How long a server that is away is waited for: one that is started with this machine needs a
   *  moment. */
  readonly awayMsMax?: number
  /** A standby of the server: lists and sums over history are read there while it is at most so far
   *  behind. Whether it answers is no matter to the start. */
  readonly replica?: { readonly server: PgServer; readonly delayMsMax: number } | undefined
  readonly registry?: Registry
}

const pauses: Pauses = { firstMs: 100, longestMs: 2_000 }

/** Rejects with Outage STORE_UNAVAILABLE (not retryable where waiting is of no use), which names
 *  the setting and the remedy: the server is away, refuses, is too old, or gives too few rights.
 *  Rejects with STORE_TOO_NEW or STORE_SCHEMA_CHANGED when this version must not touch it. */
export async function openPgStorage(options: PgStorageOptions): Promise<Storage> {
  const { server, logger, awayMsMax = 30_000, replica, registry = new Registry() } = options
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
  const reports =
    replica === undefined ? sql : opening.use(openPgReplica({ ...replica, primary: sql, logger, registry }))
  const storage = openSqlStorage(sql, reports)
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
