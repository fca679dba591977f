// Stores of gateways over a log that they share, for tests.
import { silentLogger } from '../../base/logger.ts'
import type { EventLog } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { readWhole } from '../../eventlog/read-whole.testing.ts'
import type { StateStore } from '../../eventlog/state-store.ts'
import { heldLog } from '../gateway.testing.ts'
import { contractClients, type OpenedGatewayStore } from '../gateway-store.contract.ts'
import { openSharedGatewayStore, type SharedGatewayStore } from './shared-store.ts'

/** A store for the suite, to which the clients of the suite belong. Disposes the log. */
export async function openContractStore({
  log,
  [Symbol.asyncDispose]: dispose,
}: AsyncDisposable & { readonly log: EventLog }): Promise<OpenedGatewayStore> {
  const local = openMemoryLog({ partitions: 1 })
  const held = heldLog({ log, state: local.state })
  const store = await openSharedGatewayStore({ log: held, local: local.state, logger: silentLogger })
  for (const client of contractClients) await store.claims.claim(client)
  return {
    store,
    records: () => readWhole(log, 'event'),
    fill: () => void (held.isFull = true),
    [Symbol.asyncDispose]: async () => {
      await dispose()
      await local[Symbol.asyncDispose]()
    },
  }
}

/** A gateway's store, with a copy of its own unless one is given. */
export const openTestStore = (
  log: EventLog,
  local: StateStore = openMemoryLog({ partitions: 1 }).state,
): Promise<SharedGatewayStore> => openSharedGatewayStore({ log, local, logger: silentLogger })
