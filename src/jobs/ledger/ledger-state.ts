// What the ledger remembers of a vehicle. A message costs the small parts of its own stream and boot, however many there were.
import type { SeqSet } from '../../engine/seq-set.ts'

/** One boot's messages in one stream. */
export type BootCount = { highest: number; readonly stored: SeqSet; readonly refused: SeqSet }

export type StreamCount = {
  /** Highest seq + 1, summed over boots. */
  counted: number
  received: number
  stored: number
  late: number
  /** Refused, and told apart by boot and seq. */
  refused: number
  /** Refused, with no boot and seq to be read. */
  unreadable: number
  /** Distinct ones with an instant that is marked. */
  clock: number
  lastAt: number
  lastReceivedAt: number
}

/** The boots counted apart in one stream, and up to when those that no longer are had begun. */
export type KnownBoots = { readonly boots: [boot: string, firstAt: number][]; forgottenAt: number }

/** The streams that changed, and the log time when that is said at the earliest; −1 = at once. */
export type LedgerNews = { readonly streams: string[]; readonly dueAt: number }

export type LedgerParts = {
  stream: StreamCount
  boot: BootCount
  boots: KnownBoots
  news: LedgerNews
}

/** Boots counted apart in one stream of a vehicle: some weeks' worth. A message of an older boot counts as late and, as it can no longer be told apart, as a duplicate. */
export const bootsMax = 128
