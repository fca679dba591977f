// Everything a Storage keeps: one suite for each of its stores.
import { alertStoreContract } from '../read-models/alerts/alerts.contract.ts'
import { anomalyStoreContract } from '../read-models/anomalies/anomalies.contract.ts'
import { ledgerStoreContract } from '../read-models/ledger/ledger.contract.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels, type ReadModelName } from '../read-models/read-models.ts'
import { trackStoreContract } from '../read-models/tracks/tracks.contract.ts'
import { tripSumsContract } from '../read-models/trips/trip-sums.contract.ts'
import { tripStoreContract } from '../read-models/trips/trips.contract.ts'
import { auditStoreContract } from './audit-store.contract.ts'
import { messageIndexContract } from './message-index.contract.ts'
import { messageStoreContract } from './message-store.contract.ts'
import { programStoreContract } from './program-store.contract.ts'
import { accountLinkStoreContract } from './account-link-store.contract.ts'
import type { OpenStore } from './projection.contract.ts'
import type { Storage } from './storage.ts'
import { registryStoreContract } from './registry-store.contract.ts'
import { shareStoreContract } from './share-store.contract.ts'
import { signInStoreContract } from './sign-in-store.contract.ts'
import { storageSizeContract } from './storage-size.contract.ts'
import { tableStoreContract } from './table-store.contract.ts'
import type { StoreOf } from './table-store.ts'
import { twinStoreContract } from './twin-store.contract.ts'
import { vehicleSearchContract } from './vehicle-search.contract.ts'
import { userStoreContract } from './user-store.contract.ts'

type StoreName = Exclude<keyof Storage, symbol | 'messageIndex' | 'size'>

export function storageContract(open: () => Promise<Storage>): void {
  const one =
    <Name extends StoreName>(name: Name): OpenStore<Storage[Name]> =>
    async () => {
      const storage = await open()
      return { ...storage[name], [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() }
    }
  for (const name of Object.keys(readModels) as ReadModelName[])
    tableStoreContract(readModels[name], one(name) as OpenStore<StoreOf<AnyModel>>)
  twinStoreContract(one('twins'))
  tripStoreContract(one('trips'))
  tripSumsContract(one('trips'))
  trackStoreContract(one('tracks'))
  alertStoreContract(one('alerts'))
  ledgerStoreContract(one('ledger'))
  anomalyStoreContract(one('anomalies'))
  messageStoreContract(one('messages'))
  messageIndexContract(async () => {
    const storage = await open()
    return {
      ...storage.messageIndex('00ff'),
      of: (logId) => storage.messageIndex(logId),
      [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
    }
  })
  vehicleSearchContract(open)
  userStoreContract(one('users'))
  registryStoreContract(async () => {
    const { registry, twins, ...storage } = await open()
    return { ...registry, twins, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() }
  })
  shareStoreContract(one('shares'))
  auditStoreContract(one('audit'))
  programStoreContract(one('programs'))
  signInStoreContract(one('signIns'))
  accountLinkStoreContract(one('accountLinks'))
  storageSizeContract(open)
}
