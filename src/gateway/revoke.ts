// A new revocation list ends the connections whose certificates are on it: a list that refused new
// ones alone would leave a stolen unit connected for as long as it likes. Connections are looked
// through once for each new list, and nothing is kept with them for it: TLS holds the certificate.
import { TLSSocket } from 'node:tls'
import type { Logger } from '../base/logger.ts'
import type { Door, DoorClient } from './door.ts'
import { noProperties } from '../mqtt/properties.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import type { Arrivals } from './transport/arrival.ts'
import type { Revocations } from './transport/revocation-list.ts'
import { WebSocketStream } from './transport/web-socket-stream.ts'

/** Looked at before the gateway has its turn: a certificate that is read again takes some 11 µs. */
const sliceConnections = 50

export type RevokePorts = { readonly door: Door; readonly arrivals: Arrivals; readonly logger: Logger }

/** Ends them slice by slice; resolves when all were looked at. By MQTT 5 with 0x87. Their sessions
 *  stay, and their wills go out. */
export async function endRevoked({ door, arrivals, logger }: RevokePorts, revocations: Revocations): Promise<void> {
  const isRevoked = (socket: TLSSocket): boolean => {
    const certificate = socket.getPeerX509Certificate()
    return certificate !== undefined && revocations.has(certificate)
  }
  arrivals.failRevoked(isRevoked)
  let count = 0
  for (const connection of door.connections) {
    const socket = tlsOf(connection)
    if (socket === undefined) continue
    if (isRevoked(socket)) {
      logger.warn(
        { client: connection.session?.clientId },
        'the certificate of a client was revoked: its connection is ended',
      )
      connection.close(
        'certificate-revoked',
        reasonCode.notAuthorised,
        noProperties,
        'The certificate of this client was revoked.',
      )
    }
    if (++count % sliceConnections === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Undefined for a connection that showed no certificate here, and for one that is ending. */
function tlsOf({ isOpen, socket }: DoorClient): TLSSocket | undefined {
  if (!isOpen || socket.certificate === undefined) return undefined
  const below = socket instanceof WebSocketStream ? socket.socket : socket
  return below instanceof TLSSocket ? below : undefined
}
