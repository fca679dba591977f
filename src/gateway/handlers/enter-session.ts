// Which session an admitted client gets: its own, gone on with, or a new one. A client that held it
// is sent away, and CONNACK says which it is.
import type { Principal } from '../admission/admission.ts'
import { encodeConnack } from '../../mqtt/encode-packet.ts'
import { packetType, type Connect } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason-code.ts'
import type { Connection } from '../connection.ts'
import { itemOverheadBytes } from '../../ingest/ingest.ts'
import { Session } from '../session/session.ts'
import type { Sessions } from '../sessions.ts'
import { connackProperties, refuse, serverKeepAliveS, sessionExpiryS } from './connack.ts'

/** CONNACK may have to wait for two things. (1) If the client discards a stored session, its end
 *  must be durable: otherwise a crash would give it back to a client that knows nothing of it. (2)
 *  With several threads the session must first come here, unless `isClaimed`: no other thread has
 *  one now. Of those that wait for the same client id only the last stays. */
export function enterSession(
  connection: Connection,
  connect: Connect,
  clientId: string,
  principal: Principal,
  isClaimed = false,
): void {
  const { sessions, ingest, door } = connection.gateway
  const goOn = (isClaimedNow: boolean): void => {
    sessions.arrived(clientId, connection)
    if (connection.isOpen) enterSession(connection, connect, clientId, principal, isClaimedNow)
    else sessions.endUnclaimed(clientId)
  }
  const isDiscarded = discard(connection, connect, clientId, principal)
  if (!isDiscarded && (isClaimed || !sessions.mayBeElsewhere(clientId))) {
    if (door.isDraining) refuse(connection, connect, reasonCode.serverBusy, 'draining')
    else admit(connection, connect, clientId, principal)
    connection.resume('session')
    return
  }
  connection.pause('session')
  sessions.await(clientId, connection)
  if (isDiscarded) ingest.perform(itemOverheadBytes, { changes: () => undefined, done: () => goOn(false) })
  else sessions.claim(clientId, connect.cleanStart, () => goOn(true))
}

/** Ends the stored session of the client id, or takes it into memory only, when that is what the
 *  client asks for. Gives whether this, or the end of an earlier one, is not durable yet. */
function discard({ gateway }: Connection, connect: Connect, clientId: string, principal: Principal): boolean {
  const { sessions, limits, clock } = gateway
  const wasAwaited = sessions.turnAway(clientId)
  const isEnding = wasAwaited || sessions.isEnding(clientId)
  const held = sessions.get(clientId)
  if (held?.journal === undefined) return isEnding
  const resumes = !connect.cleanStart && isResumable(held, principal, clock.now())
  if (resumes && sessionExpiryS(connect, limits.sessionExpiryMaxS) > 0) return isEnding
  held.link?.close('taken-over', reasonCode.sessionTakenOver)
  if (sessions.holds(held)) {
    if (resumes) {
      // It waits for this connection now, and ends with it.
      held.expiryMs = 0
      held.endsAt = Number.POSITIVE_INFINITY
      sessions.forget(held)
    } else sessions.end(held)
  }
  return true
}

function admit(connection: Connection, connect: Connect, clientId: string, principal: Principal): void {
  const { gateway } = connection
  const { limits, sessions, clock, metrics, logger } = gateway
  const expiryMs = sessionExpiryS(connect, limits.sessionExpiryMaxS) * 1000
  const held = sessions.get(clientId)
  const mayResume = held !== undefined && outlivesLink(held) && !connect.cleanStart
  const resumes = mayResume && isResumable(held, principal, clock.now())
  const answer = connackProperties(limits, connect, clientId, expiryMs / 1000)
  const connack = encodeConnack(connect.version, resumes, reasonCode.success, answer) // [MQTT-3.2.2-2, -3]
  // [MQTT-3.1.2-24] before anything is changed. A client that has room for this CONNACK has room
  // for every answer that is no message or list.
  if (connack.length > connection.clientPacketBytesMax) {
    connection.finish('packet-too-large')
    return
  }
  if (held !== undefined) takeOver(sessions, held, resumes)
  if (!resumes && sessions.size >= limits.sessions) {
    refuse(connection, connect, reasonCode.quotaExceeded, 'sessions')
    return
  }
  const session = resumes ? held : new Session(clientId, principal, expiryMs, sessions.newLife())
  session.principal = principal
  session.expiryMs = expiryMs
  session.endsAt = Number.POSITIVE_INFINITY
  session.will = undefined // [MQTT-3.1.3-9] taken up again within the delay: no will
  session.willAt = Number.POSITIVE_INFINITY
  sessions.link(session, connection)
  sessions.put(session)
  takeSeat(connection, connect, session, principal)
  if (expiryMs > 0) sessions.store(session)
  else sessions.forget(session)
  metrics.reasonCodes.countSent(packetType.connack, reasonCode.success)
  connection.send(connack)
  logger.debug({ client: clientId, version: connect.version, resumed: resumes }, 'connected')
  session.resume(gateway)
}

/** False when the session ends with the connection that has it now. */
const outlivesLink = ({ link, expiryMs }: Session): boolean => link === undefined || expiryMs > 0

/** Sends the holder of the session away; the session ends unless it is gone on with.
 *  [MQTT-3.1.4-3], [MQTT-3.1.2-4, -5] */
function takeOver(sessions: Sessions, held: Session, resumes: boolean): void {
  held.link?.close('taken-over', reasonCode.sessionTakenOver)
  if (!resumes && sessions.holds(held)) sessions.end(held)
}

/** Under another principal it is somebody else's. */
const isResumable = ({ principal: owner, endsAt }: Session, principal: Principal, now: number): boolean =>
  owner.id === principal.id && endsAt > now

function takeSeat(connection: Connection, connect: Connect, session: Session, principal: Principal): void {
  const { limits, clock, door } = connection.gateway
  const { properties } = connect
  connection.session = session
  connection.connectedS = Math.floor(clock.now() / 1000)
  connection.principal = principal
  door.guard.leave(connection)
  door.rates.admit(connection, session.clientId, principal.tenant)
  connection.will = connect.will
  connection.silenceMaxMs = serverKeepAliveS(connect, limits.keepAliveMaxS) * 1500 // [MQTT-3.1.2-22]
  connection.deliveryWindow = Math.min(properties.receiveMaximum ?? limits.deliveryWindow, limits.deliveryWindow) // [MQTT-3.3.4-9]
  connection.clientAliasMax = Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliases)
}
