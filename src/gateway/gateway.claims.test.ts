// Promises of a gateway hold where its sessions are in a topic that other gateways have too: the
// same tests, over such a store.
import { silentLogger } from '../base/logger.ts'
import { createSessionCache } from './claims/session-cache.ts'
import { journalKey } from './claims/session-topic.ts'
import { openSharedGatewayStore } from './claims/shared-store.ts'
import { testStore } from './gateway.testing.ts'

testStore.open = (log, local) => openSharedGatewayStore({ log, local, logger: silentLogger })
testStore.entries = ({ state }) => {
  const cache = createSessionCache(state, () => 0)
  const clients = [...cache.claimedBy(() => true)].map(([client]) => client)
  const retained = [...cache.entries('m/')].map(([key]) => key)
  return [
    ...retained,
    ...clients.flatMap((client) => cache.stateOf(client).entries.map(({ name }) => journalKey(client, name))),
  ]
}

await import('./gateway.contract.ts')
