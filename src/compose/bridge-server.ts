// Makes of the bridge's settings what it needs: the files of TLS, read and checked before anything
// is opened, and its client id.
import { createHmac, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext } from 'node:tls'
import { Outage } from '../base/errors.ts'
import type { BridgeConfig } from '../config/bridge.ts'
import { isLoopback } from '../base/loopback.ts'
import type { BridgeServer } from '../bridge/connection.ts'

/** Throws Outage BRIDGE_TLS, which names the setting, when a file cannot be read or is not what
 *  it should be. */
export function bridgeServer(config: BridgeConfig): BridgeServer {
  const { url, user, password, servername } = config
  return {
    host: url.host,
    port: url.port,
    tls: url.isTls ? { context: contextOf(config), servername } : undefined,
    user,
    password,
  }
}

function contextOf({ caFile, certFile, keyFile }: BridgeConfig): SecureContext {
  const ca = pem('ROADSTREAM_BRIDGE_CA', caFile)
  const cert = pem('ROADSTREAM_BRIDGE_CERT', certFile)
  const key = pem('ROADSTREAM_BRIDGE_KEY', keyFile)
  try {
    // Of an authority that is none Node says nothing, and then trusts nobody.
    if (ca !== undefined) void new X509Certificate(ca)
    // A file that is left out stands for Node's own: public authorities, no certificate of ours.
    return createSecureContext({ minVersion: 'TLSv1.2', ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
  } catch (cause) {
    throw new Outage(
      'BRIDGE_TLS',
      `The files of ROADSTREAM_BRIDGE_CA, _CERT and _KEY cannot be used (${(cause as NodeJS.ErrnoException).code}): they must be PEM, the key without a passphrase, and the certificate that of the key.`,
      { retryable: false, cause },
    )
  }
}

function pem(setting: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Outage(
      'BRIDGE_TLS',
      `${setting} names ${file}, which cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      {
        retryable: false,
        cause,
      },
    )
  }
}

/** Whether the password travels where others may read it. */
export const showsPassword = ({ password, url }: BridgeConfig): boolean =>
  password !== undefined && !url.isTls && !isLoopback(url.host)

/** The client id of an installation: the same after every restart, and another one elsewhere. It
 *  says nothing of the key. */
export const derivedClientId = (fleetKey: Uint8Array): string =>
  `roadstream-${createHmac('sha256', fleetKey).update('client id of the bridge').digest('hex').slice(0, 12)}`
