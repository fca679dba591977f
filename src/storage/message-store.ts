// The port of the raw messages, kept as documents for a stated time. `message-store.contract.ts` is
// its executable form.
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'
import type { ReachSpan } from './reach.ts'

/** A raw message as a document. The id is its place in the log (`telemetry/3/1042`), so a second
 *  write is the same as one. */
export type MessageDocument = VehicleRef & {
  readonly stream: string
  readonly at: number
  readonly receivedAt: number
  /** The payload, parsed; dead letters are not kept here. */
  readonly body: unknown
}

/** The same on its way in: `json` is the payload as JSON text, which parses, so that a payload that
 *  is known to be sound need not be made into objects. */
export type MessageToKeep = Omit<MessageDocument, 'body'> & { readonly json: string }

/** How a message is known again that comes a second time, as brokers and cars repeat what was not
 *  acknowledged: by vehicle, stream, instant and body. It is looked for among so many documents of
 *  the vehicle from its instant on, or from its receipt where that is earlier, and from so much
 *  before: one of a clock that is further ahead may be there twice. Where `at` is the receipt it
 *  may stand for an instant that was not told, and nothing is known again. */
export const repeats = { aheadMs: 10_000, looked: 10_000 } as const

/** A document once put never changes: the same one put again is left out, and so is a message that
 *  came again and has another id (`repeats`). One under a known id but of another car, or received
 *  at another instant, comes from another log, and is kept beside it. Safe for concurrent
 *  readers. */
export interface MessageStore extends Projection<MessageToKeep> {
  /** Newest receipt first, then by id downwards. */
  list(
    ref: VehicleRef,
    filter: MessageFilter,
    page: PageRequest,
  ): Promise<Page<MessageDocument & { readonly id: string }>>
  /** Forgets documents received before `olderThan` (epoch milliseconds), whole hours at a time:
   *  some are kept up to an hour longer. */
  expire(olderThan: number): Promise<void>
}

/** Instants are epoch milliseconds; whole numbers or not. */
export type MessageFilter = {
  readonly stream?: string
  /** Received then or later. */
  readonly receivedFrom?: number
  /** Received within one of the spans. */
  readonly receivedIn?: readonly ReachSpan[]
  /** Whose `at` is then or later. */
  readonly atFrom?: number
  /** Of which the receipt or `at` is then or earlier: an instant that is wrong alone hides no
   *  message. */
  readonly eitherTo?: number
}

/** Messages as they are looked up. */
export type MessageList = Pick<MessageStore, 'list'>
