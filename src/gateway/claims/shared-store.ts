// The store of a gateway whose sessions other gateways may take over, on whatever machine: records
// go to the log, entries to its topic of sessions, and what is read of them comes from a local
// copy. The order of that topic alone decides who has a client.
//
//   CONNECT ──► claim, appended ──► read as far as it ──► what is there, copied under its number ──► read as far as that ──► CONNACK
//   a commit ──► records ──► entries, under the numbers of their clients ──► read as far as they ──► acknowledgements
//
// Invariants: nothing is acknowledged that stands on an entry before which the topic has another
// one's claim of that client, as it is read that far first; and who claims reads all that stands
// before its claim. So all that was acknowledged goes on, and a gateway that slept through a claim
// acknowledges nothing more of that client.
import { randomBytes } from 'node:crypto'
import type { Logger } from '../../base/logger.ts'
import type { EventLog, NewRecord } from '../../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../../eventlog/state-store.ts'
import { copyMsMax } from '../../eventlog/topics.ts'
import type { ClientClaims, GatewayStore } from '../gateway-store.ts'
import { deliveryPrefix, ownerEnd, receivedPrefix, retainedPrefix, sessionPrefix } from '../session/session-journal.ts'
import { createSessionCache, sessionsTask } from './session-cache.ts'
import { createSessionFollower } from './session-follower.ts'
import {
  entryBytes,
  claimedPrefix,
  claimKey,
  ended,
  journalKey,
  ownedEntry,
  present,
  sessionName,
  sessionsRecord,
} from './session-topic.ts'

export type SharedGatewayStore = GatewayStore & { readonly claims: ClientClaims }

export type SharedStoreOptions = {
  /** Has the topic of sessions. */
  readonly log: EventLog
  /** In the data folder, for this alone. */
  readonly local: StateStore
  readonly logger: Logger
}

/** Of what is copied at a time when a gateway starts. */
const copyRecords = 5_000
/** Under which a data folder keeps the name of its gateway, also when the copy is made again. */
const nameTask = 'gateway-name/1'
const nameKey = 'name'
/** In the store that it is given as `local`. */
export const sharedStoreTasks: readonly string[] = [sessionsTask, nameTask]
const noPositions = {}

async function nameOf(local: StateStore): Promise<string> {
  const known = local.get(nameTask, nameKey)
  if (known !== undefined) return Buffer.from(known).toString()
  const name = randomBytes(9).toString('base64url')
  const state = [{ key: nameKey, value: Buffer.from(name) }]
  await local.commit([{ task: nameTask, positions: noPositions, state }], [])
  return name
}

/** Reads the topic to its end and takes over what this gateway's data folder had at its last start.
 *  Rejects with the Outage of the log or of the local copy. */
export async function openSharedGatewayStore({ log, local, logger }: SharedStoreOptions): Promise<SharedGatewayStore> {
  const gateway = await nameOf(local)
  const life = randomBytes(9).toString('base64url')
  const cache = createSessionCache(local, () => log.now())
  if (cache.ageMs() > copyMsMax) await cache.empty()
  const follower = createSessionFollower({ log, cache, life, logger })

  async function appendEntries(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return
    const positions = await log.append(records)
    await follower.readTo(positions.at(-1)!.offset)
  }

  /** Claims as many, and gives those that nobody claimed since, as far as is known. */
  async function claimAll(clients: readonly string[]): Promise<readonly (readonly [string, number])[]> {
    if (clients.length === 0) return []
    const value = Buffer.from(JSON.stringify({ gateway, life }))
    const positions = await log.append(clients.map((client) => sessionsRecord(claimKey(client), value, log.now())))
    await follower.readTo(positions.at(-1)!.offset)
    return clients
      .map((client, index) => [client, positions[index]!.offset] as const)
      .filter(([client, number]) => cache.claimOf(client)?.number === number)
  }

  /** All there is of a client, under a new number: the session last, and then that all else is
   *  gone. Nothing once it was claimed again, by whoever has it then: that may be what is there. */
  function taking(client: string, number: number): NewRecord[] {
    if (cache.claimOf(client)?.number !== number) return []
    const { entries, keys } = cache.stateOf(client)
    const isAsItShouldBe = keys.length === 0 || (keys.length === 1 && entries.length === 0)
    if (isAsItShouldBe) return []
    const prefix = claimedPrefix(client, number)
    const put = (name: string, value: Uint8Array): NewRecord => sessionsRecord(prefix + name, value, log.now())
    const others = entries.filter(({ name }) => name !== sessionName)
    const session = entries.find(({ name }) => name === sessionName)?.value ?? ended
    return [
      ...others.map(({ name, value }) => put(name, value)),
      put(sessionName, session),
      ...keys.map((key) => sessionsRecord(key, undefined, log.now())),
    ]
  }

  async function takeAll(claimed: readonly (readonly [string, number])[]): Promise<void> {
    let records: NewRecord[] = []
    for (const [client, number] of claimed) {
      records.push(...taking(client, number))
      if (records.length < copyRecords) continue
      await appendEntries(records)
      records = []
    }
    await appendEntries(records)
  }

  /** The prefix of the entries of a client of ours. */
  const ownPrefix = (client: string): string | undefined => {
    const claim = cache.claimOf(client)
    return claim?.life === life ? claimedPrefix(client, claim.number) : undefined
  }

  /** Entries of clients that were taken over are theirs who have them now. */
  function entryRecords(changes: readonly StateChange[]): NewRecord[] {
    return changes.flatMap(({ key, value }) => {
      const own = ownedEntry(key)
      const stored = value === undefined ? undefined : present(value)
      if (own === undefined) return [sessionsRecord(key, stored, log.now())]
      const prefix = ownPrefix(own.client)
      if (prefix === undefined) return []
      const gone = own.name === sessionName ? ended : undefined
      return [sessionsRecord(prefix + own.name, stored ?? gone, log.now())]
    })
  }

  function* ownEntries(kind: string, prefix: string): Iterable<readonly [string, Uint8Array]> {
    const end = prefix.indexOf(ownerEnd)
    const clients = end < 0 ? cache.claimedBy((claim) => claim.life === life) : [[prefix.slice(2, end)] as const]
    for (const [client] of clients) {
      const own = ownPrefix(client)
      if (own === undefined) continue
      for (const [key, value] of cache.entries(own + kind)) {
        const bytes = entryBytes(value)
        const journaled = journalKey(client, key.slice(own.length))
        if (bytes !== undefined && journaled.startsWith(prefix)) yield [journaled, bytes]
      }
    }
  }

  function* entries(prefix: string): Iterable<readonly [string, Uint8Array]> {
    const isAsked = (kind: string): boolean => kind.startsWith(prefix) || prefix.startsWith(kind)
    if (isAsked(retainedPrefix))
      for (const [key, value] of cache.entries(prefix.startsWith(retainedPrefix) ? prefix : retainedPrefix))
        yield [key, entryBytes(value)!]
    for (const kind of [deliveryPrefix, receivedPrefix, sessionPrefix])
      if (isAsked(kind)) yield* ownEntries(kind.slice(0, 1), prefix)
  }

  await follower.readToEnd()
  const before = [...cache.claimedBy((claim) => claim.gateway === gateway)].map(([client]) => client)
  const ours = before.filter((client) => cache.stateOf(client).entries.length > 0)
  await takeAll(await claimAll(ours))
  if (ours.length > 0) logger.info({ clients: ours.length }, 'sessions of the time before are taken over')

  /** Records that are stored, of a commit whose entries were not: it comes again. */
  let stored: readonly NewRecord[] | undefined
  return {
    now: () => log.now(),
    append: log.append.bind(log),
    async commit(records, changes) {
      // Made before anything is awaited, as the caller may reuse the memory.
      const copied = changes.map((change) => ({ ...change, ...(change.value && { value: Buffer.from(change.value) }) }))
      if (stored !== records && records.length > 0) await log.append(records)
      stored = records
      await appendEntries(entryRecords(copied))
      stored = undefined
    },
    get(key) {
      const own = ownedEntry(key)
      const prefix = own === undefined ? undefined : ownPrefix(own.client)
      const place = own === undefined ? key : prefix === undefined ? undefined : prefix + own.name
      const value = place === undefined ? undefined : cache.get(place)
      return value === undefined ? undefined : entryBytes(value)
    },
    entries,
    claims: {
      holds: (client) => cache.claimOf(client)?.life === life,
      claim: async (client) => takeAll(await claimAll([client])),
      onTaken: follower.onTaken,
      follow: follower.follow,
    },
  }
}
