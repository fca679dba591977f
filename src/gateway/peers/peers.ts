// A gateway thread among others: what each of them says, and who here is to hear it. Without others
// none of this is loaded.
import { Outage } from '../../base/errors.ts'
import { openTimeLimit } from '../../base/time-limit.ts'
import type { StateChange } from '../../eventlog/state-store.ts'
import type { GatewayStore } from '../gateway-store.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import type { StartingThreads } from '../restore-stored.ts'
import type { OtherThreads } from '../routing/other-threads.ts'
import type { MessageBodies } from '../session/message-bodies.ts'
import type { Clocks } from '../session/session-record.ts'
import type { SessionThreads } from '../sessions.ts'
import { createDirectory } from './directory.ts'
import { createFences } from './fences.ts'
import { openMesh, type MeshMember } from './mesh.ts'
import type { PeerMessage } from './peer-message.ts'
import { createRemoteRouting, type RemoteRouting } from './remote-routing.ts'
import { createRetainedHome } from './retained-home.ts'
import { createSessionMoves, type MovesGateway } from './session-moves.ts'
import { createWants } from './wants.ts'

/** The ports by which the router, the sessions and a start see the other threads, and what is left
 *  to do with them. */
export interface Peers extends Disposable, OtherThreads, SessionThreads, StartingThreads {
  readonly remote: RemoteRouting
  /** Whether the client id is at home here. */
  isHome(clientId: string): boolean
  /** A delivery of a body that is at home elsewhere is over, durably. */
  letGo(body: string): void
  /** Resolves once every thread has told all others what it has subscribers for: then clients may
   *  come in. */
  ready(): Promise<void>
  /** This thread has nothing more to ask; resolves once the others have said so too, or after
   *  `timeoutMs`: until then they need our answers. */
  finish(timeoutMs: number): Promise<void>
}

/** The gateway of this thread, as the others reach it. */
export type PeersGateway = MovesGateway & {
  readonly bodies: Pick<MessageBodies, 'letGo'>
  readonly countDropped: GatewayMetrics['countDropped']
}

export type PeersOptions = {
  readonly member: MeshMember
  readonly clocks: Clocks
  readonly store: GatewayStore
  readonly commit: (changes: readonly StateChange[]) => Promise<unknown>
  readonly retryMs: number
  /** Bytes this thread may have said to another that has not heard them yet; above it messages
   *  wait. */
  readonly unheardBytesMax: number
  /** The gateway of this thread, once it is put together. */
  readonly gateway: () => PeersGateway
}

export function openPeers({ member, clocks, store, commit, retryMs, unheardBytesMax, gateway }: PeersOptions): Peers {
  const mesh = openMesh({
    member,
    unheardBytesMax,
    receive: (from, message) => receive(from, message),
    lost(peer) {
      greetings.all.reject(
        new Outage('PEER_GONE', 'Another thread of the gateway ended before all were there.', { retryable: true }),
      )
      farewell(peer)
    },
  })
  const router = () => gateway().router
  const wants = createWants(mesh)
  const remote = createRemoteRouting({ mesh, wants, clocks, router })
  const fences = createFences({ mesh, isKeeping: () => remote.isKeeping })
  const directory = createDirectory((to, message) => mesh.send(to, message))
  const moves = createSessionMoves({ mesh, store, gateway, whenSettled: remote.whenSettled })
  const home = createRetainedHome({
    mesh,
    clocks,
    retained: () => router().retained,
    changes: () => gateway().sessions.journal.changes,
    commit,
    retryMs,
    countDropped: () => gateway().countDropped('retained-full'),
  })
  const greetings = { left: mesh.others.length, all: Promise.withResolvers<void>() }
  const farewells = { left: new Set(mesh.others), all: Promise.withResolvers<void>() }
  // A rejection is heard by those that wait for it.
  greetings.all.promise.catch(() => {})

  const greeting = (): void => {
    if (--greetings.left === 0) greetings.all.resolve()
  }
  const farewell = (peer: number): void => {
    farewells.left.delete(peer)
    if (farewells.left.size === 0) farewells.all.resolve()
  }

  function receive(from: number, message: PeerMessage): void {
    switch (message.kind) {
      case 'hello':
        return greeting()
      case 'finished':
        return farewell(from)
      case 'mark':
      case 'marked':
        return // Between the meshes.
      case 'acquire':
        return directory.acquire(message.clientId, from, message.ends)
      case 'granted':
        return moves.onGranted(message.clientId)
      case 'release':
        return moves.onRelease(message)
      case 'released':
        return directory.released(message.clientId)
      case 'ended':
        return directory.ended(message.clientId, from)
      case 'handover':
        return moves.onHandover(from, message)
      case 'switch':
        return moves.onSwitch(from, message)
      case 'switched':
        return moves.onSwitched(from, message.clientId)
      case 'want':
        wants.wanted(from, message.filter, message.connected)
        return router().changed()
      case 'drop':
        wants.dropped(from, message.filter)
        return router().changed()
      case 'fence':
        return fences.onFence(from, message)
      case 'fenced':
        return fences.onFenced(message.id)
      case 'plan':
        return remote.onPlan(from, message)
      case 'planned':
        return remote.onPlanned(from, message)
      case 'deliver':
        return remote.onDeliver(from, message)
      case 'letGo':
        return gateway().bodies.letGo(message.body)
      case 'keep':
        return home.keep(from, message.id, message.message)
      case 'kept':
        return remote.onKept(message.id)
      case 'retained':
        return home.retained(message.message)
    }
  }

  return {
    self: mesh.self,
    wants,
    remote,
    claim: moves.claim,
    ended: moves.ended,
    mayHave: () => true,
    fence: fences.fence,
    isServedElsewhere: moves.isServedElsewhere,
    isHome: (clientId) => mesh.homeOf(clientId) === mesh.self,
    found: (clientId) => directory.put(clientId, mesh.self),
    letGo: (body) => mesh.send(mesh.homeOf(body), { kind: 'letGo', body }),
    whenAllHaveRead: (done) => void greetings.all.promise.then(done, () => undefined),
    forgetRetained: home.forget,
    ready() {
      mesh.sendAll({ kind: 'hello' })
      return greetings.all.promise
    },
    async finish(timeoutMs) {
      mesh.sendAll({ kind: 'finished' })
      using limit = openTimeLimit(timeoutMs)
      await Promise.race([farewells.all.promise, limit.passed])
    },
    [Symbol.dispose]() {
      home[Symbol.dispose]()
      mesh[Symbol.dispose]()
    },
  }
}
