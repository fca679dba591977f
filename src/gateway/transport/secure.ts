// TLS of a listener. TLS 1.2 and 1.3; a client's certificate is verified here and nowhere else, and
// says which vehicle the client is.
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { endsSoonMs } from '../../base/certificate-end.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { arrivalBelow, type Arrival } from './arrival.ts'
import { nextListAt, parseRevocations, type Revocations } from './revocation-list.ts'
import { expiryOf, watchTlsFiles, type TlsFiles, type TlsMaterial } from './tls-files.ts'
import { certifiedVehicle } from './vehicle-certificate.ts'

export type TlsOptions = TlsFiles & {
  /** Whether a client without a certificate may come in and prove itself by its password. Only with
   *  `clientCaFile`. */
  readonly clientCertificate?: 'required' | 'optional'
}

export type TlsPorts = {
  readonly reloadMs: number
  readonly wallClock: Clock
  readonly logger: Logger
  /** The handshake is done, and the certificate in `arrival`. */
  secured(arrival: Arrival, socket: TLSSocket): void
  /** There is a new list of revoked certificates, for those who are in already. */
  revoked(revocations: Revocations): void
}

export interface TlsStage extends Disposable {
  /** When the server's certificate that is in use ends, epoch milliseconds. */
  certificateEndsAt(): number
  begin(arrival: Arrival): void
}

/** How long a client may take up a TLS session without a full handshake. Its certificate's end is
 *  looked at each time; a revocation or another CA makes a new context, which has ticket keys of
 *  its own and takes none of the earlier sessions. */
const sessionTimeoutS = 3600
/** Of TLS 1.2, by RFC 9325: authenticated ciphers, behind a key exchange of its own for each
 *  connection. TLS 1.3 has no others. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** Throws Outage TLS_FILES when the files cannot be used. */
export function openTls(options: TlsOptions, { reloadMs, wallClock, logger, secured, revoked }: TlsPorts): TlsStage {
  const asksClients = options.clientCaFile !== undefined
  const mayBeAnonymous = options.clientCertificate === 'optional'
  const contextOf = (material: TlsMaterial) => ({
    ...material,
    minVersion: 'TLSv1.2' as const,
    ciphers,
    // Renegotiation (TLS 1.2) is work that a client can ask for again and again.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext: 'roadstream-gateway',
    sessionTimeout: sessionTimeoutS,
  })
  const watch = watchTlsFiles(options, {
    everyMs: reloadMs,
    logger,
    onChange(material) {
      endsAt = expiryOf(material)
      server.setSecureContext(contextOf(material))
      warnOfExpiry(material, options, wallClock, logger)
      if (String(material.crl) === String(lists)) return
      lists = material.crl
      revocations = parseRevocations(lists ?? [], material.ca ?? [])
      revoked(revocations)
    },
  })
  let lists = watch.first.crl
  /** Of the lists that came since the start, for handshakes that began before them. */
  let revocations: Revocations | undefined
  let endsAt = expiryOf(watch.first)
  warnOfExpiry(watch.first, options, wallClock, logger)
  // Not rejectUnauthorized: then Node ends the socket itself, and why is not to be had.
  const server = createServer({ ...contextOf(watch.first), requestCert: asksClients, rejectUnauthorized: false })
  server.on('secureConnection', (socket) => {
    const arrival = arrivalOf(socket)
    const fault = arrival === undefined ? 'tls-lost' : asksClients ? clientFault(socket, arrival) : undefined
    if (arrival === undefined || fault !== undefined) {
      socket.destroy()
      arrival?.fail(fault ?? 'tls-lost', 'the certificate of the client is not accepted')
    } else secured(arrival, socket)
  })
  server.on('tlsClientError', (error, socket) => arrivalOf(socket)?.fail(handshakeFault(error)))

  /** Why the client may not come in; undefined when it may. Tells the arrival the certificate. */
  function clientFault(socket: TLSSocket, arrival: Arrival): string | undefined {
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) return mayBeAnonymous ? undefined : 'tls-no-certificate'
    if (!socket.authorized) return certificateFaults[String(socket.authorizationError)] ?? 'tls-certificate-untrusted'
    // A session taken up again was verified when it began, and a handshake that was under way by
    // the list before.
    if (certificate.validToDate.getTime() < wallClock.now()) return 'tls-certificate-expired'
    if (revocations?.has(certificate) === true) return 'tls-certificate-revoked'
    arrival.certificate = { vehicle: certifiedVehicle(certificate) }
    arrival.tls = socket
    return undefined
  }
  return {
    certificateEndsAt: () => endsAt,
    begin: ({ socket }) => void server.emit('connection', socket),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  }
}

/** A TLS socket of Node knows the one below it by this name, which is not documented; without it
 *  every client would be turned away. */
const arrivalOf = (socket: TLSSocket): Arrival | undefined =>
  arrivalBelow((socket as TLSSocket & { _parent?: Socket })._parent)

const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'tls-certificate-expired',
  CERT_NOT_YET_VALID: 'tls-certificate-not-yet-valid',
  CERT_REVOKED: 'tls-certificate-revoked',
  INVALID_PURPOSE: 'tls-certificate-purpose',
  CRL_HAS_EXPIRED: 'tls-revocation-list-expired',
  UNABLE_TO_GET_CRL: 'tls-revocation-list-missing',
}

/** The label of a handshake that failed. Labels are few, whatever clients send. */
function handshakeFault(error: Error & { readonly code?: string }): string {
  const { code = '' } = error
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'tls-lost'
  if (code === 'ERR_SSL_HTTP_REQUEST' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'tls-not-tls'
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL' || code === 'ERR_SSL_NO_SHARED_CIPHER') return 'tls-version'
  // The client did not like our certificate.
  if (/ALERT|UNKNOWN_CA/.test(code)) return 'tls-client-refused'
  return 'tls-handshake'
}

function warnOfExpiry(material: TlsMaterial, { certFile, crlFile }: TlsFiles, wallClock: Clock, logger: Logger): void {
  const now = wallClock.now()
  const expiresAt = expiryOf(material)
  if (expiresAt - now < endsSoonMs)
    logger.warn(
      { certFile, expiresAt: new Date(expiresAt).toISOString() },
      "the server's certificate ends soon or has ended: renew it",
    )
  for (const list of material.crl ?? []) {
    const nextAt = nextListAt(list)
    if (nextAt !== undefined && nextAt <= now)
      logger.warn(
        { crlFile, dueAt: new Date(nextAt).toISOString() },
        'the next revocation list was due: until it is there no client with a certificate of that authority comes in',
      )
  }
}
