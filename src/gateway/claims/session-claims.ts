// Clients that come in here and may have a session at a gateway of another machine, and those that
// go: a client that was claimed elsewhere has its connection closed and its session dropped, and
// nothing more is stored of it (shared-store.ts).
//
//   CONNECT ──► all that is to be stored of it is ──► claim ──► ours: its session is taken up, CONNACK
//                                                          └──► another gateway's since: 0x8E, or the end
import { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { waitOut } from '../../base/wait-out.ts'
import { itemOverheadBytes, type Ingest } from '../../ingest/ingest.ts'
import type { Admission } from '../admission/admission.ts'
import type { GatewayStore } from '../gateway-store.ts'
import type { Router } from '../routing/router.ts'
import type { RoutedMessage } from '../session/routed-message.ts'
import { sessionPrefix } from '../session/session-journal.ts'
import { decodeSession, type Clocks } from '../session/session-record.ts'
import { Session, type DeliveryContext } from '../session/session.ts'
import { loadDeliveries } from '../session/stored-sessions.ts'
import type { Sessions, SessionThreads } from '../sessions.ts'

/** The gateway of this process, as far as clients come and go. */
export type ClaimingGateway = DeliveryContext &
  Clocks & {
    readonly sessions: Sessions
    readonly router: Router
    readonly ingest: Pick<Ingest<RoutedMessage>, 'perform'>
    readonly logger: Logger
  }

export type SessionClaimsOptions = {
  readonly store: GatewayStore & Required<Pick<GatewayStore, 'claims'>>
  readonly admission: Pick<Admission, 'maySubscribe'>
  /** The gateway, once it is put together. */
  readonly gateway: () => ClaimingGateway
}

/** Disposed, it claims nothing more. */
export type SessionClaims = SessionThreads & Disposable

export function createSessionClaims({ store, admission, gateway }: SessionClaimsOptions): SessionClaims {
  const { claims } = store
  /** By client id, those being claimed, and what is called then. */
  const claiming = new Map<string, () => void>()
  const stopping = new AbortController()

  claims.onTaken((clientId) => {
    // Of one that is being claimed the claim itself says whose it is.
    if (!claiming.has(clientId)) gateway().sessions.lose(clientId)
  })

  /** When all that was to be stored of an earlier session is, or was passed over: it must not be
   *  taken for a change of the one to come. */
  const barrier = (): Promise<void> =>
    new Promise((resolve) => {
      gateway().ingest.perform(itemOverheadBytes, { changes: () => undefined, done: resolve })
    })

  async function claimSession(clientId: string): Promise<void> {
    await barrier()
    await claim(clientId)
    const proceed = claiming.get(clientId)!
    claiming.delete(clientId)
    if (stopping.signal.aborted) return
    if (!claims.holds(clientId)) {
      gateway().sessions.lose(clientId)
      return
    }
    takeUp(clientId)
    proceed()
  }

  /** Until it is claimed, or cannot be. */
  async function claim(clientId: string): Promise<void> {
    const { limits, logger } = gateway()
    const pauses = { firstMs: limits.appendRetryMinMs, longestMs: limits.appendRetryMaxMs }
    try {
      await waitOut(
        () => claims.claim(clientId),
        pauses,
        stopping.signal,
        ({ code }) => logger.debug({ client: clientId, code }, 'a client cannot be claimed yet'),
      )
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      if (!stopping.signal.aborted) logger.error({ code: error.code }, `A client cannot come in: ${error.message}`)
    }
  }

  /** Has the stored session among ours. A session that cannot be read, or has a subscription not
   *  allowed any more, is none. */
  function takeUp(clientId: string): void {
    const row = store.get(sessionPrefix + clientId)
    const { sessions, router, clock, logger } = gateway()
    if (row === undefined || sessions.has(clientId)) return
    const { journal } = sessions
    try {
      const session = Session.of(decodeSession(clientId, row, gateway()))
      for (const { parsed } of session.subscriptions?.values() ?? [])
        if (!admission.maySubscribe(session.principal, parsed.levels.join('/'))) return
      // It was connected when it was last written; the client is here now.
      if (session.endsAt === Number.POSITIVE_INFINITY) session.endsAt = clock.now() + session.expiryMs
      session.journal = journal
      loadDeliveries(session, store, { ...gateway(), journal }, Number.POSITIVE_INFINITY, () => 'perhaps')
      sessions.put(session)
      router.restore(session)
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error
      logger.error({ client: clientId }, 'a stored session cannot be read and is left out: its client begins anew')
    }
  }

  return {
    mayHave: (clientId) => claiming.has(clientId) || !claims.holds(clientId),
    claim(clientId, _ends, proceed) {
      const isUnderWay = claiming.has(clientId)
      claiming.set(clientId, proceed)
      if (!isUnderWay) void claimSession(clientId)
    },
    ended: () => undefined,
    [Symbol.dispose]: () => stopping.abort(),
  }
}
