// The one timer of the gateway: keep-alives, connect timeouts and handshakes before them, sockets slow to close, sessions that expire, wills that
// are due, retained messages that have expired, refusals that are late on purpose.
import { type Broker } from './broker.ts'
import { endSession, releaseWill } from './session/session-end.ts'
import { lookEvery } from './look-every.ts'
import { reasonCode } from './codec/reason-code.ts'
import type { Arrivals } from './transport/arrival.ts'

/** Sweeps every `sweepMs` until it is disposed. */
export const startSweep = (broker: Broker, arrivals: Arrivals): Disposable =>
  lookEvery(broker.limits.sweepMs, broker.clock, (askedAt) => {
    broker.failedConnects.sayDue()
    arrivals.sweep()
    sweepConnections(broker, askedAt)
    sweepSessions(broker)
    for (const { topic } of broker.router.retained.expire(broker.clock.now())) {
      if (broker.peers === undefined) broker.journal.removeRetained(topic)
      else broker.peers.forgetRetained(topic)
    }
  })

function sweepConnections(broker: Broker, now: number): void {
  for (const connection of broker.connections) {
    if (!connection.isOpen) {
      if (now - connection.heardAt > broker.limits.closeTimeoutMs) connection.socket.destroy()
    } else if (connection.hasSpoken) {
      connection.hasSpoken = false
      // The first packet has a deadline of its own: bytes alone do not move it. It has come when the connection waits for us.
      if (connection.session !== undefined || !connection.isJudgedBySilence) connection.heardAt = now
    } else if (!connection.isJudgedBySilence) connection.heardAt = now
    if (connection.isOpen && connection.silenceMaxMs > 0 && now - connection.heardAt > connection.silenceMaxMs) {
      if (connection.session === undefined) connection.finish('connect-timeout')
      else connection.close('keep-alive', reasonCode.keepAliveTimeout) // [MQTT-3.1.2-22]
    }
  }
}

/** Many may end at once, such as those of a fleet that was there when an earlier process was killed: the rest have their turn with the next sweep. */
const endsAtOnce = 1000

function sweepSessions(broker: Broker): void {
  const now = broker.clock.now()
  let count = 0
  for (const session of broker.sessions.values()) {
    if (session.endsAt <= now) endSession(broker, session)
    else if (session.willAt <= now) releaseWill(broker, session)
    else continue
    if (++count === endsAtOnce) return
  }
}
