// The store of the gateway over logs that hold its entries too.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { heldLog } from './gateway.testing.ts'
import { gatewayStoreContract, type OpenedGatewayStore } from './gateway-store.contract.ts'
import { openGatewayStore, openSplitGatewayStore, type GatewayStore } from './gateway-store.ts'

function opened(
  logAndState: LogAndState,
  dispose: () => void = () => undefined,
  open = openGatewayStore,
): OpenedGatewayStore {
  const { log, state } = logAndState
  const held = heldLog(logAndState)
  let current: GatewayStore = open({ log, state })
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
      current = open({ log: held, state: held.state })
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

gatewayStoreContract('a log and entries elsewhere', () =>
  opened(openMemoryLog({ partitions: 1 }), () => undefined, openSplitGatewayStore),
)

test('a commit that comes again because its entries were not stored does not store its records twice', async () => {
  await using logAndState = openMemoryLog({ partitions: 1 })
  const { log, state } = logAndState
  let failures = 1
  const commit: typeof state.commit = async (...given) => {
    if (failures-- > 0) throw new Outage('LOG_FULL', 'full', { retryable: true })
    await state.commit(...given)
  }
  const store = openSplitGatewayStore({ log, state: { ...state, commit } })
  const records = [{ topic: 'event', key: 'acme/v1', at: 1, value: Buffer.from('a') }]
  const changes = [{ key: 's/1', value: Buffer.from('one') }]
  await assert.rejects(store.commit(records, changes), { code: 'LOG_FULL' })
  await store.commit(records, changes)
  await store.commit([...records], [])
  assert.equal((await readWhole(log, 'event')).length, 2)
  assert.deepEqual(Buffer.from(store.get('s/1') ?? []).toString(), 'one')
})
