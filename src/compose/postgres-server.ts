// The PostgreSQL server of the settings, as a driver connects to it.
import type { ConnectionOptions } from 'node:tls'
import type { PostgresConfig, PostgresServerConfig } from '../config/postgres.ts'

/** The server of the tables, and its replica where there is one. */
export const postgresServers = ({ replica, ...server }: PostgresConfig) => ({
  server: postgresServer(server),
  replica: replica && { server: postgresServer(replica.server), delayMsMax: replica.delayMsMax },
})

export const postgresServer = ({ password, tls, ca, ...server }: PostgresServerConfig) => ({
  ...server,
  ...(password === undefined ? {} : { password }),
  ...(tls === undefined ? {} : { tls: { ...looks(tls, server.host), ...(ca === undefined ? {} : { ca }) } }),
})

function looks(tls: NonNullable<PostgresServerConfig['tls']>, host: string): ConnectionOptions {
  if (tls === 'require') return { rejectUnauthorized: false }
  // The name is compared with the host also where that is an address, which a client does not name
  // to the server.
  return tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : { host }
}
