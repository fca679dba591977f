// Storage in memory: the reference the contract suites describe, and what tests of the API and the
// writers run on. It keeps every promise but durability; lists sort all rows, so it is for
// thousands of them.
import { Outage } from '../../base/errors.ts'
import { tablesOf, type Storage } from '../storage.ts'
import { openMemoryMessages } from './memory-messages.ts'
import { openMemoryAnomalies, openMemoryLedger } from './memory-sums.ts'
import { openMemoryTable } from './memory-table.ts'
import { openMemoryTwins } from './memory-twins.ts'
import { openMemoryUsers } from './memory-users.ts'

export function openMemoryStorage(): Storage {
  let closed = false
  const guard = (): void => {
    if (closed) throw new Outage('STORE_CLOSED', 'The storage is closed.', { retryable: false })
  }
  return {
    ...tablesOf((model) => openMemoryTable(guard, model)),
    ledger: openMemoryLedger(guard),
    anomalies: openMemoryAnomalies(guard),
    twins: openMemoryTwins(guard),
    messages: openMemoryMessages(guard),
    users: openMemoryUsers(guard),
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
}
