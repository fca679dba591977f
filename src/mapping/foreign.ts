// The types that pass between those who take messages of publishers that are not ours and the
// mappings that translate them. A message is stored as it came before it is acknowledged; a
// translation is a pure function of the messages of one sender, in the order of the log, and of the
// time that passes in it.
import type { Sample } from '../model/message.ts'
import type { Rebirth } from './binary/sparkplug/rebirth.ts'

/** A message as it came. */
export type ForeignMessage = {
  /** By MQTT the topic; by HTTP method, path and query: `POST /owntracks?u=a`. */
  readonly address: string
  readonly payload: Uint8Array
  /** By HTTP the content type. */
  readonly contentType?: string
  /** Kept by the broker and handed out at subscription: old by an unknown time. */
  readonly retained: boolean
  /** By our clock, epoch milliseconds. */
  readonly receivedAt: number
}

/** Samples of one vehicle from a sender's messages. */
export type VehicleSaid = {
  /** The publisher's own id of the vehicle, to be looked up in the table of senders. */
  readonly foreignId: string
  readonly samples: readonly Sample[]
}

export type Taken = {
  readonly said: readonly VehicleSaid[]
  /** Why the message, or a part of it, could not be taken: for its dead letter. */
  readonly refused: { readonly reason: string; readonly detail: string } | null
  /** Of Sparkplug B: that the edge node must be born again for what it says to be read, or has
   *  been. */
  readonly rebirth?: Rebirth | undefined
}

/** The memory of a translation of one sender between two messages: plain JSON, stored by the
 *  caller. */
export type Memory = { [name: string]: unknown }

export interface Translation {
  /** The name of the mapping. */
  readonly name: string
  /** MQTT filters that together match what the mapping reads; empty for one that reads HTTP
   *  alone. */
  readonly filters: readonly string[]
  /** Whose messages must be read in order, as one text without "/": vehicle, charger, site;
   *  undefined for what the mapping does not read. */
  senderOf(address: string): string | undefined
  /** Takes a message into the memory of its sender, which it changes, and says what is complete by
   *  it. */
  take(memory: Memory, message: ForeignMessage): Taken
  /** When something of this sender becomes complete though nothing comes, epoch milliseconds;
   *  Infinity when nothing is open. */
  dueAt(memory: Memory): number
  /** Samples that are complete at that time. */
  pass(memory: Memory, at: number): Taken
  /** The signals that it may tell. */
  readonly signals: readonly string[]
  /** Names that messages had since it was opened and no rule reads: a key of JSON as a pointer, a
   *  parameter, an item of a list. */
  unread(): readonly string[]
}
