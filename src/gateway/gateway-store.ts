// The port of all that the gateway keeps: records in the log, and entries beside it, which are
// sessions, what is on its way to them, and retained messages (session/session-journal.ts).
// `gateway-store.contract.ts` is its executable form.
import type { EventLog, NewRecord } from '../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'

/** One caller at a time appends or commits; any number read. */
export interface GatewayStore {
  /** The log's time, epoch milliseconds: the clock of instants that are kept. */
  now(): number
  /** Stores the records, as `EventLog.append` does. A function that stands by itself. */
  readonly append: (records: readonly NewRecord[]) => Promise<unknown>
  /** Stores records and changes of entries, in order, and resolves when all is durable. A store
   *  whose log holds its entries makes it one transaction: all of it, or nothing. A store whose
   *  log is elsewhere takes two steps, the records first: a crash between them leaves records of
   *  which the entries know nothing, which their clients send again. Rejects with the Outage of
   *  the log. */
  commit(records: readonly NewRecord[], changes: readonly StateChange[]): Promise<void>
  /** The value of an entry; the bytes are the caller's. */
  get(key: string): Uint8Array | undefined
  /** Entries whose key starts with `prefix`, in UTF-8 byte order of the keys. */
  entries(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
}

/** The task whose state the entries are; the number is that of their format. */
const task = 'gateway/1'

type Parts = {
  readonly log: Pick<EventLog, 'append' | 'now'>
  readonly state: Pick<StateStore, 'commit' | 'get' | 'range'>
}

/** The store of a log that holds the entries too. */
export const openGatewayStore = ({ log, state }: Parts): GatewayStore => ({
  now: () => log.now(),
  // The log's own: nothing stands between the gateway and it.
  append: log.append.bind(log),
  commit: (records, changes) => state.commit([{ task, positions: {}, state: changes }], records),
  get: (key) => state.get(task, key),
  entries: (prefix) => state.range(task, prefix),
})

/** The store of a log whose entries are elsewhere: two steps. */
export function openSplitGatewayStore({ log, state }: Parts): GatewayStore {
  /** Records that are stored, of a commit whose changes were not: it comes again. */
  let stored: readonly NewRecord[] | undefined
  return {
    ...openGatewayStore({ log, state }),
    commit: async (records, changes) => {
      // Copied before anything is awaited, as the caller may reuse the memory.
      const own = changes.map((change) =>
        change.value === undefined ? change : { ...change, value: new Uint8Array(change.value) },
      )
      if (stored !== records) await log.append(records)
      stored = records
      await state.commit([{ task, positions: {}, state: own }], [])
      stored = undefined
    },
  }
}
