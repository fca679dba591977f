// The grown-up set under load: Kafka, PostgreSQL, two gateways, two processes of jobs and the API
// with the writers, each killed once, in random order, and both gateways while Kafka stands still;
// cars come to either gateway. Stops, spoiled links, three brokers and a larger fleet are in
// bench/grown-up.ts.
import { test } from 'node:test'
import { seeded, shuffled } from '../src/base/seeded.testing.ts'
import { noKafka } from './engines/kafka.ts'
import { noPostgres } from './engines/postgres.ts'
import { faultsOf, openGrownUp } from './support/grown-up.ts'
import { endure } from './support/ordeal.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const cars = 100
const messagesPerS = 200
const noProc = process.platform !== 'linux' && 'the processes of a server are told by /proc, which is of Linux'

test(
  'whichever server or process of a grown-up set is killed, nothing acknowledged is missing and no row is doubled',
  { skip: noKafka || noPostgres || noProc, timeout: 290_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    const kills = faultsOf(1).filter((fault) => fault.endsWith('-killed') && !fault.startsWith('all'))
    const { records } = await endure({
      open: () => openGrownUp(1, random),
      blows: shuffled(kills, random).map((fault) => ({ fault, forMs: 200 + random() * 800 })),
      cars,
      messagesPerS,
      random,
      recovered: ({ fault }, ms) => context.diagnostic(`${fault}: the tables followed after ${Math.round(ms)} ms`),
    })
    context.diagnostic(`${records} records`)
  },
)
