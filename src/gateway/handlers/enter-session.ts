// Which session an admitted client gets: its own, gone on with, or a new one. Whoever held it is sent away, and CONNACK says which it is.
import type { Principal } from '../admission/admission.ts'
import type { Broker } from '../broker.ts'
import { encodeConnack } from '../../mqtt/encode-packet.ts'
import { packetType, type Connect } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason-code.ts'
import type { Connection } from '../connection.ts'
import { itemOverheadBytes } from '../../ingest/ingest.ts'
import { endSession, forgetStored, linkSession, parkUnclaimed, turnAway } from '../session/session-end.ts'
import { Session } from '../session/session.ts'
import { connackProperties, refuse, serverKeepAliveS, sessionExpiryS } from './connack.ts'

/** Two things this connection may have to wait for: that a stored session it does not go on with is durably gone, or else a crash would give it back to a
 *  client that knows nothing of it; and, with several threads, that its session comes from another one, which it may not go on with either. `isClaimed`: no
 *  other thread has one now. Of those who wait for the same client id only the last stays. */
export function enterSession(connection: Connection, connect: Connect, clientId: string, principal: Principal, isClaimed = false): void {
  const { broker } = connection
  const { arriving, peers } = broker
  const goOn = (isClaimedNow: boolean): void => {
    if (arriving.get(clientId) === connection) arriving.delete(clientId)
    if (connection.isOpen) enterSession(connection, connect, clientId, principal, isClaimedNow)
    else parkUnclaimed(broker, clientId)
  }
  const isDiscarded = discard(connection, connect, clientId, principal)
  if (!isDiscarded && (peers === undefined || isClaimed || broker.sessions.has(clientId))) {
    if (broker.isDraining) refuse(connection, connect, reasonCode.serverBusy, 'draining')
    else admit(connection, connect, clientId, principal)
    connection.resume('session')
    return
  }
  connection.pause('session')
  arriving.set(clientId, connection)
  if (isDiscarded) broker.ingest.perform(itemOverheadBytes, { changes: () => undefined, done: () => goOn(false) })
  else peers!.claim(clientId, connect.cleanStart, () => goOn(true))
}

/** Ends the stored session of the client id, or takes it into memory only, when that is what the client asks for. Gives whether this, or the end of an
 *  earlier one, is not durable yet. */
function discard({ broker }: Connection, connect: Connect, clientId: string, principal: Principal): boolean {
  const waiting = broker.arriving.get(clientId)
  turnAway(broker, clientId)
  const isEnding = waiting !== undefined || broker.ending.has(clientId)
  const held = broker.sessions.get(clientId)
  if (held?.journal === undefined) return isEnding
  const resumes = resumable(broker, held, principal, connect.cleanStart)
  if (resumes && sessionExpiryS(connect, broker.limits.sessionExpiryMaxS) > 0) return isEnding
  held.link?.close('taken-over', reasonCode.sessionTakenOver)
  if (broker.sessions.get(clientId) === held) {
    if (resumes) {
      // It waits for this connection now, and ends with it.
      held.expiryMs = 0
      held.endsAt = Number.POSITIVE_INFINITY
      forgetStored(broker, held)
    } else endSession(broker, held)
  }
  return true
}

function admit(connection: Connection, connect: Connect, clientId: string, principal: Principal): void {
  const { broker } = connection
  const { limits } = broker
  const expiryMs = sessionExpiryS(connect, limits.sessionExpiryMaxS) * 1000
  const held = broker.sessions.get(clientId)
  const resumes = held !== undefined && outlivesLink(held) && resumable(broker, held, principal, connect.cleanStart)
  const answer = connackProperties(broker, connect, clientId, expiryMs / 1000)
  const connack = encodeConnack(connect.version, resumes, reasonCode.success, answer) // [MQTT-3.2.2-2, -3]
  // [MQTT-3.1.2-24] before anything is changed. A client that has room for this CONNACK has room for every answer that is no message or list.
  if (connack.length > connection.clientPacketBytesMax) {
    connection.finish('packet-too-large')
    return
  }
  if (held !== undefined) takeOver(broker, held, resumes)
  if (!resumes && broker.sessions.size >= limits.sessions) {
    refuse(connection, connect, reasonCode.quotaExceeded, 'sessions')
    return
  }
  const session = resumes ? held : new Session(clientId, principal, expiryMs, broker.newLife())
  session.principal = principal
  session.expiryMs = expiryMs
  session.endsAt = Number.POSITIVE_INFINITY
  session.will = undefined // [MQTT-3.1.3-9] taken up again within the delay: no will
  session.willAt = Number.POSITIVE_INFINITY
  linkSession(broker, session, connection)
  broker.sessions.set(clientId, session)
  takeSeat(connection, connect, session, principal)
  if (expiryMs > 0) (session.journal = broker.journal).save(session)
  else forgetStored(broker, session)
  broker.metrics.reasonCodes.countSent(packetType.connack, reasonCode.success)
  connection.send(connack)
  broker.logger.debug({ client: clientId, version: connect.version, resumed: resumes }, 'connected')
  session.resume(broker)
}

/** False when the session ends with the connection that has it now. */
const outlivesLink = ({ link, expiryMs }: Session): boolean => link === undefined || expiryMs > 0

/** Whoever holds the session is sent away, and it ends unless it is gone on with. [MQTT-3.1.4-3], [MQTT-3.1.2-4, -5] */
function takeOver(broker: Broker, held: Session, resumes: boolean): void {
  held.link?.close('taken-over', reasonCode.sessionTakenOver)
  if (!resumes && broker.sessions.get(held.clientId) === held) endSession(broker, held)
}

/** Under another principal it is somebody else's. */
const resumable = ({ clock }: Broker, { principal: owner, endsAt }: Session, principal: Principal, cleanStart: boolean): boolean =>
  !cleanStart && owner.id === principal.id && endsAt > clock.now()

function takeSeat(connection: Connection, connect: Connect, session: Session, principal: Principal): void {
  const { limits } = connection.broker
  const { properties } = connect
  connection.session = session
  connection.connectedS = Math.floor(connection.broker.clock.now() / 1000)
  connection.principal = principal
  connection.broker.guard.leave(connection)
  connection.broker.rates.admit(connection, session.clientId, principal.tenant)
  connection.will = connect.will
  connection.silenceMaxMs = serverKeepAliveS(connect, limits.keepAliveMaxS) * 1500 // [MQTT-3.1.2-22]
  connection.deliveryWindow = Math.min(properties.receiveMaximum ?? limits.deliveryWindow, limits.deliveryWindow) // [MQTT-3.3.4-9]
  connection.clientAliasMax = Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliases)
}
