// Sessions of gateways on a shared log as a move carries them: all of the topic to read, whoever
// has them, and a topic to fill by the gateway of a data folder.
import type { StateChange } from '../../eventlog/state-store.ts'
import { copyMsMax } from '../../eventlog/topics.ts'
import { deliveryPrefix, receivedPrefix, retainedPrefix, sessionPrefix } from '../session/session-journal.ts'
import { createSessionCache } from './session-cache.ts'
import { createSessionFollower } from './session-follower.ts'
import { entryBytes, journalKey, ownedEntry } from './session-topic.ts'
import { openSharedGatewayStore, type SharedStoreOptions } from './shared-store.ts'

export type CarriedSessions = {
  /** As the journal has them, without bodies, in UTF-8 byte order of the keys. */
  entries(): Iterable<readonly [key: string, value: Uint8Array]>
}

export type FilledSessions = CarriedSessions & {
  /** Claims their clients, and stores them. */
  put(changes: readonly StateChange[]): Promise<void>
  /** Removes all there are of clients that this gateway has, and what is retained. */
  clear(): Promise<void>
}

/** Of one commit of removals, and of claims under way together. */
const step = 2_000

/** Reads the topic to its end and writes nothing there. While it is used no gateway runs. Rejects
 *  with the Outage of the log or of the local copy. */
export async function openSessionsToRead({ log, local, logger }: SharedStoreOptions): Promise<CarriedSessions> {
  const cache = createSessionCache(local, () => log.now())
  if (cache.ageMs() > copyMsMax) await cache.empty()
  await createSessionFollower({ log, cache, life: '', logger }).readToEnd()
  return {
    *entries() {
      for (const [key, value] of cache.entries(retainedPrefix)) yield [key, entryBytes(value)!] as const
      for (const prefix of [deliveryPrefix, receivedPrefix, sessionPrefix])
        for (const [client] of cache.claimedBy(() => true))
          for (const { name, value } of cache.stateOf(client).entries) {
            const key = journalKey(client, name)
            if (key.startsWith(prefix)) yield [key, entryBytes(value)!] as const
          }
    },
  }
}

/** Sessions that an earlier try had stored are this gateway's again. Rejects with the Outage of the
 *  log or of the local copy. */
export async function openSessionsToFill(options: SharedStoreOptions): Promise<FilledSessions> {
  const store = await openSharedGatewayStore(options)
  const { claims } = store
  return {
    entries: () => store.entries(''),
    async put(changes) {
      const owners = new Set(changes.flatMap(({ key }) => ownedEntry(key)?.client ?? []))
      const unclaimed = [...owners].filter((client) => !claims.holds(client))
      for (let from = 0; from < unclaimed.length; from += step)
        await Promise.all(unclaimed.slice(from, from + step).map((client) => claims.claim(client)))
      await store.commit([], changes)
    },
    async clear() {
      const keys = Array.from(store.entries(''), ([key]) => ({ key }))
      for (let from = 0; from < keys.length; from += step) await store.commit([], keys.slice(from, from + step))
    },
  }
}
