// The store of the gateway over logs that hold its entries too, and over a log that other gateways
// have as well.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { sessionsTopic, uplinkTopics } from '../eventlog/topics.ts'
import { openContractStore } from './claims/shared-store.testing.ts'
import { heldLog } from './gateway.testing.ts'
import { gatewayStoreContract, type OpenedGatewayStore } from './gateway-store.contract.ts'
import { openGatewayStore, type GatewayStore } from './gateway-store.ts'

function opened(logAndState: LogAndState, dispose: () => void = () => undefined): OpenedGatewayStore {
  const { log, state } = logAndState
  const held = heldLog(logAndState)
  let current: GatewayStore = openGatewayStore({ log, state })
  const store: GatewayStore = {
    now: () => current.now(),
    append: (records) => current.append(records),
    commit: (records, changes) => current.commit(records, changes),
    get: (key) => current.get(key),
    entries: (prefix) => current.entries(prefix),
  }
  return {
    store,
    records: () => readWhole(log, 'event'),
    fill() {
      held.isFull = true
      current = openGatewayStore({ log: held, state: held.state })
    },
    async [Symbol.asyncDispose]() {
      await logAndState[Symbol.asyncDispose]()
      dispose()
    },
  }
}

gatewayStoreContract('memory', () => opened(openMemoryLog({ partitions: 1 })))

gatewayStoreContract('lmdb', () => {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-store-'))
  return opened(openLmdbLog({ dir, partitions: 1, topics: uplinkTopics }), () =>
    rmSync(dir, { recursive: true, force: true }),
  )
})

gatewayStoreContract('a log of several gateways', () =>
  openContractStore(openMemoryLog({ partitions: 1, topics: [...uplinkTopics, sessionsTopic] })),
)
