// The ports of the read models. Lists are keyset-paged: `after` is the last row's cursor of the page before, opaque to the caller.
// All are safe for concurrent readers. Each has a contract suite beside it that every adapter passes.
import type { Alert, LedgerEntry, Track, Trip, Twin, TwinPatch } from '../model/read-models.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Projection } from './projection.ts'

export type Page<Row> = { readonly rows: readonly Row[]; /** Absent on the last page. */ readonly next?: string }
export type PageRequest = { readonly limit: number; readonly after?: string }

export interface TwinStore extends Projection<TwinPatch> {
  get(ref: VehicleRef): Promise<Twin | undefined>
  /** Vehicles of a tenant in order of vehicle id; `search` is a case-insensitive part of the id. */
  list(tenant: string, filter: VehicleFilter, page: PageRequest): Promise<Page<Twin>>
  count(tenant: string, filter: VehicleFilter): Promise<number>
}

export type VehicleFilter = {
  readonly search?: string
  readonly powertrain?: 'COMBUSTION' | 'HYBRID' | 'ELECTRIC'
  readonly moving?: boolean
  /** Only vehicles heard from since, or, with `silent`, not heard from since. Epoch milliseconds. */
  readonly heardSince?: number
  readonly silentSince?: number
}

export interface TripStore extends Projection<Trip> {
  get(tenant: string, id: string): Promise<Trip | undefined>
  /** Newest start first. */
  list(
    tenant: string,
    filter: { readonly vehicle?: string; readonly from?: number; readonly to?: number },
    page: PageRequest,
  ): Promise<Page<Trip>>
}

export interface TrackStore extends Projection<Track> {
  /** The minutes that overlap [from, to], in order. At most `limit` minutes. */
  list(ref: VehicleRef, from: number, to: number, limit: number): Promise<readonly Track[]>
}

export interface AlertStore extends Projection<Alert> {
  get(tenant: string, id: string): Promise<Alert | undefined>
  /** Newest first. */
  list(tenant: string, filter: { readonly vehicle?: string; readonly kind?: Alert['kind'] }, page: PageRequest): Promise<Page<Alert>>
}

export interface LedgerStore extends Projection<LedgerEntry> {
  list(
    tenant: string,
    filter: {
      readonly vehicle?: string
      /** Only entries with something missing, refused, late or duplicate. */ readonly troubled?: boolean
    },
    page: PageRequest,
  ): Promise<Page<LedgerEntry>>
  /** Sums by stream. */
  totals(tenant: string): Promise<readonly Omit<LedgerEntry, 'tenant' | 'vehicle' | 'lastAt'>[]>
}

/** A raw message as a document. The id is its place in the log, so a second write is the same as one. */
export type MessageDocument = VehicleRef & {
  readonly stream: string
  readonly at: number
  readonly receivedAt: number
  /** The payload, parsed; dead letters are not kept here. */
  readonly body: unknown
}

export interface MessageStore extends Projection<MessageDocument> {
  /** Newest first. */
  list(ref: VehicleRef, filter: { readonly stream?: string }, page: PageRequest): Promise<Page<MessageDocument & { readonly id: string }>>
  /** Forgets documents received before `olderThan`; gives how many. */
  expire(olderThan: number): Promise<number>
}

export type User = {
  readonly id: string
  readonly name: string
  readonly passwordHash: string
  readonly role: 'administrator' | 'viewer'
  readonly tenant: string
}

export interface UserStore {
  count(): Promise<number>
  findByName(name: string): Promise<User | undefined>
  /** Rejects with Outage USER_EXISTS (not retryable) when the name is taken. */
  add(user: User): Promise<void>
  setPassword(id: string, passwordHash: string): Promise<void>
}

/** Everything the API reads, opened and closed together. */
export interface Storage extends AsyncDisposable {
  readonly twins: TwinStore
  readonly trips: TripStore
  readonly tracks: TrackStore
  readonly alerts: AlertStore
  readonly ledger: LedgerStore
  readonly messages: MessageStore
  readonly users: UserStore
}
