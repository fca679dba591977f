// Storage in memory: the reference the contract suites describe, and what tests of the API and the
// writers run on. It keeps every promise but durability; lists sort all rows, so it is for
// thousands of them.
import { Outage } from '../../base/errors.ts'
import { readModels } from '../../read-models/read-models.ts'
import type { RegistryEntry } from '../../model/registry.ts'
import type { MessageIndex } from '../message-index.ts'
import { tableNames } from '../storage-size.ts'
import { tablesOf, type Storage } from '../storage.ts'
import { openMemoryAudit } from './memory-audit.ts'
import { openMemoryAccountLinks, openMemorySignIns } from './memory-accounts.ts'
import { openMemoryMessageIndex, openMemoryMessages } from './memory-messages.ts'
import { openMemoryRegistry } from './memory-registry.ts'
import { openMemoryPrograms } from './memory-programs.ts'
import { openMemoryAnomalies, openMemoryLedger, openMemoryTrips } from './memory-sums.ts'
import { openMemoryShares } from './memory-shares.ts'
import { openMemoryTable } from './memory-table.ts'
import { openMemoryTwins } from './memory-twins.ts'
import { openMemoryUsers } from './memory-users.ts'

export function openMemoryStorage(): Storage {
  let closed = false
  const guard = (): void => {
    if (closed) throw new Outage('STORE_CLOSED', 'The storage is closed.', { retryable: false })
  }
  const entries = new Map<string, RegistryEntry>()
  const twins = openMemoryTwins(guard, entries)
  const indexes = new Map<string, MessageIndex>()
  return {
    ...tablesOf((model) => openMemoryTable(guard, model)),
    trips: openMemoryTrips(guard),
    ledger: openMemoryLedger(guard),
    anomalies: openMemoryAnomalies(guard),
    twins,
    messages: openMemoryMessages(guard),
    messageIndex(logId) {
      const index = indexes.get(logId) ?? openMemoryMessageIndex(guard)
      indexes.set(logId, index)
      return index
    },
    users: openMemoryUsers(guard),
    registry: openMemoryRegistry(guard, entries, () => twins.rows.values()),
    shares: openMemoryShares(guard),
    audit: openMemoryAudit(guard),
    programs: openMemoryPrograms(guard),
    signIns: openMemorySignIns(guard),
    accountLinks: openMemoryAccountLinks(guard),
    async size() {
      guard()
      const tables = tableNames(Object.keys(readModels))
      return { tables: tables.map((table) => ({ table, bytes: null, oldestAt: null })), writeLog: null }
    },
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
}
