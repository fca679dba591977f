// Messages between the page and the live worker. Buffers go back and forth by transfer: none is
// copied on the page's thread.
import type { Alert, Trip } from '../../../src/api/contract.ts'
import type { CarCounts, CarFilter } from './car-table.ts'
import type { FeedState } from './feed-state.ts'

export type ToWorker =
  | { readonly kind: 'start'; readonly url: string; readonly token: string | undefined }
  | { readonly kind: 'stop' }
  /** The network came back, or the page came to the front: do not wait for the timer. */
  | { readonly kind: 'hurry' }
  | { readonly kind: 'filter'; readonly filter: CarFilter }
  /** A buffer of an earlier tick, to be filled again. */
  | { readonly kind: 'spent'; readonly buffer: ArrayBuffer }

export type FromWorker =
  | {
      readonly kind: 'tick'
      readonly buffer: ArrayBuffer
      readonly count: number
      readonly epochAt: number
      readonly counts: CarCounts
      /** No slot from before is whose it was. */
      readonly anew: boolean
      readonly names: readonly (readonly [slot: number, vehicle: string])[]
      /** Position reports a second over the last seconds. */
      readonly reportsPerSecond: number
    }
  | { readonly kind: 'feed'; readonly state: FeedState }
  | { readonly kind: 'alert'; readonly id: string; readonly alert: Alert | null }
  | { readonly kind: 'trip'; readonly id: string; readonly trip: Trip | null }
  | { readonly kind: 'reset' }
