// A database of an earlier schema, with rows of its time, opened as it is today.
import { silentLogger } from '../../../base/logger.ts'
import type { Storage } from '../../storage.ts'
import { foldNames } from '../fold-names.ts'
import { migrate } from '../migrate.ts'
import { openPgliteSql } from '../pglite-sql.ts'
import type { Statement } from '../sql.ts'
import { migrations, openSqlStorage } from '../sql-storage.ts'

/** The storage of a database that was at schema `version` when the statements ran. */
export async function openFromSchema(version: number, rows: readonly Statement[]): Promise<Storage> {
  const sql = await openPgliteSql({ logger: silentLogger })
  await migrate(sql, migrations.slice(0, version))
  await sql.transaction(rows)
  await migrate(sql, migrations)
  await foldNames(sql)
  return openSqlStorage(sql)
}
