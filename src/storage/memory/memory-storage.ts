// Storage in memory: the reference the contract suites describe, and what tests of the API and the writers run on. It keeps
// every promise but durability; lists sort all rows, so it is for thousands of them.
import { Outage } from '../../base/errors.ts'
import type { Storage } from '../storage.ts'
import { openMemoryAlerts } from './memory-alerts.ts'
import { openMemoryAnomalies } from './memory-anomalies.ts'
import { openMemoryLedger } from './memory-ledger.ts'
import { openMemoryMessages } from './memory-messages.ts'
import { openMemoryTracks } from './memory-tracks.ts'
import { openMemoryTrips } from './memory-trips.ts'
import { openMemoryTwins } from './memory-twins.ts'
import { openMemoryUsers } from './memory-users.ts'

export function openMemoryStorage(): Storage {
  let closed = false
  const guard = (): void => {
    if (closed) throw new Outage('STORE_CLOSED', 'The storage is closed.', { retryable: false })
  }
  return {
    twins: openMemoryTwins(guard),
    trips: openMemoryTrips(guard),
    tracks: openMemoryTracks(guard),
    alerts: openMemoryAlerts(guard),
    ledger: openMemoryLedger(guard),
    anomalies: openMemoryAnomalies(guard),
    messages: openMemoryMessages(guard),
    users: openMemoryUsers(guard),
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
}
