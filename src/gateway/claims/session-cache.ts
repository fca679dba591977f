// The local copy of the topic of sessions, read without a question to the log. It keeps how far it
// has come with what it has, in one transaction, so that a record which is read twice changes
// nothing; lost, it is made again from the topic.
import { Outage } from '../../base/errors.ts'
import type { Positions, StoredRecord } from '../../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../../eventlog/state-store.ts'
import {
  entryBytes,
  claimKey,
  claimPrefix,
  clientPrefix,
  readEntryKey,
  sessionName,
  type Claim,
  type Claimant,
} from './session-topic.ts'

export type StateEntry = { readonly name: string; readonly value: Uint8Array }

export type ClientState = {
  /** As they are in the topic; empty where there is no session. */
  readonly entries: readonly StateEntry[]
  /** Of all that stands under any claim of the client. */
  readonly keys: readonly string[]
}

export interface SessionCache {
  /** Where the topic is read on. */
  positions(): Positions
  /** Takes in what was read; gives the claims in it. */
  apply(records: readonly StoredRecord[], to: Positions): Promise<readonly (Claimant & { readonly client: string })[]>
  /** Is as the topic was so long ago; Infinity when that is not known. Milliseconds. */
  ageMs(): number
  /** Forgets all, its place in the topic first. */
  empty(): Promise<void>
  claimOf(client: string): Claim | undefined
  /** Clients whose newest claim is one of these, in the order of their bytes. */
  claimedBy(isWanted: (claim: Claim) => boolean): Iterable<readonly [client: string, claim: Claim]>
  stateOf(client: string): ClientState
  get(key: string): Uint8Array | undefined
  entries(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
}

/** The number is that of the form of what it has. */
export const sessionsTask = 'sessions/1'
const currentKey = 'i/current-at'

export function createSessionCache(local: StateStore, now: () => number): SessionCache {
  const readClaim = (value: Uint8Array): Claim => JSON.parse(Buffer.from(value).toString()) as Claim

  return {
    positions: () => local.positions(sessionsTask),
    async apply(records, to) {
      const state: StateChange[] = []
      const claims: (Claimant & { readonly client: string })[] = []
      for (const { key, value, offset } of records) {
        if (!key.startsWith(claimPrefix)) state.push(value.byteLength === 0 ? { key } : { key, value })
        else {
          const { gateway, life } = parseClaimant(value)
          const claim: Claim = { gateway, life, number: offset }
          state.push({ key, value: Buffer.from(JSON.stringify(claim)) })
          claims.push({ gateway, life, client: key.slice(claimPrefix.length) })
        }
      }
      state.push({ key: currentKey, value: Buffer.from(String(now())) })
      await local.commit([{ task: sessionsTask, positions: to, state }], [])
      return claims
    },
    ageMs() {
      const current = local.get(sessionsTask, currentKey)
      return current === undefined ? Infinity : now() - Number(Buffer.from(current).toString())
    },
    empty: () => local.clear(sessionsTask),
    claimOf(client) {
      const value = local.get(sessionsTask, claimKey(client))
      return value === undefined ? undefined : readClaim(value)
    },
    *claimedBy(isWanted) {
      for (const [key, value] of local.range(sessionsTask, claimPrefix)) {
        const claim = readClaim(value)
        if (isWanted(claim)) yield [key.slice(claimPrefix.length), claim]
      }
    },
    stateOf(client) {
      const all = Array.from(local.range(sessionsTask, clientPrefix(client)), ([key, value]) => ({
        ...readEntryKey(key, client),
        key,
        value,
      }))
      // Numbers have the same digits, so that the last is the highest.
      const session = all.findLast(({ name }) => name === sessionName)
      const isThere = session !== undefined && entryBytes(session.value) !== undefined
      return {
        entries: isThere ? all.filter(({ number }) => number === session.number) : [],
        keys: all.map(({ key }) => key),
      }
    },
    get: (key) => local.get(sessionsTask, key),
    entries: (prefix) => local.range(sessionsTask, prefix),
  }
}

function parseClaimant(value: Uint8Array): Claimant {
  try {
    const { gateway, life } = JSON.parse(Buffer.from(value).toString()) as Partial<Claimant>
    if (typeof gateway === 'string' && typeof life === 'string') return { gateway, life }
  } catch {
    // Told below, as any other value that is none.
  }
  throw new Outage(
    'LOG_DAMAGED',
    'The topic of sessions holds a claim that is none: something else writes there. Give another ROADSTREAM_KAFKA_PREFIX, or delete that topic; sessions then begin anew.',
    { retryable: false },
  )
}
