// The state beside the uplink's log as a move carries it, in one form wherever it is kept: entries
// of the gateway without bodies as task `gateway/1`, memory of the translator as its task, and what
// else is remembered as it is. On the embedded log all of them are in its store. On Kafka sessions
// are in their topic, the translator has a changelog, and the rest is in the data folder.
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { StateStore, TaskCommit } from '../eventlog/state-store.ts'
import type { CarriedSessions, FilledSessions } from '../gateway/claims/carried-sessions.ts'
import { gatewayTask, openGatewayStore } from '../gateway/gateway-store.ts'
import { translatorTask } from '../translate/translator.ts'
import { hasTranslatorState, openTranslatorState, type OpenedLogs } from './adapters.ts'

export type CarriedState = AsyncDisposable &
  Pick<StateStore, 'positions' | 'tasks' | 'range' | 'commit' | 'clear'> & {
    /** Keys of deliveries that were left out as their message cannot be read, once all were
     *  read. */
    readonly unreadable: ReadonlySet<string>
  }

export type CarriedStateOptions = {
  readonly logger: Logger
  /** The state is read, or filled with one that has these tasks. */
  readonly filledWith?: readonly string[]
}

/** Opens it. Messages that the translator had said and its log has not got yet are in the log
 *  before this resolves. Rejects with the outages of the log and of the state. */
export async function openCarriedState(
  config: Config,
  uplink: OpenedLogs,
  { logger, filledWith }: CarriedStateOptions,
): Promise<CarriedState> {
  await using stack = new AsyncDisposableStack()
  const unreadable = new Set<string>()
  if (!uplink.isSplit) return carried({ local: uplink.state, sessions: await embedded(uplink, unreadable), unreadable })
  const { openSessionsToRead, openSessionsToFill } = await import('../gateway/claims/carried-sessions.ts')
  const { sharedStoreTasks } = await import('../gateway/claims/shared-store.ts')
  const shared = { log: uplink.log, local: uplink.state, logger }
  const sessions = filledWith === undefined ? await openSessionsToRead(shared) : await openSessionsToFill(shared)
  const isTranslated = filledWith === undefined ? hasTranslatorState(config) : filledWith.includes(translatorTask)
  const { signal } = new AbortController()
  const translator =
    config.publishers !== undefined || isTranslated
      ? stack.use(await openTranslatorState(config, uplink, { logger, signal })).state
      : undefined
  const opened = stack.move()
  return {
    ...carried({ local: uplink.state, hidden: sharedStoreTasks, sessions, translator, unreadable }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

type Parts = {
  readonly local: StateStore
  /** Tasks of the local store that are copies of what is elsewhere, or of this folder alone. */
  readonly hidden?: readonly string[]
  readonly sessions: CarriedSessions | FilledSessions
  /** Where it is not in the local store. */
  readonly translator?: StateStore | undefined
  readonly unreadable: ReadonlySet<string>
}

async function embedded({ log, state }: OpenedLogs, unreadable: Set<string>): Promise<FilledSessions> {
  const { withoutBodies } = await import('../gateway/session/without-bodies.ts')
  const store = openGatewayStore({ log, state })
  return {
    entries: () => withoutBodies(store, (key) => void unreadable.add(key)),
    put: (changes) => store.commit([], changes),
    clear: () => state.clear(gatewayTask),
  }
}

function* startingWith<Entry extends readonly [string, Uint8Array]>(prefix: string, entries: Iterable<Entry>) {
  for (const entry of entries) if (entry[0].startsWith(prefix)) yield entry
}

function carried({ local, hidden = [], sessions, translator, unreadable }: Parts): CarriedState {
  const elsewhere = new Set([...hidden, gatewayTask, ...(translator === undefined ? [] : [translatorTask])])
  const storeOf = (task: string): StateStore => (task === translatorTask ? (translator ?? local) : local)
  const filled = (): FilledSessions => {
    if ('put' in sessions) return sessions
    throw new TypeError('These sessions were opened to be read.')
  }
  const commitOne = async (commit: TaskCommit): Promise<void> => {
    if (commit.task === gatewayTask) await filled().put(commit.state)
    else await storeOf(commit.task).commit([commit], [])
  }
  return {
    unreadable,
    positions: (task) => (task === gatewayTask ? {} : storeOf(task).positions(task)),
    tasks() {
      const [first] = sessions.entries()
      const own = first === undefined ? [] : [gatewayTask]
      const others = local.tasks().filter((task) => !elsewhere.has(task))
      return [...own, ...others, ...(translator?.tasks() ?? [])].sort()
    },
    range(task, prefix) {
      if (task !== gatewayTask) return storeOf(task).range(task, prefix)
      return startingWith(prefix, sessions.entries())
    },
    async commit(commits) {
      for (const commit of commits) await commitOne(commit)
    },
    clear: (task) => (task === gatewayTask ? filled().clear() : storeOf(task).clear(task)),
    [Symbol.asyncDispose]: async () => {},
  }
}
