// PostgreSQL under a system under load, embedded and foreign: it, the writers and the whole are
// killed and stopped at random moments, and the link to a foreign server is spoiled. After each
// group of blows everything acknowledged is in the log, and every table is what a fresh run of the
// jobs derives from it.
import { noPostgres } from '../test/engines/postgres.ts'
import { messagesPerSecond } from '../test/support/driving-fleet.ts'
import { faultsOf, openPostgresSystem } from '../test/support/postgres-system.ts'
import { runOrdeals } from './support/ordeals.ts'

export const title = 'the tables through kills and stops of the server, the writers and the whole, and a spoiled link'

export type FaultOptions = { readonly times?: number; readonly rate?: number; readonly only?: string }

export const run = ({ times = 20, rate = 5_000, only = '' }: FaultOptions = {}): Promise<void> =>
  runOrdeals(
    (['embedded', 'foreign'] as const).map((kind) => ({
      name: kind,
      faults: faultsOf(kind),
      unable: kind === 'foreign' && noPostgres,
      open: () => openPostgresSystem(kind),
    })),
    { times, cars: Math.ceil(rate / messagesPerSecond), messagesPerS: rate, blowsAtOnce: 5, only },
  )
