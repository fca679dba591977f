// The secrets this installation makes for itself, each a file only its owner can read, made once
// and then kept.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Outage } from '../base/errors.ts'
import { makeFileOnce } from '../base/private-file.ts'

const secretBytes = 32

export type Secrets = {
  /** Key from which the passwords of a tenant's vehicles are derived. */
  fleetKey(tenant: string): Uint8Array
  /** Whether that is made already. */
  hasFleetKey(tenant: string): boolean
  /** Key by which session cookies are signed. */
  sessionSecret(): Uint8Array
}

/** Secrets under `dataDir`/secrets. Each is made on first use; throws Outage SECRETS_UNAVAILABLE
 *  when it can be neither read nor made. */
export function openSecrets(dataDir: string): Secrets {
  const folder = join(dataDir, 'secrets')
  const secret = (name: string): Uint8Array => {
    const file = join(folder, name)
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      // Durable before anyone is told of it, since cars are given passwords made from it.
      if (!existsSync(file)) makeFileOnce(file, `${randomBytes(secretBytes).toString('base64url')}\n`, 0o600)
      const bytes = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
      if (bytes.length !== secretBytes) throw new Error(`it does not hold ${secretBytes} bytes in base64url`)
      return bytes
    } catch (cause) {
      throw new Outage(
        'SECRETS_UNAVAILABLE',
        `The secret ${file} cannot be read or made: ${(cause as Error).message}`,
        {
          retryable: false,
          cause,
        },
      )
    }
  }
  const fleetFile = (tenant: string): string => `fleet-${tenant}.key`
  return {
    fleetKey: (tenant) => secret(fleetFile(tenant)),
    hasFleetKey: (tenant) => existsSync(join(folder, fleetFile(tenant))),
    sessionSecret: () => secret('session.key'),
  }
}
