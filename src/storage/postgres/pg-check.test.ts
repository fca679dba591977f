// Servers that cannot be used as they are, without one of them: of an older version, and some that
// take a connection and say nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { silentLogger } from '../../base/logger.ts'
import { checkServer, serverFault, type ServerFacts } from './pg-check.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'

const server: PgServer = { host: '127.0.0.1', port: 5432, database: 'fleet', user: 'roadstream' }
const well: ServerFacts = {
  version_num: 150_008,
  version: '15.8',
  encoding: 'UTF8',
  is_read_only: false,
  schema: 'public',
  may_create: true,
  strange_table: null,
}

test('an older version is named with the one that is needed', () => {
  assert.equal(serverFault(well, server), undefined)
  assert.match(
    serverFault({ ...well, version_num: 140_012, version: '14.12' }, server) ?? '',
    /is PostgreSQL 14\.12, and Roadstream needs 15 or later: upgrade that server, or name another one/,
  )
})

test('a server that takes the connection and says nothing is told to hang', { timeout: 60_000 }, async () => {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const place = { ...server, port: (listener.address() as AddressInfo).port }
  try {
    await using sql = openPgSql({ server: place, logger: silentLogger })
    await assert.rejects(
      checkServer(sql, place),
      (error) =>
        error instanceof Outage &&
        error.retryable &&
        /\(ROADSTREAM_POSTGRES\) does not answer for 10 s or more: it hangs .*See that server's log/.test(
          error.message,
        ),
    )
  } finally {
    for (const socket of sockets) socket.destroy()
    listener.close()
  }
})
