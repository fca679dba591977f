// Puts the parts of the gateway together, with the sessions and retained messages of the time
// before.
import assert from 'node:assert/strict'
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { createSessionClaims, type ClaimingGateway, type SessionClaims } from './claims/session-claims.ts'
import type { GatewayStore } from './gateway-store.ts'
import { createFlushes } from './flushes.ts'
import { openIngest } from '../ingest/ingest.ts'
import { createRateLimit } from '../tcp/rate-limit.ts'
import type { Admission } from './admission/admission.ts'
import { Door } from './door.ts'
import { shareOf, type GatewayLimits } from './gateway-limits.ts'
import { openGatewayMetrics, type GatewayMetrics } from './gateway-metrics.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { createConnectionGuard } from './guard/connection-guard.ts'
import { createFailedConnects } from './guard/failed-connects.ts'
import type { Peers, PeersGateway, PeersOptions } from './peers/peers.ts'
import { CurrentRead } from './current-read.ts'
import { restoreStored } from './restore-stored.ts'
import { createRouter } from './routing/router.ts'
import { createMessageBodies, noBodies, type MessageBodies } from './session/message-bodies.ts'
import type { DeliveryContext } from './session/session.ts'
import { bodyKey, commitTo, createJournal, type SessionJournal } from './session/session-journal.ts'
import { readStored } from './session/stored-sessions.ts'
import { lifeCounter } from './session/life-counter.ts'
import { Sessions, type SessionThreads } from './sessions.ts'

export type PartsOptions = {
  /** The log, with sessions, queues and retained messages beside it. */
  readonly store: GatewayStore
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

export type OpenedParts = {
  readonly parts: GatewayParts
  readonly peers: Peers | undefined
  /** Claims no more clients of other machines' gateways. */
  readonly stopClaiming: () => void
}

/** Reads what is stored before it returns. */
export function openParts(options: PartsOptions): OpenedParts {
  const { store, admission, steady: clock, logger, registry, openPeers } = options
  const logClock: Clock = store
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
  const door = openDoor(admission, context, metrics)
  const clocks = { clock, logClock }
  const commit = commitTo(store, (body) => bodies.letGo(body))
  const peers: Peers | undefined = openPeers?.({
    clocks,
    store,
    commit: (changes) => commit([], changes),
    retryMs: limits.appendRetryMaxMs,
    unheardBytesMax: limits.pendingBytes,
    gateway: () => toPeers,
  })
  const claims = openClaims(store, admission, () => ({ ...shared, logger }))
  const bodies = claims === undefined ? openBodies(peers, () => journal) : noBodies
  const router = createRouter({
    context,
    metrics,
    journal: () => journal,
    bodies,
    onStray: (session, delivery) => sessions.settleStray(session, delivery),
    threads: peers,
  })
  const ingest = openIngest({
    store: { append: store.append, commit },
    limits,
    metrics,
    logger,
    atTickEnd: () => flushes.take(),
    router: { route: router.route, deliver: router.deliver, takeRemote: peers?.remote.take },
    onDurable: () => door.resumeCaughtUp(),
  })
  const flushes = createFlushes(ingest.wake)
  const isOurs = (clientId: string): boolean => peers?.isHome(clientId) !== false
  const stored = readStored(store, clocks, context, { isOurs, admission, bodies })
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
    threads: sessionThreads(peers, claims),
  })
  const shared = { ...context, logClock, ingest, sessions, router }
  const parts: GatewayParts = { ...shared, logger, metrics, door, reading: new CurrentRead(logClock), flushes }
  const toPeers: PeersGateway = { ...shared, bodies, countDropped: metrics.countDropped }
  restoreStored(parts, stored, peers)
  return { parts, peers, stopClaiming: () => claims?.[Symbol.dispose]() }
}

/** Clients of this gateway among those of other machines, where the store is theirs too. */
const openClaims = (
  { claims, ...store }: GatewayStore,
  admission: Admission,
  gateway: () => ClaimingGateway,
): SessionClaims | undefined => claims && createSessionClaims({ store: { ...store, claims }, admission, gateway })

const openBodies = (peers: Peers | undefined, journal: () => SessionJournal): MessageBodies =>
  createMessageBodies({
    isHome: (name) => peers?.isHome(name) !== false,
    tellHome: (name) => peers!.letGo(name),
    remove: (name) => journal().remove([bodyKey(name)]),
  })

/** Sessions move among threads or among machines; not yet both. */
function sessionThreads(peers: Peers | undefined, claims: SessionThreads | undefined): SessionThreads | undefined {
  assert(peers === undefined || claims === undefined, 'Sessions of several machines are those of one thread each.')
  return peers ?? claims
}

function openDoor(
  admission: Admission,
  { limits, clock }: Pick<DeliveryContext, 'limits' | 'clock'>,
  { countHeld }: Pick<GatewayMetrics, 'countHeld'>,
): Door {
  return new Door({
    admission,
    rates: createRateLimit({ limits, clock, countHeld }),
    guard: createConnectionGuard({ limits, countHeld }),
    failedConnects: createFailedConnects({ limits, clock, countHeld }),
  })
}
