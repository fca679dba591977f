// CONNACK: a refusal, or what a client that comes in is granted.
import { parseVehicleKey } from '../../model/vehicle-id.ts'
import type { GatewayLimits } from '../gateway-limits.ts'
import { encodeConnack } from '../../mqtt/encode-packet.ts'
import { withReason } from '../../mqtt/explanation.ts'
import { packetType, type Connect, type ProtocolVersion } from '../../mqtt/packet.ts'
import { noProperties, type Properties } from '../../mqtt/properties.ts'
import { connectReturnCode, type ReasonCode } from '../../mqtt/reason-code.ts'
import type { Connection } from '../connection.ts'

/** A client that does not come in, as far as it is known. */
type Refused = { readonly version: ProtocolVersion; readonly clientId?: string }

/** [MQTT-3.2.2-7] after a refusal the connection is closed. */
export function refuse(
  connection: Connection,
  { version, clientId }: Refused,
  code: ReasonCode,
  reason: string,
  detail?: string,
): void {
  if (!connection.isOpen) return
  const sent = version === 5 ? code : connectReturnCode(code)
  const encode = (properties: Properties): Buffer => encodeConnack(version, false, sent, properties)
  const connack = version === 4 ? encode(noProperties) : withReason(connection, code, detail, noProperties, encode)
  if (connack.length > connection.clientPacketBytesMax) {
    connection.finish(reason)
    return
  }
  const { metrics, logger } = connection.gateway
  metrics.reasonCodes.countSent(packetType.connack, sent)
  // An id that is no vehicle's may be anything, such as a VIN.
  const client = clientId !== undefined && parseVehicleKey(clientId).ok ? clientId : undefined
  logger.debug({ client, version, reason }, 'refused')
  connection.refuse(connack, reason)
}

/** Properties of CONNACK: limits of the server, and where it differs from what the client asked
 *  for. */
export function connackProperties(
  limits: GatewayLimits,
  connect: Connect,
  clientId: string,
  expiryS: number,
): Properties {
  if (connect.version === 4) return noProperties
  const properties: Properties = {
    receiveMaximum: limits.receiveMaximum,
    maximumPacketBytes: limits.packetBytes,
    topicAliasMaximum: limits.topicAliases,
  }
  if (expiryS !== (connect.properties.sessionExpiryS ?? 0)) properties.sessionExpiryS = expiryS
  if (connect.clientId === '') properties.assignedClientId = clientId // [MQTT-3.2.2-16]
  const keepAliveS = serverKeepAliveS(connect, limits.keepAliveMaxS)
  if (keepAliveS !== connect.keepAliveS) properties.serverKeepAliveS = keepAliveS // [MQTT-3.2.2-21]
  return properties
}

/** How long the session outlives its connection: by 3.1.1 as long as any may, or not at all. */
export function sessionExpiryS({ version, cleanStart, properties }: Connect, maxS: number): number {
  if (version === 4) return cleanStart ? 0 : maxS
  return Math.min(properties.sessionExpiryS ?? 0, maxS)
}

/** A keep-alive the server sets by MQTT 5: for none, and for one too long to notice a dead car
 *  by. */
export const serverKeepAliveS = ({ version, keepAliveS }: Connect, maxS: number): number =>
  version === 5 && (keepAliveS === 0 || keepAliveS > maxS) ? maxS : keepAliveS
