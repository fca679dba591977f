// One side of the comparison of embedded databases: makes it, opens it again, fills it, and tells
// the figures of this process and of all processes of the database as one line of JSON.
import { performance } from 'node:perf_hooks'
import { openLogger } from '../src/base/logger.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import { bringPglite } from '../src/storage/postgres/pglite-package.ts'
import { openPgliteSql } from '../src/storage/postgres/pglite-sql.ts'
import { migrate } from '../src/storage/postgres/migrate.ts'
import { migrations, openSqlStorage } from '../src/storage/postgres/sql-storage.ts'
import type { Storage } from '../src/storage/storage.ts'
import { cpuMicros, memoryMb } from './support/process-family.ts'
import { fillTables } from './support/table-load.ts'

const [side, dir = ''] = process.argv.slice(2)
const logger = openLogger('error')

async function open(): Promise<Storage> {
  if (side === 'server') return openEmbeddedStorage({ dir, logger })
  const sql = await openPgliteSql({ dir, logger })
  await migrate(sql, migrations)
  return openSqlStorage(sql)
}

// Fetched before anything is measured.
if (side !== 'server') await bringPglite({ dir, logger })
const bareMb = memoryMb('own')
const makingAt = performance.now()
await (await open())[Symbol.asyncDispose]()
const openingAt = performance.now()
const makeMs = openingAt - makingAt
const storage = await open()
const openMs = performance.now() - openingAt
const figures = await fillTables(storage, cpuMicros)
const report: Record<string, number> = {
  'made, opened and closed, ms': makeMs,
  'opened again, ms': openMs,
  'memory after the load beyond a bare process, MB': memoryMb('own') - bareMb,
  'shared memory after the load, MB': memoryMb('shared'),
}
for (const { name, rowsPerS, cpuMicrosPerRow, longestMs } of figures)
  Object.assign(report, {
    [`${name}: rows/s`]: rowsPerS,
    [`${name}: µs CPU a row`]: cpuMicrosPerRow,
    [`${name}: longest batch, ms`]: longestMs,
  })
await storage[Symbol.asyncDispose]()
console.log(JSON.stringify(report))
