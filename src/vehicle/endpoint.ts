// Where a vehicle connects, and by what it knows the server and the server knows it.
import { brokerUrlOf } from '../base/broker-url.ts'
import { createSecureContext } from 'node:tls'
import type { ConnectOptions, TlsEndpoint } from './mqtt-connection.ts'

/** In PEM. */
export type VehicleTls = {
  /** Who signs the server's certificate; the authorities Node knows when it is left out. */
  readonly ca?: string
  /** The vehicle's own certificate and key: both or none. */
  readonly cert?: string
  readonly key?: string
  /** The name in the server's certificate, when it is not the host of the URL. */
  readonly servername?: string
}

export type Endpoint = Pick<ConnectOptions, 'host' | 'port' | 'tls'>

/** Throws a TypeError that names the option that is wrong. */
export function parseEndpoint(text: string, tls: VehicleTls | undefined): Endpoint {
  const server = brokerUrlOf(URL.parse(text))
  if (server === undefined)
    throw new TypeError(`url: ${JSON.stringify(text)} is not of the form mqtt://host:port or mqtts://host:port`)
  const { isTls, host, port } = server
  if (tls !== undefined && !isTls) throw new TypeError('tls: goes with a url that begins with mqtts://')
  return { host, port, tls: isTls ? tlsEndpoint(tls ?? {}) : undefined }
}

function tlsEndpoint({ ca, cert, key, servername }: VehicleTls): TlsEndpoint {
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('tls: cert and key go together')
  try {
    const context = createSecureContext({ minVersion: 'TLSv1.2', ca, cert, key })
    return { context, servername, session: undefined }
  } catch (error) {
    throw new TypeError(
      `tls: ca, cert and key are PEM, and the key is the one of the certificate (${(error as Error).message})`,
      {
        cause: error,
      },
    )
  }
}
