// `npm run engines`: PostgreSQL and Kafka as the tests start them, for trying things by hand, until
// Ctrl-C.
import { silentLogger } from '../../src/base/logger.ts'
import { openPgSql } from '../../src/storage/postgres/pg-sql.ts'
import { noKafka, startKafka, type Kafka } from './kafka.ts'
import { noPostgis, noPostgres, startPostgres, type Postgres } from './postgres.ts'

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})

async function prepare(postgres: Postgres): Promise<void> {
  const prepared = [
    ['postgres', 'create database roadstream'],
    ...(noPostgis === false ? [['roadstream', 'create extension postgis'] as const] : []),
  ] as const
  for (const [database, text] of prepared) {
    await using sql = openPgSql({ server: postgres.server(database), logger: silentLogger })
    await sql.query(text)
  }
  process.stdout.write(`ROADSTREAM_POSTGRES='${postgres.url('roadstream')}'\n`)
}

const settingsOf = ({ brokers }: Kafka): string =>
  `ROADSTREAM_KAFKA=${brokers.map(({ host, port }) => `${host}:${port}`).join(',')} ROADSTREAM_KAFKA_REPLICATION=1 ROADSTREAM_KAFKA_MIN_IN_SYNC=1`

for (const missing of [noPostgres, noKafka]) if (missing !== false) process.stderr.write(`${missing}\n`)
if (noPostgres !== false && noKafka !== false) process.exitCode = 1
else {
  await using stack = new AsyncDisposableStack()
  if (noPostgres === false) await prepare(stack.use(await startPostgres()))
  if (noKafka === false) process.stdout.write(`${settingsOf(stack.use(await startKafka({ nodes: 1 })))}\n`)
  process.stdout.write('Ctrl-C stops it; nothing of it is kept.\n')
  await stopped
}
