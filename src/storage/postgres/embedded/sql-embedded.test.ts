// The contract suites on the embedded server: one server for all tests, a schema of its own for
// each.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { silentLogger } from '../../../base/logger.ts'
import { storageContract } from '../../storage.contract.ts'
import { openPgSql } from '../pg-sql.ts'
import { bringUpToDate } from '../pg-upgrade.ts'
import { openSqlStorage } from '../sql-storage.ts'
import { openServer } from './server.ts'
import { ask, scratchFolder } from './server.testing.ts'

const dir = join(scratchFolder('contract'), 'postgres')
mkdirSync(dir)
const server = await openServer({ dir, logger: silentLogger })
after(() => server[Symbol.asyncDispose]())
let schemas = 0

storageContract(async () => {
  const schema = `test_${schemas++}`
  await ask(server.address, `create schema ${schema}`)
  await ask(server.address, `alter role ${server.address.user} set search_path to ${schema}`)
  await bringUpToDate(server.address, silentLogger)
  return openSqlStorage(openPgSql({ server: server.address, logger: silentLogger }))
})
