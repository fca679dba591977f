// The topic in which gateways of several machines keep sessions: claims, and what sessions hold
// under them, as records of a compacted topic with one partition, so that there is one order of
// all.
//
//   key                                 value                    of what
//   c/{client}                          who claims, as JSON      a claim: its offset is its number, and nothing else decides
//   e/{client} 0 {number} 0 s           a byte 1, and the bytes  the session, as session-journal.ts has it; a byte 0: it has ended
//   e/{client} 0 {number} 0 {kind} 0 …  a byte 1, and the bytes  another entry of it; none: it is gone
//   m/{hash of topic}                   a byte 1, and the bytes  a retained message; none: it is gone
//
// The state of a client is what stands under the highest number that has the session itself; that
// is written last when a state is taken over, so a half taken one counts for nothing. No key is
// written by two gateways but that of claims, of which the newest counts: so compaction, which
// keeps the newest record of a key, never takes an owner's word for that of one who was late.
import type { NewRecord } from '../../eventlog/event-log.ts'
import { sessionsTopic } from '../../eventlog/topics.ts'
import { ownerEnd, retainedPrefix, sessionPrefix } from '../session/session-journal.ts'

/** Claimant: the gateway of a data folder, and which of its starts. */
export type Claimant = { readonly gateway: string; readonly life: string }
export type Claim = Claimant & { readonly number: number }

export const claimPrefix = 'c/'
export const entryPrefix = 'e/'
/** The session itself among the entries of a client. */
export const sessionName = sessionPrefix.slice(0, 1)
const numberDigits = 16

/** A session that is over: unlike an entry that is gone it hides what older claims have. */
export const ended: Uint8Array = Buffer.of(0)
const presentByte = Buffer.of(1)
export const present = (value: Uint8Array): Uint8Array => Buffer.concat([presentByte, value])
/** The bytes of an entry; undefined for those of a session that is over. */
export const entryBytes = (value: Uint8Array): Uint8Array | undefined =>
  value[0] === 1 ? value.subarray(1) : undefined

export const claimKey = (client: string): string => claimPrefix + client
export const clientPrefix = (client: string): string => entryPrefix + client + ownerEnd
export const claimedPrefix = (client: string, number: number): string =>
  clientPrefix(client) + String(number).padStart(numberDigits, '0') + ownerEnd

/** An entry of the journal: whose it is, and its name among the client's. Undefined for one of no
 *  client. */
export function ownedEntry(key: string): { readonly client: string; readonly name: string } | undefined {
  if (key.startsWith(retainedPrefix)) return undefined
  const end = key.indexOf(ownerEnd)
  const kind = key.slice(0, 1)
  return end < 0 ? { client: key.slice(2), name: kind } : { client: key.slice(2, end), name: kind + key.slice(end) }
}

/** The key in the journal of a client's entry. */
export const journalKey = (client: string, name: string): string => `${name.slice(0, 1)}/${client}${name.slice(1)}`

/** Under which number an entry of the client stands, and its name. */
export function readEntryKey(key: string, client: string): { readonly number: number; readonly name: string } {
  const start = clientPrefix(client).length
  return { number: Number(key.slice(start, start + numberDigits)), name: key.slice(start + numberDigits + 1) }
}

const nothing = new Uint8Array(0)

/** A record of the topic; without a value a tombstone. */
export const sessionsRecord = (key: string, value: Uint8Array | undefined, at: number): NewRecord => ({
  topic: sessionsTopic.name,
  key,
  value: value ?? nothing,
  at,
})
