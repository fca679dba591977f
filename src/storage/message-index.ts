// The port of the index of raw messages: where in the log each message of a vehicle is, so that a
// message is stored once. `message-index.contract.ts` is its executable form.
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { MessageFilter } from './message-store.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** A message in the log. Its id is its place there (`telemetry/3/1042`). */
export type MessageEntry = VehicleRef & {
  readonly stream: string
  readonly at: number
  readonly receivedAt: number
  /** CRC-32 of the payload: repeats of a message (`repeats`) have the same. */
  readonly digest: number
}

/** Of one log: that of another one has none of its entries, and positions of its own. An entry
 *  once put never changes and is never forgotten by its id: the same one put again is left out, and
 *  so is a repeat of another one. Safe for concurrent readers. */
export interface MessageIndex extends Projection<MessageEntry> {
  /** Newest receipt first, then by id downwards. */
  list(ref: VehicleRef, filter: MessageFilter, page: PageRequest): Promise<Page<MessageEntry & { readonly id: string }>>
  /** Forgets entries received before `olderThan` (epoch milliseconds), whole hours at a time: some
   *  are kept up to an hour longer. */
  expire(olderThan: number): Promise<void>
}
