// The port of links to a vehicle, which let in who has one without an account. It keeps hashes of
// tokens and never a token. `share-store.contract.ts` is its executable form.
import type { Page, PageRequest } from './page.ts'

export type ShareLink = {
  readonly id: string
  readonly tenant: string
  readonly vehicle: string
  /** Whether the trip it is on is told as well. */
  readonly withTrip: boolean
  /** Nothing that happened before is told. */
  readonly from: number
  readonly until: number
  readonly madeAt: number
  /** Id and name of the person who made it. */
  readonly makerId: string
  readonly madeBy: string
  /** By our clock, to a minute; null where it never was. */
  readonly usedAt: number | null
}

/** Safe for concurrent callers. Each write is one transaction. */
export interface ShareStore {
  /** Those of a vehicle, the newest first. */
  list(tenant: string, vehicle: string, page: PageRequest): Promise<Page<ShareLink>>
  /** Rejects with Outage SHARE_EXISTS (not retryable) when the id or the hash is taken. */
  add(share: ShareLink, hash: string): Promise<void>
  findByHash(hash: string): Promise<ShareLink | undefined>
  /** The share that there was; undefined where there is no such share of the vehicle. */
  remove(tenant: string, vehicle: string, id: string): Promise<ShareLink | undefined>
  /** Notes a use; an earlier one than is known, or one of a share that is gone, is no fault. */
  noteUse(id: string, at: number): Promise<void>
  /** Removes those that ended before. */
  removeEnded(before: number): Promise<void>
}
