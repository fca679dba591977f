// Storage on a PostgreSQL server that somebody else runs: checkpoints, vacuum and backups are the
// server's own.
import { Registry } from 'prom-client'
import type { Logger } from '../../base/logger.ts'
import type { Storage } from '../storage.ts'
import { awaitServer } from './pg-check.ts'
import { openPgReplica } from './pg-replica.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { bringUpToDate } from './pg-upgrade.ts'
import { openSqlStorage } from './sql-storage.ts'

export type PgStorageOptions = {
  readonly server: PgServer
  readonly logger: Logger
  /** How long a server that is away is waited for. */
  readonly awayMsMax?: number
  /** A standby of the server: lists and sums over history are read there while it is at most so far
   *  behind. Whether it answers is no matter to the start. */
  readonly replica?: { readonly server: PgServer; readonly delayMsMax: number } | undefined
  readonly registry?: Registry
}

/** Rejects with an Outage as `checkServer` does, not retryable where waiting is of no use, which
 *  names the setting and the remedy: the server is away, refuses, is too old, or gives too few
 *  rights. Rejects with STORE_TOO_NEW or STORE_SCHEMA_CHANGED when this version must not touch
 *  it. */
export async function openPgStorage(options: PgStorageOptions): Promise<Storage> {
  const { server, logger, awayMsMax, replica, registry = new Registry() } = options
  await using opening = new AsyncDisposableStack()
  const sql = opening.use(openPgSql({ server, logger }))
  await awaitServer(sql, server, awayMsMax)
  await bringUpToDate(server, logger)
  const reports =
    replica === undefined ? sql : opening.use(openPgReplica({ ...replica, primary: sql, logger, registry }))
  const storage = openSqlStorage(sql, reports)
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
