// The people and the audit in the tables, for commands on the machine, which may run beside a
// system.
import { isFolderHeld } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { Storage } from '../storage/storage.ts'
import { openStorage, tablesDirOf } from './adapters.ts'
import { refuseElsewhere } from './engines-file.ts'
import { postgresServers } from './postgres-server.ts'

/** The people and the audit alone, also beside a system that runs. Rejects as `openStorage`
 *  does. */
export async function openUsers(
  config: Config,
  logger: Logger,
): Promise<AsyncDisposable & Pick<Storage, 'users' | 'audit'>> {
  refuseElsewhere(config, 'tables')
  if (config.postgres === undefined && !(await isFolderHeld(tablesDirOf(config)))) return openStorage(config, logger)
  const { openPgUsers, openRunningUsers } = await import('../storage/postgres/pg-users.ts')
  if (config.postgres === undefined) return openRunningUsers(tablesDirOf(config), logger)
  return openPgUsers(postgresServers(config.postgres).server, logger)
}
