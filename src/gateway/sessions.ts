// The sessions of this thread and what becomes of them: a client comes or goes, and its session
// waits, is forgotten or ends. Invariant: all that one such moment changes is stored in one
// transaction, in the order of everything else, and so a crash finds it before or after.
import type { Clock } from '../base/clock.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import type { StateChange } from '../eventlog/state-store.ts'
import { itemOverheadBytes, type Ingest, type IngestStep } from '../ingest/ingest.ts'
import type { Will } from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import type { Admission } from './admission/admission.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import type { Routing } from './routing/deliveries-of.ts'
import type { Router } from './routing/router.ts'
import type { Delivery } from './session/delivery-queue.ts'
import { messageBytes, type RoutedMessage } from './session/routed-message.ts'
import { changeBytes, type SessionJournal } from './session/session-journal.ts'
import type { DeliveryContext, Session, SessionLink } from './session/session.ts'
import { noWill, willMessage } from './will-message.ts'

/** A connection that waits until the session before its own is durably gone, or has come from
 *  another thread. */
export interface Arriving {
  /** Ends it; `reason` is a metric label. */
  finish(reason: string): void
}

/** The other threads of the gateway, as sessions see them, or the gateways of other machines: a
 *  port, which peers.ts is, and claims/session-claims.ts. */
export interface SessionThreads {
  /** Whether one of them may have a session of this client id, of which we have none. */
  mayHave(clientId: string): boolean
  /** Calls back once no other thread has a session of this client id: the one there was is among
   *  ours, unless it `ends`. Of several calls until then the last is called back. */
  claim(clientId: string, ends: boolean, proceed: () => void): void
  /** A session of ours has ended. */
  ended(clientId: string): void
}

export type SessionsOptions = {
  readonly context: DeliveryContext
  readonly logClock: Clock
  readonly metrics: Pick<GatewayMetrics, 'countRefused'>
  readonly admission: Pick<Admission, 'mayRetain'>
  readonly ingest: Pick<Ingest<RoutedMessage>, 'add'>
  readonly router: Router
  readonly journal: SessionJournal
  /** Gives the number from which a new session's deliveries are numbered. */
  readonly newLife: () => number
  /** Absent when this thread is the only one. */
  readonly threads: SessionThreads | undefined
}

export class Sessions {
  readonly journal: SessionJournal
  readonly newLife: () => number
  readonly #options: SessionsOptions
  /** By client id, connected or not. */
  readonly #byClientId = new Map<string, Session>()
  readonly #arriving = new Map<string, Arriving>()
  /** By client id, the stored session that has ended and is not durably gone. */
  readonly #ending = new Map<string, Session>()
  /** Sessions that another gateway has taken over, with all of their own. */
  readonly #lost = new WeakSet<Session>()

  constructor(options: SessionsOptions) {
    this.#options = options
    this.journal = options.journal
    this.newLife = options.newLife
  }

  get size(): number {
    return this.#byClientId.size
  }

  get(clientId: string): Session | undefined {
    return this.#byClientId.get(clientId)
  }

  has(clientId: string): boolean {
    return this.#byClientId.has(clientId)
  }

  /** Whether this is the session of its client id now. */
  holds(session: Session): boolean {
    return this.#byClientId.get(session.clientId) === session
  }

  values(): Iterable<Session> {
    return this.#byClientId.values()
  }

  put(session: Session): void {
    this.#byClientId.set(session.clientId, session)
  }

  /** Lets go of a session that goes on elsewhere. */
  remove(clientId: string): void {
    this.#byClientId.delete(clientId)
  }

  // --- A client comes

  /** A connection waits for the session of the client id. Of several the last stays: see
   *  `turnAway`. */
  await(clientId: string, connection: Arriving): void {
    this.#arriving.set(clientId, connection)
  }

  /** The connection waits no more. */
  arrived(clientId: string, connection: Arriving): void {
    if (this.#arriving.get(clientId) === connection) this.#arriving.delete(clientId)
  }

  /** Ends the connection that waits to come in by the client id, since another one comes after it.
   *  Gives whether there was one. */
  turnAway(clientId: string): boolean {
    const waiting = this.#arriving.get(clientId)
    if (waiting === undefined) return false
    waiting.finish('taken-over')
    this.endUnclaimed(clientId)
    return true
  }

  /** A stored session of the client id has ended and is not durably gone. */
  isEnding(clientId: string): boolean {
    return this.#ending.has(clientId)
  }

  /** Another thread may have the session of the client id: it is to be claimed first. */
  mayBeElsewhere(clientId: string): boolean {
    return this.#options.threads !== undefined && !this.has(clientId) && this.#options.threads.mayHave(clientId)
  }

  /** See `SessionThreads.claim`. */
  claim(clientId: string, ends: boolean, proceed: () => void): void {
    this.#options.threads!.claim(clientId, ends, proceed)
  }

  /** The session's client has come, or gone. */
  link(session: Session, link: SessionLink | undefined): void {
    session.link = link
    this.#options.router.linked(session)
  }

  /** From now on the session outlives its connection. */
  store(session: Session): void {
    session.journal = this.journal
    this.journal.save(session)
  }

  // --- A client goes

  /** The session's connection is gone and left a will, if any: the session ends now, or lives on
   *  for its expiry. [MQTT-3.1.2-8], [MQTT-3.1.3-9] the will goes out now, or after its delay
   *  unless the session is taken up again or ends before. */
  park(session: Session, will: Will | undefined): void {
    this.link(session, undefined)
    if (session.expiryMs === 0) {
      session.will = will
      this.end(session)
      return
    }
    const now = this.#options.context.clock.now()
    session.endsAt = now + session.expiryMs
    const delayMs = (will?.properties.willDelayS ?? 0) * 1000
    if (delayMs > 0) {
      session.will = will
      session.willAt = now + delayMs
    }
    this.#takeOwn({ will: delayMs > 0 ? undefined : will, session, changes: changesOf(session) })
  }

  /** Ends the sessions whose time is over and sends the wills that are due, at most so many: the
   *  rest waits for the next call. */
  endDue(most: number): void {
    const now = this.#options.context.clock.now()
    let count = 0
    for (const session of this.#byClientId.values()) {
      if (session.endsAt <= now) this.end(session)
      else if (session.willAt <= now) this.#releaseWill(session)
      else continue
      if (++count === most) return
    }
  }

  #releaseWill(session: Session): void {
    const { will } = session
    session.will = undefined
    session.willAt = Number.POSITIVE_INFINITY
    this.#takeOwn({ will, session, changes: changesOf(session) })
  }

  /** From now on the session is in memory only. */
  forget(session: Session): void {
    this.#takeOwn({ session, ...this.#forgetting(session) })
  }

  /** The changes that take the session out of the store, if it is there. Until they are durable a
   *  client that comes by its client id has to wait (enter-session.ts). */
  #forgetting(session: Session): Pick<Own, 'changes' | 'done'> {
    const { journal, clientId } = session
    if (journal === undefined) return { changes: [] }
    session.journal = undefined
    this.#ending.set(clientId, session)
    const done = (): void => {
      if (this.#ending.get(clientId) === session) this.#ending.delete(clientId)
    }
    return { changes: journal.changes.forgotten(session), done }
  }

  /** [MQTT-3.1.2-10] a will that waits for its delay goes out when the session ends. */
  end(session: Session): void {
    const { router, context, threads } = this.#options
    router.unsubscribeAll(session)
    this.#byClientId.delete(session.clientId)
    const forgotten = this.#forgetting(session)
    const left = [...session.transferable()]
    const { will } = session
    session.will = undefined
    session.clear(context)
    this.#takeOwn({ will, session, ...forgotten, left })
    threads?.ended(session.clientId)
  }

  /** Another gateway has the client now, and what is stored of it. */
  lose(clientId: string): void {
    const { router, context } = this.#options
    this.turnAway(clientId)
    const session = this.get(clientId)
    if (session === undefined) return
    session.link?.close('taken-over', reasonCode.sessionTakenOver)
    if (!this.holds(session)) return
    router.unsubscribeAll(session)
    this.#byClientId.delete(clientId)
    session.journal = undefined
    this.#lost.add(session)
    session.clear(context)
  }

  /** Ends a session that was to end with a connection which did not wait for it. */
  endUnclaimed(clientId: string): void {
    const session = this.get(clientId)
    if (session !== undefined && session.link === undefined && session.journal === undefined) this.end(session)
  }

  // --- A delivery without a session

  /** A delivery has become durable after the session it is for ended, or is no longer stored. */
  settleStray(session: Session, delivery: Delivery): void {
    if (this.#lost.has(session)) return
    const changes = delivery.order > 0 ? [this.journal.changes.delivered(session.clientId, delivery)] : []
    const left = session.isEnded && delivery.shared !== undefined && delivery.qos > 0 ? [delivery] : []
    this.#takeOwn({ session, changes, left })
  }

  /** A delivery by a shared subscription that a crash left to a session which is gone goes to
   *  another member, if there is any. */
  passOn(clientId: string, delivery: Delivery): void {
    this.#takeOwn({ changes: [this.journal.changes.delivered(clientId, delivery)], left: [delivery] })
  }

  // --- What the server itself says

  /** Takes in a message of the server's own. `done` is called when it is durable, in the queues of
   *  those that are away too. */
  publish(message: RoutedMessage, done: () => void): void {
    this.#add({ bytes: 0, message, record: undefined, step: { changes: () => undefined, done } })
  }

  /** Takes all of it in one transaction: a crash finds the session as it was, or its will sent and
   *  its messages with others. */
  #takeOwn({ session, changes, will, left = [], done }: Own): void {
    if (changes.length === 0 && left.length === 0 && will === undefined) return
    const { router } = this.#options
    const routings: Routing[] = []
    let bytes = 0
    for (const change of changes) bytes += changeBytes(change)
    for (const { message } of left) bytes += messageBytes(message)
    const deliver = (): void => {
      for (const routing of routings) router.deliver(routing)
      done?.()
    }
    const step: IngestStep = {
      changes(into) {
        for (const change of changes) into.push(change)
        for (const delivery of left) {
          const routing = router.routeToGroup(delivery, into)
          if (routing !== undefined) routings.push(routing)
        }
      },
      done: left.length === 0 ? done : deliver,
    }
    const { message, record } =
      will === undefined || session === undefined
        ? noWill
        : willMessage({ ...this.#options, clock: this.#options.context.clock }, session, will)
    this.#add({ bytes, message, record, step })
  }

  /** Adds an item that no connection waits for; `bytes` is what it costs beside the message or
   *  record. */
  #add({ bytes, message, record, step }: OwnItem): void {
    const ownBytes = message === undefined ? (record?.value.byteLength ?? 0) : messageBytes(message)
    this.#options.ingest.add({
      owner: undefined,
      ackFirst: 0,
      packetId: 0,
      reason: 0,
      explanation: undefined,
      record,
      bytes: bytes + ownBytes + itemOverheadBytes,
      readAt: 0,
      message,
      step,
    })
  }
}

type OwnItem = {
  readonly bytes: number
  readonly message: RoutedMessage | undefined
  readonly record: NewRecord | undefined
  readonly step: IngestStep
}

type Own = {
  /** The session whose will it is. */
  readonly session?: Session
  readonly changes: readonly StateChange[]
  readonly will?: Will | undefined
  /** Deliveries of shared subscriptions that go to other members. */
  readonly left?: readonly Delivery[]
  /** Called when all of it is durable. */
  readonly done?: () => void
}

const changesOf = (session: Session): StateChange[] =>
  session.journal === undefined ? [] : [session.journal.changes.session(session)]
