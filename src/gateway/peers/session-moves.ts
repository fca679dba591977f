// How a session comes to the thread where its client is now. The home of its client id
// (directory.ts) sees to it that one thread has it at a time; while it moves, every message for it
// is queued once, by one of the two, because each thread that publishes changes over at one place
// in the order of what it says:
//
//   old owner   closes the connection ──handover──► new owner   subscribes in its stead, tells everyone to switch
//               serves those who have not switched              serves those who have switched
//               all have: lets what is planned settle ──released, by way of the home──► takes up what the old one has stored; CONNACK
import { itemOverheadBytes, type Ingest } from '../../ingest/ingest.ts'
import { reasonCode } from '../../mqtt/reason-code.ts'
import type { Router } from '../routing/router.ts'
import type { RoutedMessage } from '../session/routed-message.ts'
import { decodeSession, encodeSession, type Clocks } from '../session/session-record.ts'
import { Session, type DeliveryContext } from '../session/session.ts'
import type { Sessions } from '../sessions.ts'
import { loadDeliveries } from '../session/stored-sessions.ts'
import type { GatewayStore } from '../gateway-store.ts'
import type { Mesh } from './mesh.ts'
import type { PeerMessage } from './peer-message.ts'

export interface SessionMoves {
  /** Calls back once no other thread has a session of this client id: what there was is among ours,
   *  unless it `ends`. Of several calls until then the last is called back. */
  claim(clientId: string, ends: boolean, proceed: () => void): void
  /** A session of ours has ended. */
  ended(clientId: string): void
  /** Whether the other of two owners serves the session what `publisher` says. */
  isServedElsewhere(session: Session, publisher: number): boolean
  onGranted(clientId: string): void
  onRelease(release: Extract<PeerMessage, { kind: 'release' }>): void
  onHandover(from: number, handover: Handover): void
  onSwitch(from: number, change: Extract<PeerMessage, { kind: 'switch' }>): void
  onSwitched(from: number, clientId: string): void
}

/** The gateway of this thread, as far as sessions move. */
export type MovesGateway = DeliveryContext &
  Clocks & {
    readonly sessions: Sessions
    readonly router: Router
    readonly ingest: Pick<Ingest<RoutedMessage>, 'perform'>
  }

export type SessionMovesOptions = {
  readonly mesh: Mesh
  readonly store: GatewayStore
  readonly gateway: () => MovesGateway
  readonly whenSettled: (done: () => void) => void
}

type Handover = Extract<PeerMessage, { kind: 'handover' }>

type Claim = {
  proceed: () => void
  isGranted: boolean
  arriving: Session | undefined
  handover: Handover | undefined
  /** Asked for again before it was complete. */
  release: Extract<PeerMessage, { kind: 'release' }> | undefined
}

export function createSessionMoves({ mesh, store, gateway, whenSettled }: SessionMovesOptions): SessionMoves {
  const claims = new Map<string, Claim>()
  const leaving = new Map<string, Session>()
  /** Of sessions that move: the threads whose messages the other owner serves. */
  const elsewhere = new Map<Session, Set<number>>()

  /** When everything that is to be stored by now is. */
  const barrier = (done: () => void): void =>
    gateway().ingest.perform(itemOverheadBytes, { changes: () => undefined, done })

  const release = (clientId: string): void => mesh.send(mesh.homeOf(clientId), { kind: 'released', clientId })

  function letGo({ clientId, to, ends }: Extract<PeerMessage, { kind: 'release' }>): void {
    const { sessions } = gateway()
    // A client that waits here for its turn comes after whoever asks; a client that waits for the
    // store came before.
    if (!claims.has(clientId)) sessions.turnAway(clientId)
    sessions.get(clientId)?.link?.close('taken-over', reasonCode.sessionTakenOver)
    const session = sessions.get(clientId)
    if (session !== undefined && ends) sessions.end(session)
    if (session === undefined || ends) {
      barrier(() => release(clientId))
      return
    }
    sessions.remove(clientId)
    leaving.set(clientId, session)
    elsewhere.set(session, new Set())
    const { packetId, order } = session.successor()
    const row = encodeSession(session, session.will, gateway())
    mesh.send(to, { kind: 'handover', clientId, session: row, packetId, order, ...session.ordersSent() })
  }

  /** Everyone has switched: what is planned here for it is the last there is. */
  function settle(session: Session): void {
    const { clientId } = session
    gateway().router.unsubscribeAll(session)
    elsewhere.delete(session)
    whenSettled(() =>
      // The first: all it was to be given, it has been given. The second: what that made it drop is
      // dropped in the store too.
      barrier(() =>
        barrier(() => {
          session.journal = undefined
          session.clear(gateway())
          leaving.delete(clientId)
          release(clientId)
        }),
      ),
    )
  }

  function completeIfWhole(clientId: string, claim: Claim): void {
    const { arriving } = claim
    if (!claim.isGranted || (arriving !== undefined && elsewhere.has(arriving))) return
    claims.delete(clientId)
    const { sessions } = gateway()
    if (arriving !== undefined) {
      load(arriving, claim.handover!)
      sessions.put(arriving)
    }
    claim.proceed()
    if (claim.release !== undefined) letGo(claim.release)
    else if (!sessions.has(clientId)) reportEnd(clientId)
  }

  function load(session: Session, { order: lastOrder, sent, perhapsSent }: Handover): void {
    const were = new Set(sent)
    const mayBe = new Set(perhapsSent)
    loadDeliveries(session, store, { ...gateway(), journal: gateway().sessions.journal }, lastOrder, (order) =>
      were.has(order) ? 'yes' : mayBe.has(order) ? 'perhaps' : 'no',
    )
  }

  function reportEnd(clientId: string): void {
    barrier(() => {
      if (!gateway().sessions.has(clientId) && !claims.has(clientId) && !leaving.has(clientId))
        mesh.send(mesh.homeOf(clientId), { kind: 'ended', clientId })
    })
  }

  function onSwitched(from: number, clientId: string): void {
    const left = leaving.get(clientId)
    if (left !== undefined) {
      const switched = elsewhere.get(left)
      if (switched?.add(from).size === mesh.size) settle(left)
      return
    }
    const claim = claims.get(clientId)
    const awaited = claim?.arriving === undefined ? undefined : elsewhere.get(claim.arriving)
    if (claim === undefined || awaited?.delete(from) !== true || awaited.size > 0) return
    elsewhere.delete(claim.arriving!)
    completeIfWhole(clientId, claim)
  }

  return {
    claim(clientId, ends, proceed) {
      const claim = claims.get(clientId)
      if (claim !== undefined) {
        claim.proceed = proceed
        return
      }
      claims.set(clientId, { proceed, isGranted: false, arriving: undefined, handover: undefined, release: undefined })
      mesh.send(mesh.homeOf(clientId), { kind: 'acquire', clientId, ends })
    },
    ended: reportEnd,
    isServedElsewhere: (session, publisher) => elsewhere.size > 0 && elsewhere.get(session)?.has(publisher) === true,
    onGranted(clientId) {
      const claim = claims.get(clientId)
      if (claim === undefined) return
      claim.isGranted = true
      completeIfWhole(clientId, claim)
    },
    onRelease(wanted) {
      const claim = claims.get(wanted.clientId)
      if (claim?.isGranted === true) claim.release = wanted
      else letGo(wanted)
    },
    onHandover(from, handover) {
      const { clientId, session: row, packetId, order } = handover
      const claim = claims.get(clientId)
      if (claim === undefined) return
      const session = Session.of(decodeSession(clientId, row, gateway()))
      session.succeed(packetId, order)
      session.journal = gateway().sessions.journal
      claim.arriving = session
      claim.handover = handover
      elsewhere.set(session, new Set(mesh.others))
      gateway().router.restore(session)
      mesh.sendAll({ kind: 'switch', clientId, from })
      mesh.send(from, { kind: 'switched', clientId })
    },
    onSwitch(from, { clientId, from: owner }) {
      if (owner === mesh.self) onSwitched(mesh.self, clientId)
      else mesh.send(owner, { kind: 'switched', clientId })
      mesh.send(from, { kind: 'switched', clientId })
    },
    onSwitched,
  }
}
