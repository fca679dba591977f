// Everything a Storage keeps: one suite for each of its stores.
import { alertStoreContract } from './alert-store.contract.ts'
import { anomalyStoreContract } from './anomaly-store.contract.ts'
import type { OpenStorage } from './contract-rows.testing.ts'
import { ledgerStoreContract } from './ledger-store.contract.ts'
import { messageStoreContract } from './message-store.contract.ts'
import { trackStoreContract } from './track-store.contract.ts'
import { tripStoreContract } from './trip-store.contract.ts'
import { twinStoreContract } from './twin-store.contract.ts'
import { userStoreContract } from './user-store.contract.ts'

export function storageContract(open: OpenStorage): void {
  twinStoreContract(open)
  tripStoreContract(open)
  trackStoreContract(open)
  alertStoreContract(open)
  ledgerStoreContract(open)
  anomalyStoreContract(open)
  messageStoreContract(open)
  userStoreContract(open)
}
