// How long a vehicle waits before it connects again. Two causes, two counts: a server or a network
// in trouble, where a fleet must not come back all at once, and another client with the same id,
// where the two would end each other's connection for ever.
import type { CloseReason } from './mqtt-connection.ts'
import type { VehicleLimits } from './vehicle-limits.ts'

/** MQTT 5 reason code of a DISCONNECT: another client signed in with this client's id. */
const sessionTakenOver = 0x8e
/** A connection that held this long starts the waits anew; a shorter one is a server in trouble. */
const stableMs = 10_000

export const isTakeOver = ({ code, mqttReason }: CloseReason): boolean =>
  code === 'server' && mqttReason === sessionTakenOver

/** Full jitter (exponential back-off and jitter, AWS Architecture Blog 2015): spreads a whole fleet
 *  that lost one server. */
export const backoffMs = (
  attempt: number,
  { reconnectMinMs, reconnectMaxMs }: VehicleLimits,
  random: () => number,
): number => Math.floor(random() * Math.min(reconnectMaxMs, reconnectMinMs * 2 ** Math.min(attempt, 40)))

export class ReconnectWaits {
  readonly #limits: VehicleLimits
  readonly #random: () => number
  #attempt = 0
  /** Take-overs in a row. */
  #takeOvers = 0

  constructor(limits: VehicleLimits, random: () => number) {
    this.#limits = limits
    this.#random = random
  }

  /** The wait after a connection that ended for `reason`, `heldMs` after its CONNACK; 0 without a
   *  CONNACK. Milliseconds. */
  after(reason: CloseReason, heldMs: number): number {
    const { takenOverMinMs, takenOverMaxMs } = this.#limits
    if (heldMs >= stableMs) this.#attempt = 0
    // Another client with our id waits at most takenOverMaxMs before it comes again: whoever held
    // twice as long is alone.
    if (heldMs >= 2 * takenOverMaxMs) this.#takeOvers = 0
    if (!isTakeOver(reason)) return backoffMs(this.#attempt++, this.#limits, this.#random)
    const spanMs = Math.min(takenOverMaxMs, takenOverMinMs * 2 ** Math.min(this.#takeOvers++, 40))
    // Never at once: the least wait is half of the span.
    return Math.floor((spanMs * (1 + this.#random())) / 2)
  }

  /** The network is another one: the troubles of the last say nothing. A client with our id may be
   *  anywhere. */
  forgetTroubles(): void {
    this.#attempt = 0
  }
}
