// The sessions and retained messages of the time before, taken up again at a start.
import type { GatewayParts } from './gateway-parts.ts'
import type { Session } from './session/session.ts'
import type { Stored } from './session/stored-sessions.ts'

type RestorePorts = Pick<GatewayParts, 'clock' | 'limits' | 'budget' | 'logger' | 'sessions' | 'router' | 'ingest'>

/** The other threads of the gateway, as a start sees them: a port, which peers.ts is. */
export interface StartingThreads {
  /** Registers a session restored from disk whose client id is at home here. */
  found(clientId: string): void
  /** Calls back once every thread has read what is stored of the time before. */
  whenAllHaveRead(done: () => void): void
}

/** Takes up what was stored. `threads` is absent when this thread is the only one. */
export function restoreStored(gateway: RestorePorts, stored: Stored, threads: StartingThreads | undefined): void {
  const { sessions, retained, orphans, strays, damaged } = stored
  const { logger, router, budget } = gateway
  const { journal } = gateway.sessions
  for (const session of sessions.values()) {
    restoreSession(gateway, session)
    threads?.found(session.clientId)
  }
  for (const message of retained) router.retained.put(message.levels, message)
  const useless = [...orphans, ...damaged]
  // Waits until every thread has loaded. To delete an orphaned delivery now would make another
  // thread's count of its body wrong, and another thread may have the group member that should get
  // it.
  const settle = (): void => {
    journal.remove(useless)
    for (const { clientId, delivery } of strays) gateway.sessions.passOn(clientId, delivery)
  }
  if (threads === undefined) settle()
  else threads.whenAllHaveRead(settle)
  if (sessions.size > 0)
    logger.info({ sessions: sessions.size, queuedBytes: budget.usedBytes }, 'sessions are restored')
  if (damaged.length > 0)
    logger.error(
      { damaged: damaged.length, first: damaged[0] },
      'stored sessions or messages cannot be read and are left out: their clients begin anew. Check the disk for errors',
    )
}

/** A session that was connected lost its connection when the last process ended: its time begins
 *  now, and its will waits `willGraceMs` at least, for its client did not leave us, we left it. A
 *  session that was away may have been taken up again since: CONNACK does not wait for its row, so
 *  that cars come back also while the log is slow. So neither it nor its will is over before that
 *  time. (MQTT 5, 3.1.2.11.2: an expiry may come late.) */
function restoreSession({ clock, limits, sessions, router, ingest }: RestorePorts, session: Session): void {
  const now = clock.now()
  session.journal = sessions.journal
  sessions.put(session)
  router.restore(session)
  const { willGraceMs } = limits
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
  // Written when its turn comes, and next to nothing until then: the whole fleet may come back
  // meanwhile, and is not to be refused for it.
  ingest.perform(1, {
    changes(into) {
      if (session.journal !== undefined) into.push(session.journal.changes.session(session))
    },
    done: undefined,
  })
}
