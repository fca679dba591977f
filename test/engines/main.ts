// `npm run engines`: PostgreSQL, Kafka, Mosquitto and HiveMQ as the tests start them, for trying
// things by hand, until Ctrl-C. Of brokers for the bridge one is enough for the settings.
import { parseArgs } from 'node:util'
import { silentLogger } from '../../src/base/logger.ts'
import { openPgSql } from '../../src/storage/postgres/pg-sql.ts'
import { noHivemq, startHivemq } from './hivemq.ts'
import { noKafka, settingsOn, startKafka, type KafkaOptions } from './kafka.ts'
import { noMosquitto, openLastingMosquitto } from './mosquitto.ts'
import { noPostgis, noPostgres, startPostgres, type Postgres } from './postgres.ts'

/** Undefined where the arguments are none of ours. */
function readNodes(): KafkaOptions['nodes'] | undefined {
  try {
    const { brokers } = parseArgs({ options: { brokers: { type: 'string', default: '1' } } }).values
    return brokers === '1' ? 1 : brokers === '3' ? 3 : undefined
  } catch {
    return undefined
  }
}

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

const nodes = readNodes()
const missing = [noPostgres, noKafka, noMosquitto, noHivemq]
if (nodes === undefined) {
  process.stderr.write(
    'npm run engines -- [--install] [--brokers 1 | 3]: --install only brings the engines; --brokers: nodes of Kafka\n',
  )
  process.exit(64)
}
for (const reason of missing) if (reason !== false) process.stderr.write(`${reason}\n`)
if (missing.every((reason) => reason !== false)) process.exitCode = 1
else {
  await using stack = new AsyncDisposableStack()
  if (noPostgres === false) await prepare(stack.use(await startPostgres()))
  if (noKafka === false) {
    const { brokers } = stack.use(await startKafka({ nodes }))
    const settings = Object.entries(settingsOn(brokers)).map(([name, value]) => `${name}=${value}`)
    process.stdout.write(`${settings.join(' ')}\n`)
  }
  const brokers = [
    ...(noMosquitto === false ? [['Mosquitto', stack.use(await openLastingMosquitto())] as const] : []),
    ...(noHivemq === false ? [['HiveMQ', stack.use(await startHivemq(''))] as const] : []),
  ]
  for (const [name, { port }] of brokers)
    process.stdout.write(`ROADSTREAM_BRIDGE=mqtt://127.0.0.1:${port}  # ${name}\n`)
  process.stdout.write('Ctrl-C stops it; nothing of it is kept.\n')
  await stopped
}
