// The one timer of the gateway: keep-alives, connect timeouts and handshakes before them, sockets
// slow to close, sessions that expire, wills that are due, retained messages that have expired,
// refusals that are late on purpose.
import type { Clock } from '../base/clock.ts'
import { lookEvery } from '../base/look-every.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import type { Door } from './door.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { Router } from './routing/router.ts'
import type { Sessions } from './sessions.ts'
import type { Arrivals } from './transport/arrival.ts'

export type SweepPorts = {
  readonly door: Door
  readonly sessions: Sessions
  readonly router: Pick<Router, 'expireRetained'>
  readonly arrivals: Arrivals
  readonly limits: GatewayLimits
  readonly clock: Clock
}

/** Many sessions may end at once, such as those of a fleet that was there when an earlier process
 *  was killed: the rest have their turn with the next sweep. */
const endsAtOnce = 1000

/** Sweeps every `sweepMs` until it is disposed. */
export function startSweep(ports: SweepPorts): Disposable {
  const { door, sessions, router, arrivals, limits, clock } = ports
  return lookEvery(limits.sweepMs, clock, (askedAt) => {
    door.failedConnects.sayDue()
    arrivals.sweep()
    sweepConnections(ports, askedAt)
    sessions.endDue(endsAtOnce)
    router.expireRetained()
  })
}

function sweepConnections({ door, limits }: SweepPorts, now: number): void {
  for (const connection of door.connections) {
    if (!connection.isOpen) {
      if (now - connection.heardAt > limits.closeTimeoutMs) connection.socket.destroy()
    } else if (connection.hasSpoken) {
      connection.hasSpoken = false
      // The first packet has a deadline of its own: bytes alone do not move it. It has come when
      // the connection waits for us.
      if (connection.session !== undefined || !connection.isJudgedBySilence) connection.heardAt = now
    } else if (!connection.isJudgedBySilence) connection.heardAt = now
    if (connection.isOpen && connection.silenceMaxMs > 0 && now - connection.heardAt > connection.silenceMaxMs) {
      if (connection.session === undefined) connection.finish('connect-timeout')
      else connection.close('keep-alive', reasonCode.keepAliveTimeout) // [MQTT-3.1.2-22]
    }
  }
}
