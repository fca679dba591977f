import type { SparkplugReason } from '../binary/sparkplug/session.ts'

/** Why a message, or a part of it, could not be taken: of its dead letter and a metric label. No
 *  text of the publisher's is in it. */
export type RefusalReason =
  | 'too-large'
  | 'not-utf8'
  | 'not-json'
  /** More items of a list, or more things of one sender, than are read. */
  | 'too-many'
  /** No route takes it, or nothing in it has a rule. */
  | 'not-mapped'
  | 'no-vehicle'
  | 'no-instant'
  /** Metrics of Sparkplug that could not be read; the others are taken. */
  | 'set-aside'
  /** Of bytes that are no text. */
  | SparkplugReason

export type MappingRefusal = { readonly reason: RefusalReason; readonly detail: string }
