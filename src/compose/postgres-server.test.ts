// TLS of a server by its settings: which certificates are accepted, against a server with one of an
// authority of our own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noPostgres, startPostgres } from '../../test/engines/postgres.ts'
import { silentLogger } from '../base/logger.ts'
import { issueServer, makeAuthority } from '../certificates/authority.ts'
import type { PostgresConfig } from '../config/postgres.ts'
import { openPgSql } from '../storage/postgres/pg-sql.ts'
import { postgresServer } from './postgres-server.ts'

const dayMs = 86_400_000
const now = Date.now()
const validity = { notBefore: new Date(now - dayMs), notAfter: new Date(now + dayMs) }

test('the certificate of a server is looked at as sslmode says', { skip: noPostgres, timeout: 60_000 }, async () => {
  const authority = makeAuthority('Ours', validity)
  const other = makeAuthority('Other', validity).cert
  const named = issueServer(authority, ['127.0.0.1'], validity)
  const misnamed = issueServer(authority, ['db.example'], validity)
  for (const [certificate, accepted] of [
    [named, ['require', 'verify-ca', 'verify-full']],
    [misnamed, ['require', 'verify-ca']],
  ] as const) {
    await using postgres = await startPostgres([], certificate)
    const server = postgres.server('postgres')
    const connects = async (tls: PostgresConfig['tls'], ca: string | undefined): Promise<boolean> => {
      const { host, port, database, user, password } = server
      const config = { host, port, database, user, password, tls, ca }
      await using sql = openPgSql({ server: postgresServer(config), logger: silentLogger })
      return await sql
        .query<{ readonly ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
        .then(
          ([row]) => row?.ssl === (tls !== undefined),
          () => false,
        )
    }
    for (const mode of ['require', 'verify-ca', 'verify-full'] as const) {
      assert.equal(
        await connects(mode, authority.cert),
        accepted.some((each) => each === mode),
        mode,
      )
      assert.equal(await connects(mode, other), mode === 'require', mode)
    }
    assert.equal(await connects('verify-full', undefined), false)
    assert.equal(await connects(undefined, undefined), true)
  }
})
