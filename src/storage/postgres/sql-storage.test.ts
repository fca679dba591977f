// The contract suites on PostgreSQL's SQL: one database for all tests, a schema of its own for
// each.
import { after } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { Outage } from '../../base/errors.ts'
import { storageContract } from '../storage.contract.ts'
import { openPgliteSql } from './pglite-sql.ts'
import { openSqlStorage } from './sql-storage.ts'
import type { Sql } from './sql.ts'

const database = await openPgliteSql({ logger: silentLogger })
after(() => database[Symbol.asyncDispose]())
let schemas = 0

storageContract(async () => {
  const schema = `test_${schemas++}`
  await database.query(`create schema ${schema}`)
  await database.query(`set search_path to ${schema}`)
  return openSqlStorage(untilDisposed(database))
})

/** The database, as one that can be closed and leaves it open. */
function untilDisposed(sql: Sql): Sql {
  let closed = false
  const guard = async (): Promise<void> => {
    if (closed) throw new Outage('STORE_CLOSED', 'The storage is closed.', { retryable: false })
  }
  return {
    query: async (text, params) => guard().then(() => sql.query(text, params)),
    transaction: async (statements) => guard().then(() => sql.transaction(statements)),
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
}
