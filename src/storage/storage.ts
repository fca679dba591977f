// Everything the API reads and the writers write, opened and closed together.
import type { AnomalySum } from '../read-models/anomalies/anomalies.ts'
import type { LedgerTotals } from '../read-models/ledger/ledger.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels, type ReadModels } from '../read-models/read-models.ts'
import type { TripSum } from '../read-models/trips/trip-sums.ts'
import type { TripFilter } from '../read-models/trips/trips.ts'
import type { AuditStore } from './audit-store.ts'
import type { AccountLinkStore } from './account-link-store.ts'
import type { MessageIndex } from './message-index.ts'
import type { MessageList, MessageStore } from './message-store.ts'
import type { ShareStore } from './share-store.ts'
import type { Page, PageRequest } from './page.ts'
import type { RegistryStore } from './registry-store.ts'
import type { ProgramStore } from './program-store.ts'
import type { Reach } from './reach.ts'
import type { SignInStore } from './sign-in-store.ts'
import type { StorageSize } from './storage-size.ts'
import type { StoreOf } from './table-store.ts'
import type { TwinStore } from './twin-store.ts'
import type { UserStore } from './user-store.ts'

/** Read models whose stores give sums besides, so that each adapter opens them by themselves. */
const summed = ['trips', 'ledger', 'anomalies'] as const satisfies readonly (keyof ReadModels)[]
type SummedName = (typeof summed)[number]

/** A table for each of the other read models. */
export type Tables = { readonly [Name in Exclude<keyof ReadModels, SummedName>]: StoreOf<ReadModels[Name]> }

/** Opens a table for each of them. */
export function tablesOf(open: (model: AnyModel) => StoreOf<AnyModel>): Tables {
  const isPlain = ([name]: readonly [string, AnyModel]): boolean => !(summed as readonly string[]).includes(name)
  const models = Object.entries<AnyModel>(readModels).filter(isPlain)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by the names of the same object
  return Object.fromEntries(models.map(([name, model]) => [name, open(model)])) as unknown as Tables
}

/** Disposal waits for the calls under way; later calls reject with Outage STORE_CLOSED (not
 *  retryable). */
export interface Storage extends Tables, AsyncDisposable {
  readonly trips: TripStore
  readonly ledger: LedgerStore
  readonly anomalies: AnomalyStore
  readonly twins: TwinStore
  readonly messages: MessageStore
  /** Of the log with that id. */
  messageIndex(logId: string): MessageIndex
  readonly users: UserStore
  readonly registry: RegistryStore
  readonly shares: ShareStore
  readonly audit: AuditStore
  readonly programs: ProgramStore
  readonly signIns: SignInStore
  readonly accountLinks: AccountLinkStore
  /** Cheap, whatever the rows: for a look every few minutes. */
  size(): Promise<StorageSize>
}

/** As it is read: messages from wherever they are kept. */
export type StorageToRead = Omit<Storage, 'messages' | 'messageIndex'> & { readonly messages: MessageList }

/** A storage whose server is on its way. `opened` becomes the storage, and whoever has it disposes
 *  that. */
export type BegunStorage = { readonly opened: Promise<Storage> }

export type TripStore = StoreOf<ReadModels['trips']> & {
  /** Sums by vehicle of the trips that `list` gives for the same filter, in order of the vehicle; a
   *  vehicle with no such trip is not there. */
  sums(reach: Reach, filter: TripFilter, page: PageRequest): Promise<Page<TripSum>>
}

export type LedgerStore = StoreOf<ReadModels['ledger']> & {
  /** Sums by stream, in order of the stream's name. */
  totals(reach: Reach): Promise<readonly LedgerTotals[]>
}

export type AnomalyStore = StoreOf<ReadModels['anomalies']> & {
  /** The kinds that there are, in the order of `anomalyKinds`, each with the vehicles last heard,
   *  at most `newestMax`, in the order of the list. */
  sums(reach: Reach): Promise<readonly AnomalySum[]>
}
