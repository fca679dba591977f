// Puts together what all connections share, with the sessions and retained messages of the time before.
import type { Clock } from '../base/clock.ts'
import type { GatewayOptions } from './gateway.ts'
import type { Broker } from './broker.ts'
import { passOn, settleStray } from './session/session-end.ts'
import { createEndOfTick } from '../ingest/end-of-tick.ts'
import { createConnectionGuard } from './guard/connection-guard.ts'
import type { Connection } from './connection.ts'
import { createFailedConnects } from './guard/failed-connects.ts'
import { defaultLimits, shareOf } from './gateway-limits.ts'
import { openGatewayMetrics } from './gateway-metrics.ts'
import { openIngest } from '../ingest/ingest.ts'
import type { PacketReader } from './packet-reader.ts'
import type { Peers, PeersOptions } from './peers/peers.ts'
import { createRateLimit } from '../tcp/rate-limit.ts'
import { createRouter } from './routing/router.ts'
import type { Session } from './session/session.ts'
import { createMessageBodies } from './session/message-bodies.ts'
import { bodyKey, createJournal, storeIn } from './session/session-journal.ts'
import type { Clocks } from './session/session-record.ts'
import { readStored, type Stored } from './session/stored-sessions.ts'

/** Reads what is stored before it returns. `openPeers` is what makes it one of several threads. */
export function openBroker(options: GatewayOptions, openPeers?: (options: Omit<PeersOptions, 'member'>) => Peers): Broker {
  const { log, state, admission, steady: clock, logger, registry } = options
  const logClock: Clock = log
  const limits = shareOf({ ...defaultLimits, ...options.limits }, options.member?.ports.length ?? 1)
  const connections = new Set<Connection>()
  const paused = new Set<PacketReader>()
  const sessions = new Map<string, Session>()
  const context = { limits, clock, budget: { usedBytes: 0, holders: 0 } }
  const metrics = openGatewayMetrics(registry, clock, {
    connections: () => connections.size,
    sessions: () => sessions.size,
    // Every thread has all of them, and each takes memory for them.
    retained: () => (peers === undefined || peers.self === 0 ? router.retained.count : 0),
    retainedBytes: () => router.retained.bytes,
    subscriptionBytes: () => router.subscriptionBytes,
    pendingBytes: () => ingest.pendingBytes,
    queuedBytes: () => context.budget.usedBytes,
    held: () => rates.held,
    halfOpen: () => guard.halfOpen,
    waiting: () => guard.waiting,
  })
  const rates = createRateLimit({ limits, clock, countHeld: metrics.countHeld })
  const guard = createConnectionGuard({ limits, countHeld: metrics.countHeld })
  const clocks = { clock, logClock }
  const store = storeIn({ log, state }, (body) => bodies.letGo(body))
  const peers = openPeers?.({
    clocks,
    state,
    commit: (changes) => store([], changes),
    retryMs: limits.appendRetryMaxMs,
    unheardBytesMax: limits.pendingBytes,
    broker: () => broker,
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
    onStray: (session, delivery) => settleStray(broker, session, delivery),
    peers,
  })
  const ingest = openIngest({
    store,
    limits,
    metrics,
    logger,
    wake: () => wake(),
    router: { route: router.route, deliver: router.deliver, takeRemote: peers?.remote.take },
    onDurable() {
      for (const connection of paused) connection.resumeIfCaughtUp()
    },
  })
  const { wake, wakeFor } = createEndOfTick(() => ingest.pump())
  const stored = readStored(state, clocks, context, { isOurs: (clientId) => peers?.isHome(clientId) !== false, admission, bodies })
  const journal = createJournal({ perform: ingest.perform, clocks })
  const broker: Broker = {
    ...context,
    admission,
    logClock,
    logger,
    metrics,
    sessions,
    journal,
    router,
    bodies,
    ingest,
    peers,
    connections,
    arriving: new Map(),
    ending: new Map(),
    paused,
    rates,
    guard,
    failedConnects: createFailedConnects({ limits, clock, countHeld: metrics.countHeld }),
    readAt: 0,
    receivedAt: 0,
    extraMessages: 0,
    extraBytes: 0,
    isDraining: false,
    newLife: lifeCounter(clocks, stored),
    wakeFor,
  }
  restore(broker, stored)
  return broker
}

/** Deliveries of a session take fewer numbers than this a millisecond. */
const ordersPerMs = 1000

/** Numbers that only grow, from one process to the next too, whatever is done to the system's clock. */
function lifeCounter({ clock, logClock }: Clocks, { sessions }: Stored): () => number {
  const originMs = logClock.now() - clock.now()
  let last = 0
  for (const { lastOrder } of sessions.values()) last = Math.max(last, lastOrder)
  return () => (last = Math.max(last + ordersPerMs, Math.floor(originMs + clock.now()) * ordersPerMs))
}

function restore(broker: Broker, { sessions, retained, orphans, strays, damaged }: Stored): void {
  const { logger, journal, router, budget, peers } = broker
  for (const session of sessions.values()) restoreSession(broker, session)
  for (const message of retained) router.retained.put(message.levels, message)
  const useless = [...orphans, ...damaged]
  // Not before the others have read it: a body of theirs may have lost a delivery by it, and each counts once; and they may have members.
  const settle = (): void => {
    journal.remove(useless)
    for (const { clientId, delivery } of strays) passOn(broker, clientId, delivery)
  }
  if (peers === undefined) settle()
  else peers.whenAllHaveRead(settle)
  if (sessions.size > 0) logger.info({ sessions: sessions.size, queuedBytes: budget.usedBytes }, 'sessions are restored')
  if (damaged.length > 0)
    logger.error(
      { damaged: damaged.length, first: damaged[0] },
      'stored sessions or messages cannot be read and are left out: their clients begin anew. Check the disk for errors',
    )
}

/** A session that was connected lost its connection when the last process ended: its time begins now, and its will waits `willGraceMs` at least, for
 *  its client did not leave us, we left it. One that was away may have been taken up again since: CONNACK does not wait for its row, so that cars come back
 *  also while the log is slow. So neither it nor its will is over before that time. (MQTT 5, 3.1.2.11.2: an expiry may come late.) */
function restoreSession(broker: Broker, session: Session): void {
  const now = broker.clock.now()
  session.journal = broker.journal
  broker.sessions.set(session.clientId, session)
  broker.peers?.found(session.clientId)
  broker.router.restore(session)
  const { willGraceMs } = broker.limits
  if (session.endsAt !== Number.POSITIVE_INFINITY) {
    session.endsAt = Math.max(session.endsAt, now + Math.min(session.expiryMs, willGraceMs))
    session.willAt = Math.max(session.willAt, now + willGraceMs)
    return
  }
  session.endsAt = now + session.expiryMs
  if (session.will !== undefined) {
    const delayMs = (session.will.properties.willDelayS ?? 0) * 1000
    session.willAt = now + Math.max(delayMs, willGraceMs)
  }
  // Written when its turn comes, and next to nothing until then: the whole fleet may come back meanwhile, and is not to be refused for it.
  broker.ingest.perform(1, {
    changes(into) {
      if (session.journal !== undefined) into.push(session.journal.changes.session(session))
    },
    done: undefined,
  })
}
