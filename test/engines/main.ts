// `npm run engines`: PostgreSQL as the tests start it, for trying things by hand, until Ctrl-C.
import { silentLogger } from '../../src/base/logger.ts'
import { openPgSql } from '../../src/storage/postgres/pg-sql.ts'
import { noPostgis, noPostgres, startPostgres } from './postgres.ts'

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})
if (noPostgres !== false) {
  process.stderr.write(`${noPostgres}\n`)
  process.exitCode = 1
} else {
  await using postgres = await startPostgres()
  const prepared = [
    ['postgres', 'create database roadstream'],
    ...(noPostgis === false ? [['roadstream', 'create extension postgis'] as const] : []),
  ] as const
  for (const [database, text] of prepared) {
    await using sql = openPgSql({ server: postgres.server(database), logger: silentLogger })
    await sql.query(text)
  }
  process.stdout.write(`ROADSTREAM_POSTGRES='${postgres.url('roadstream')}'\nCtrl-C stops it; nothing of it is kept.\n`)
  await stopped
}
