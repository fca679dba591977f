// Clients on their way in: accepted by the system, and busy with what comes before MQTT (PROXY header, TLS handshake, WebSocket upgrade). Their
// number is bounded, and the sweep ends those that take longer than a client has from TCP connect to CONNECT in all.
//
//   begun ──stages──► finished (a connection, which inherits the deadline)        any ──fault, loss, deadline──► failed, counted once
import type { Socket } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { VehicleCertificate } from './vehicle-certificate.ts'

export type Stage = 'proxy' | 'tls' | 'web-socket'

const arrivalOf = Symbol('arrival')
type ArrivingSocket = Socket & { [arrivalOf]?: Arrival | undefined }

export class Arrival {
  readonly #arrivals: Arrivals
  /** As the system accepted it, below whatever is put around it. */
  readonly socket: Socket
  readonly startedAt: number
  stage: Stage
  /** Proven by TLS here, or vouched for by a trusted proxy. */
  certificate: VehicleCertificate | undefined
  /** Why it fails when its socket closes or its time is over: it has been told already, and is given that time to take the answer. */
  verdict: string | undefined

  constructor(arrivals: Arrivals, socket: Socket, stage: Stage, startedAt: number) {
    this.#arrivals = arrivals
    this.socket = socket
    this.stage = stage
    this.startedAt = startedAt
  }

  /** Turns the client away; the reason is a metric label. Does nothing once the arrival is over. */
  fail(reason: string, detail?: string): void {
    this.#arrivals.fail(this, reason, detail)
  }

  /** All stages are through: nothing of the arrival stays on the socket. False when it had failed before. */
  finish(): boolean {
    return this.#arrivals.finish(this)
  }
}

export type ArrivalPorts = {
  readonly arrivalsMax: number
  readonly timeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
  countTurnedAway(reason: string): void
}

/** One line of the log a reason in this time: whoever wants to can fail a thousand handshakes a second. */
const logMs = 10_000

const ignore = (): void => undefined
function onClose(this: ArrivingSocket): void {
  const arrival = this[arrivalOf]
  arrival?.fail(arrival.verdict ?? `${arrival.stage}-lost`)
}

export class Arrivals {
  readonly #ports: ArrivalPorts
  readonly #underWay = new Set<Arrival>()
  readonly #quietUntil = new Map<string, number>()

  constructor(ports: ArrivalPorts) {
    this.#ports = ports
  }

  get size(): number {
    return this.#underWay.size
  }

  /** Undefined when too many are under way: the client is gone then. */
  begin(socket: ArrivingSocket, stage: Stage): Arrival | undefined {
    if (this.#underWay.size >= this.#ports.arrivalsMax) {
      this.#ports.countTurnedAway('handshake-limit')
      socket.destroy()
      return undefined
    }
    const arrival = new Arrival(this, socket, stage, this.#ports.clock.now())
    this.#underWay.add(arrival)
    socket[arrivalOf] = arrival
    socket.on('error', ignore).on('close', onClose)
    return arrival
  }

  fail(arrival: Arrival, reason: string, detail?: string): void {
    if (!this.finish(arrival)) return
    this.#ports.countTurnedAway(reason)
    if (detail !== undefined) this.warn(reason, detail)
    arrival.socket.destroy()
  }

  finish(arrival: Arrival): boolean {
    if (!this.#underWay.delete(arrival)) return false
    const socket: ArrivingSocket = arrival.socket
    socket[arrivalOf] = undefined
    socket.off('close', onClose)
    return true
  }

  sweep(): void {
    const { clock, timeoutMs } = this.#ports
    const oldest = clock.now() - timeoutMs
    for (const arrival of this.#underWay) {
      // In the order they began.
      if (arrival.startedAt >= oldest) return
      arrival.fail(arrival.verdict ?? 'connect-timeout')
    }
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
