// The people and the audit alone, on a server that others use as well, whoever they are: nothing is
// locked, brought up to date or written but what is asked for.
import type { Logger } from '../../base/logger.ts'
import type { Storage } from '../storage.ts'
import { reachServer } from './embedded/running-server.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { openSqlAudit } from './sql-audit.ts'
import { openSqlUsers } from './sql-users.ts'

type OpenedUsers = AsyncDisposable & Pick<Storage, 'users' | 'audit'>

/** Connects with the first call. */
export function openPgUsers(server: PgServer, logger: Logger): OpenedUsers {
  const sql = openPgSql({ server, logger })
  const parts = { users: openSqlUsers(sql), audit: openSqlAudit(sql, sql) }
  return { ...parts, [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose]() }
}

/** On the embedded server that another process runs; `dir` holds the cluster. */
export function openRunningUsers(dir: string, logger: Logger): OpenedUsers {
  const server = reachServer(dir)
  const { users, audit, ...opened } = openPgUsers(server.address, logger)
  return {
    users,
    audit,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      server[Symbol.dispose]()
    },
  }
}
