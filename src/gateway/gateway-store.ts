// The port of all that the gateway keeps: records in the log, and entries beside it, which are
// sessions, what is on its way to them, and retained messages (session/session-journal.ts).
// `gateway-store.contract.ts` is its executable form.
import type { EventLog, NewRecord } from '../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'

/** The clients of a gateway among those of others, where several store their sessions in one place
 *  and any may take over any client. Who has a client is who claimed it last. */
export interface ClientClaims {
  /** The newest claim of the client, as far as is known here, is ours. */
  holds(client: string): boolean
  /** Takes the client over, with its session if there is one: its entries are ours then, unless
   *  another gateway claimed it meanwhile, which `holds` says. Rejects with the Outage of the log;
   *  then it may be claimed again. */
  claim(client: string): Promise<void>
  /** From now on `taken` is told of each claim of another gateway, before a commit resolves that
   *  came too late for it. */
  onTaken(taken: (client: string) => void): void
  /** Reads what other gateways append until the signal aborts. Begun after `onTaken`. Rejects with
   *  an Outage that will not pass, after which this gateway must end. */
  follow(signal: AbortSignal): Promise<void>
}

/** One caller at a time appends or commits; any number read. */
export interface GatewayStore {
  /** The log's time, epoch milliseconds: the clock of instants that are kept. */
  now(): number
  /** Stores the records, as `EventLog.append` does. A function that stands by itself. */
  readonly append: (records: readonly NewRecord[]) => Promise<unknown>
  /** Stores records and changes of entries, in order, and resolves when all is durable. A store
   *  whose log holds its entries makes it one transaction: all of it, or nothing. A store whose
   *  entries are records of the log too (claims/shared-store.ts) takes two steps, the given records
   *  first: a crash between them leaves records of which the entries know nothing, which their
   *  clients send again. Rejects with the Outage of the log. */
  commit(records: readonly NewRecord[], changes: readonly StateChange[]): Promise<void>
  /** The value of an entry; the bytes are the caller's. */
  get(key: string): Uint8Array | undefined
  /** Entries whose key starts with `prefix`, in UTF-8 byte order of the keys. */
  entries(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
  /** Present where gateways of other machines store their sessions too: entries of a client are
   *  then read and stored while it is ours, and changes of others are passed over. */
  readonly claims?: ClientClaims
}

/** The task whose state the entries are; the number is that of their format. */
export const gatewayTask = 'gateway/1'

type Parts = {
  readonly log: Pick<EventLog, 'append' | 'now'>
  readonly state: Pick<StateStore, 'commit' | 'get' | 'range'>
}

/** The store of a log that holds the entries too. */
export const openGatewayStore = ({ log, state }: Parts): GatewayStore => ({
  now: () => log.now(),
  // The log's own: nothing stands between the gateway and it.
  append: log.append.bind(log),
  commit: (records, changes) => state.commit([{ task: gatewayTask, positions: {}, state: changes }], records),
  get: (key) => state.get(gatewayTask, key),
  entries: (prefix) => state.range(gatewayTask, prefix),
})
