// The PostgreSQL server of the settings, as a driver connects to it.
import type { ConnectionOptions } from 'node:tls'
import type { PostgresConfig } from '../config/postgres.ts'

export const postgresServer = ({ password, tls, ca, ...server }: PostgresConfig) => ({
  ...server,
  ...(password === undefined ? {} : { password }),
  ...(tls === undefined ? {} : { tls: { ...looks(tls, server.host), ...(ca === undefined ? {} : { ca }) } }),
})

function looks(tls: NonNullable<PostgresConfig['tls']>, host: string): ConnectionOptions {
  if (tls === 'require') return { rejectUnauthorized: false }
  // The name is compared with the host also where that is an address, which a client does not name
  // to the server.
  return tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : { host }
}
