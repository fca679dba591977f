// Puts the parts of the gateway together, with the sessions and retained messages of the time
// before.
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { createEndOfTick } from '../ingest/end-of-tick.ts'
import { openIngest } from '../ingest/ingest.ts'
import { createRateLimit } from '../tcp/rate-limit.ts'
import type { Admission } from './admission/admission.ts'
import { Door } from './door.ts'
import { shareOf, type GatewayLimits } from './gateway-limits.ts'
import { openGatewayMetrics } from './gateway-metrics.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { createConnectionGuard } from './guard/connection-guard.ts'
import { createFailedConnects } from './guard/failed-connects.ts'
import type { Peers, PeersGateway, PeersOptions } from './peers/peers.ts'
import { CurrentRead } from './current-read.ts'
import { restoreStored } from './restore-stored.ts'
import { createRouter } from './routing/router.ts'
import { createMessageBodies } from './session/message-bodies.ts'
import { bodyKey, commitIn, createJournal } from './session/session-journal.ts'
import { readStored } from './session/stored-sessions.ts'
import { lifeCounter } from './session/life-counter.ts'
import { Sessions } from './sessions.ts'

export type PartsOptions = {
  readonly log: EventLog
  /** Sessions, queues and retained messages, stored in one transaction with the records of
   *  `log`. */
  readonly state: StateStore
  readonly admission: Admission
  readonly limits: GatewayLimits
  /** Clock of deadlines and expiries. */
  readonly steady: Clock
  readonly logger: Logger
  readonly registry: Registry
  /** Number of gateway threads, each of which has its share of what is bounded for all. */
  readonly threads: number
  /** Makes it one of several threads. */
  readonly openPeers?: (options: Omit<PeersOptions, 'member'>) => Peers
}

/** Reads what is stored before it returns. */
export function openParts(options: PartsOptions): { readonly parts: GatewayParts; readonly peers: Peers | undefined } {
  const { log, state, admission, steady: clock, logger, registry, openPeers } = options
  const logClock: Clock = log
  const limits = shareOf(options.limits, options.threads)
  const context = { limits, clock, budget: { usedBytes: 0, holders: 0 } }
  const metrics = openGatewayMetrics(registry, clock, {
    connections: () => door.connections.size,
    sessions: () => sessions.size,
    // Every thread has all of them, and each takes memory for them.
    retained: () => (peers === undefined || peers.self === 0 ? router.retained.count : 0),
    retainedBytes: () => router.retained.bytes,
    subscriptionBytes: () => router.subscriptionBytes,
    pendingBytes: () => ingest.pendingBytes,
    queuedBytes: () => context.budget.usedBytes,
    held: () => door.rates.held,
    halfOpen: () => door.guard.halfOpen,
    waiting: () => door.guard.waiting,
  })
  const { countHeld } = metrics
  const door = new Door({
    admission,
    rates: createRateLimit({ limits, clock, countHeld }),
    guard: createConnectionGuard({ limits, countHeld }),
    failedConnects: createFailedConnects({ limits, clock, countHeld }),
  })
  const clocks = { clock, logClock }
  const commit = commitIn(state, (body) => bodies.letGo(body))
  const peers: Peers | undefined = openPeers?.({
    clocks,
    state,
    commit: (changes) => commit([], changes),
    retryMs: limits.appendRetryMaxMs,
    unheardBytesMax: limits.pendingBytes,
    gateway: () => toPeers,
  })
  const bodies = createMessageBodies({
    isHome: (name) => peers?.isHome(name) !== false,
    tellHome: (name) => peers!.letGo(name),
    remove: (name) => journal.remove([bodyKey(name)]),
  })
  const router = createRouter({
    context,
    metrics,
    journal: () => journal,
    bodies,
    onStray: (session, delivery) => sessions.settleStray(session, delivery),
    threads: peers,
  })
  const ingest = openIngest({
    store: { append: (records) => log.append(records), commit },
    limits,
    metrics,
    logger,
    wake: () => wake(),
    router: { route: router.route, deliver: router.deliver, takeRemote: peers?.remote.take },
    onDurable: () => door.resumeCaughtUp(),
  })
  const { wake, wakeFor } = createEndOfTick(ingest.pump)
  const isOurs = (clientId: string): boolean => peers?.isHome(clientId) !== false
  const stored = readStored(state, clocks, context, { isOurs, admission, bodies })
  const journal = createJournal({ perform: ingest.perform, clocks })
  const newLife = lifeCounter(clocks, stored.sessions.values())
  const sessions = new Sessions({
    context,
    logClock,
    metrics,
    admission,
    ingest,
    router,
    journal,
    newLife,
    threads: peers,
  })
  const reading = new CurrentRead(logClock)
  const parts: GatewayParts = {
    ...context,
    logClock,
    logger,
    metrics,
    door,
    sessions,
    router,
    ingest,
    reading,
    wakeFor,
  }
  const toPeers: PeersGateway = {
    ...context,
    logClock,
    ingest,
    sessions,
    router,
    bodies,
    countDropped: metrics.countDropped,
  }
  restoreStored(parts, stored, peers)
  return { parts, peers }
}
