// Clients on their way in: accepted by the system, and busy with what comes before MQTT (PROXY
// header, TLS handshake, WebSocket upgrade). Like connections they have their turns
// (connection-guard.ts), in which a TLS handshake counts for several, since it is the dearest thing
// a client can ask for. Their number is bounded, and the sweep ends those that take longer than a
// client has until CONNECT in all.
//
//   begun ──[waits for its turn, unread]──stages──► finished: a connection, which inherits turn and deadline
//                                          any ──fault, loss, deadline──► failed, counted once
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { addressKey } from '../../base/address-key.ts'
import type { ConnectionGuard, GuardedClient, TurnedAway } from '../guard/connection-guard.ts'
import type { VehicleCertificate } from './vehicle-certificate.ts'

export type Stage = 'proxy' | 'tls' | 'web-socket'

const arrivalOf = Symbol('arrival')
type ArrivingSocket = Socket & { [arrivalOf]?: Arrival | undefined }

export class Arrival implements GuardedClient {
  readonly #arrivals: Arrivals
  /** As the system accepted it, below whatever is put around it. */
  readonly socket: Socket
  readonly turnCost: number
  /** When its deadline began to run; infinite while it waits for its turn. */
  startedAt: number
  stage: Stage
  /** Proven by TLS here, or vouched for by a trusted proxy. */
  certificate: VehicleCertificate | undefined
  /** Once its handshake is done. */
  tls: TLSSocket | undefined
  /** Why it fails when its socket closes or its time is over: it has been told already, and is
   *  given that time to take the answer. */
  verdict: string | undefined

  /** Called once its turn has come. */
  #then: (() => void) | undefined

  constructor(arrivals: Arrivals, socket: Socket, stage: Stage, turnCost: number) {
    this.#arrivals = arrivals
    this.socket = socket
    this.stage = stage
    this.turnCost = turnCost
    this.startedAt = arrivals.now()
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  /** Goes on with `then` when it is its turn, which may be now. By its address as it is known by
   *  then. */
  takeTurn(then: () => void): void {
    const turnedAway = this.#arrivals.enter(this)
    this.#then = then
    if (turnedAway !== undefined) this.fail(turnedAway)
    else if (this.startedAt !== Number.POSITIVE_INFINITY) this.#begin()
  }

  pause(): void {
    this.startedAt = Number.POSITIVE_INFINITY
    this.socket.pause()
  }

  resume(): void {
    this.startedAt = this.#arrivals.now()
    this.#begin()
  }

  #begin(): void {
    const then = this.#then
    this.#then = undefined
    const reason = this.#arrivals.noRoomFor(this)
    if (reason === undefined) then?.()
    else this.fail(reason)
  }

  /** Turns the client away; the reason is a metric label. Does nothing once the arrival is over. */
  fail(reason: string, detail?: string): void {
    this.#arrivals.fail(this, reason, detail)
  }

  /** All stages are through: nothing of the arrival stays on the socket. False when it had failed
   *  before. */
  finish(): boolean {
    return this.#arrivals.finish(this)
  }
}

export type ArrivalPorts = {
  readonly handshakesMax: number
  readonly addressHandshakesMax: number
  readonly timeoutMs: number
  readonly guard: Pick<ConnectionGuard, 'enter' | 'leave'>
  readonly clock: Clock
  readonly logger: Logger
  countTurnedAway(reason: string): void
}

/** One line of the log a reason in this time: whoever wants to can fail a thousand handshakes a
 *  second. */
const logMs = 10_000

const ignore = (): void => undefined
function onClose(this: ArrivingSocket): void {
  const arrival = this[arrivalOf]
  arrival?.fail(arrival.verdict ?? `${arrival.stage}-lost`)
}

export class Arrivals {
  readonly #ports: ArrivalPorts
  readonly #underWay = new Set<Arrival>()
  /** Those of them whose turn has come, with the keys of their addresses; and how many those are by
   *  key. */
  readonly #begun = new Map<Arrival, string>()
  readonly #begunFrom = new Map<string, number>()
  readonly #quietUntil = new Map<string, number>()

  constructor(ports: ArrivalPorts) {
    this.#ports = ports
  }

  get size(): number {
    return this.#underWay.size
  }

  now(): number {
    return this.#ports.clock.now()
  }

  enter(arrival: Arrival): TurnedAway | undefined {
    return this.#ports.guard.enter(arrival)
  }

  /** Takes it in whose turn has come; gives why it must go instead. */
  noRoomFor(arrival: Arrival): 'handshake-limit' | 'address-handshake-limit' | undefined {
    const key = addressKey(arrival.remoteAddress)
    const count = this.#begunFrom.get(key) ?? 0
    if (this.#begun.size >= this.#ports.handshakesMax) return 'handshake-limit'
    if (count >= this.#ports.addressHandshakesMax) return 'address-handshake-limit'
    this.#begun.set(arrival, key)
    this.#begunFrom.set(key, count + 1)
    return undefined
  }

  #forgetBegun(arrival: Arrival): void {
    const key = this.#begun.get(arrival)
    if (key === undefined) return
    this.#begun.delete(arrival)
    const count = this.#begunFrom.get(key)! - 1
    if (count === 0) this.#begunFrom.delete(key)
    else this.#begunFrom.set(key, count)
  }

  begin(socket: ArrivingSocket, stage: Stage, turnCost: number): Arrival {
    const arrival = new Arrival(this, socket, stage, turnCost)
    this.#underWay.add(arrival)
    socket[arrivalOf] = arrival
    socket.on('error', ignore).on('close', onClose)
    return arrival
  }

  fail(arrival: Arrival, reason: string, detail?: string): void {
    if (!this.finish(arrival)) return
    this.#ports.guard.leave(arrival)
    this.#ports.countTurnedAway(reason)
    if (detail !== undefined) this.warn(reason, detail)
    arrival.socket.destroy()
  }

  finish(arrival: Arrival): boolean {
    if (!this.#underWay.delete(arrival)) return false
    this.#forgetBegun(arrival)
    const socket: ArrivingSocket = arrival.socket
    socket[arrivalOf] = undefined
    socket.off('close', onClose)
    return true
  }

  sweep(): void {
    const { clock, timeoutMs } = this.#ports
    const oldest = clock.now() - timeoutMs
    for (const arrival of this.#underWay)
      if (arrival.startedAt < oldest) arrival.fail(arrival.verdict ?? 'connect-timeout')
  }

  /** Of those whose handshake is done. */
  failRevoked(isRevoked: (socket: TLSSocket) => boolean): void {
    for (const arrival of this.#underWay)
      if (arrival.tls !== undefined && isRevoked(arrival.tls))
        arrival.fail('tls-certificate-revoked', 'the certificate of the client was revoked')
  }

  endAll(): void {
    for (const arrival of this.#underWay) arrival.fail('drain')
  }

  /** Logs it, unless the same reason was logged a moment ago. */
  warn(reason: string, detail: string): void {
    const now = this.#ports.clock.now()
    if (now < (this.#quietUntil.get(reason) ?? Number.NEGATIVE_INFINITY)) return
    this.#quietUntil.set(reason, now + logMs)
    this.#ports.logger.warn({ reason, detail }, 'a client was turned away before MQTT began')
  }
}

/** The arrival of a socket, as long as it is under way. */
export const arrivalBelow = (socket: ArrivingSocket | undefined): Arrival | undefined => socket?.[arrivalOf]
