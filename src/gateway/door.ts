// The door of the gateway: who may come in, how fast, who is in, and who is not read for a while.
import type { RateLimit } from '../tcp/rate-limit.ts'
import type { Properties } from '../mqtt/properties.ts'
import type { ReasonCode } from '../mqtt/reason-code.ts'
import type { Will } from '../mqtt/packet.ts'
import type { Admission } from './admission/admission.ts'
import type { ConnectionGuard } from './guard/connection-guard.ts'
import type { FailedConnects } from './guard/failed-connects.ts'
import type { ClientStream } from './transport/client-stream.ts'

/** A connection, as far as its deadlines and its end go. */
export interface DoorClient {
  readonly isOpen: boolean
  readonly socket: ClientStream
  /** Undefined until CONNECT is accepted. */
  readonly session: { readonly clientId: string } | undefined
  will: Will | undefined
  /** Milliseconds of silence until it is ended; 0 means no deadline. */
  readonly silenceMaxMs: number
  /** False while its silence is our doing, because we do not read. */
  readonly isJudgedBySilence: boolean
  hasSpoken: boolean
  heardAt: number
  /** Ends it and says why; `reason` is a metric label. */
  close(reason: string, code: ReasonCode, properties?: Properties, detail?: string): void
  /** Ends it without a word. */
  finish(reason: string): void
}

/** A connection that is not read, because it had more on the way to the log than it may. */
export interface PausedClient {
  /** Reads on when it has little enough now. */
  resumeIfCaughtUp(): void
}

export type DoorParts = {
  readonly admission: Admission
  readonly rates: RateLimit
  readonly guard: ConnectionGuard
  readonly failedConnects: FailedConnects
}

export class Door implements Disposable {
  readonly admission: Admission
  readonly rates: RateLimit
  readonly guard: ConnectionGuard
  readonly failedConnects: FailedConnects
  readonly connections = new Set<DoorClient>()
  /** Connections that are not read until the log has taken more. */
  readonly paused = new Set<PausedClient>()
  /** A drain is under way: nobody comes in, and nobody is read. */
  isDraining = false

  constructor({ admission, rates, guard, failedConnects }: DoorParts) {
    this.admission = admission
    this.rates = rates
    this.guard = guard
    this.failedConnects = failedConnects
  }

  /** Looks at those that are paused for the log. */
  resumeCaughtUp(): void {
    for (const connection of this.paused) connection.resumeIfCaughtUp()
  }

  /** Reads nobody any more. */
  beginDrain(): void {
    this.isDraining = true
    for (const { socket } of this.connections) socket.pause()
  }

  /** Ends all, whose wills stay unsent: the cars are well. */
  endAll(code: ReasonCode, properties: Properties): void {
    for (const connection of this.connections) {
      connection.will = undefined
      connection.close('drain', code, properties)
    }
  }

  [Symbol.dispose](): void {
    this.rates[Symbol.dispose]()
    this.guard[Symbol.dispose]()
    for (const { socket } of this.connections) socket.destroy()
  }
}
