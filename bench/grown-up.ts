// The grown-up set under a fleet: Kafka, PostgreSQL, two gateways, two processes of jobs and the
// API with the writers are killed and stopped at random moments, each and all, and their links to
// the servers are spoiled; with three brokers one is lost, leaders and replicas are moved, and the
// links to one and to all are spoiled. After each group of blows everything acknowledged is in the
// log, each raw message is there once, and every table is what a fresh run of the jobs derives.
import { noKafka } from '../test/engines/kafka.ts'
import { noPostgres } from '../test/engines/postgres.ts'
import { faultsOf, openGrownUp } from '../test/support/grown-up.ts'
import { runOrdeals } from './support/ordeals.ts'

export const title = 'Kafka, PostgreSQL and the roles in processes of their own, killed, stopped, moved and cut off'

export type FaultOptions = {
  readonly times?: number
  readonly cars?: number
  readonly rate?: number
  readonly only?: string
}

export const run = ({ times = 10, cars = 2_000, rate = 500, only = '' }: FaultOptions = {}): Promise<void> =>
  runOrdeals(
    ([1, 3] as const).map((brokers) => ({
      name: brokers === 1 ? 'one-broker' : 'three-brokers',
      faults: faultsOf(brokers),
      unable: noKafka || noPostgres,
      open: (random) => openGrownUp(brokers, random),
    })),
    { times, cars, messagesPerS: rate, blowsAtOnce: 10, only },
  )
