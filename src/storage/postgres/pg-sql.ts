// `Sql` on a PostgreSQL server, by a pool of connections. One statement of a transaction is under
// way at a time: one whose connection hangs still holds the locks of its rows on the server, so
// that no later try of the same batch can pass it.
import { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { Pool, types, type PoolClient } from 'pg'
import { hostText } from '../../base/host-text.ts'
import type { Logger } from '../../base/logger.ts'
import { openTimeLimit } from '../../base/time-limit.ts'
import { isOfServer, readServerFault, silentMs, type ServerPlace, type ServerSetting } from './server-fault.ts'
import { sqlStateOf, storable, storeClosed } from './sql-outage.ts'
import type { Sql, SqlValue, Statement } from './sql.ts'
import { createStandingOutages } from './standing-outages.ts'
import { tenantText } from './tenant-wall.ts'

export type PgServer = {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password?: string
  /** Absent: without TLS. */
  readonly tls?: ConnectionOptions
  /** Of the embedded one: the folder as which people know it. */
  readonly folder?: string
}

export type PgSqlOptions = {
  readonly server: PgServer
  readonly logger: Logger
  /** In which it is named, unless it is the embedded one; ROADSTREAM_POSTGRES when absent. */
  readonly setting?: ServerSetting
  /** Connections at once; calls beyond them wait for one. */
  readonly connectionsMax?: number
  /** Time that the server may take for a statement; 0: any. */
  readonly statementTimeoutMs?: number
}

/** Seven writers and a few readers; a server allows 100 unless told otherwise. */
export const pgConnectionsMax = 10
const pgStatementTimeoutMs = 30_000
/** How much longer than the server's own time a statement is waited for, since a link that is half
 *  open gives no answer at all. */
const answerTimeoutFactor = 1.25
/** For a connection to be made or to become free. */
const pgConnectTimeoutMs = silentMs
/** Of that time limit: clocks and timers differ by a little. */
const nearlyAll = 0.95
/** After it the server ends a transaction whose process hangs, and frees its rows. */
const idleInTransactionTimeoutMs = 15_000
const keepAliveAfterMs = 10_000
const idleConnectionMs = 60_000
/** After it the server ends a connection of which this side knows nothing any more, as a link that
 *  swallowed its end leaves one: the kernel's own limit is hours, and connections are few. */
const idleSessionTimeoutMs = 2 * idleConnectionMs
/** For the server to hear that a connection ends. */
const farewellMs = 1_000

type Parser = (text: string) => unknown
const parserOf = types.getTypeParser as (oid: number, format?: 'text' | 'binary') => Parser
/** Integers of 8 bytes, numerics, and arrays of them as numbers, by PostgreSQL's own numbers of
 *  types. Those of int4[] and float8[] read the arrays. */
const asNumbers: Readonly<Record<number, Parser>> = {
  20: Number,
  1700: Number,
  1016: parserOf(1007),
  1231: parserOf(1022),
}

/** The server as messages name it; never with a user or a password. */
export const pgPlace = ({ host, port, database }: PgServer): string => `${hostText(host)}:${port}/${database}`

const placeOf = (server: PgServer, setting: ServerSetting): ServerPlace => ({
  ...(server.folder === undefined ? { text: pgPlace(server), setting } : { text: server.folder, setting: undefined }),
  user: server.user,
  database: server.database,
  hasTls: server.tls !== undefined,
})

/** Connects with the first call, and again after an outage, which is logged once at its begin, with
 *  the remedy, and once at its end. */
export function openPgSql({
  server,
  logger,
  setting = 'ROADSTREAM_POSTGRES',
  connectionsMax = pgConnectionsMax,
  statementTimeoutMs = pgStatementTimeoutMs,
}: PgSqlOptions): Sql {
  const { tls, folder: _folder, ...address } = server
  const place = placeOf(server, setting)
  const sockets = new Set<Socket>()
  const pool = new Pool({
    ...address,
    stream: () => openSocket(sockets),
    ssl: tls ?? false,
    max: connectionsMax,
    application_name: 'roadstream',
    connectionTimeoutMillis: pgConnectTimeoutMs,
    idleTimeoutMillis: idleConnectionMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs * answerTimeoutFactor,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    options: `-c idle_session_timeout=${idleSessionTimeoutMs}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => asNumbers[oid] ?? parserOf(oid, format) },
  })
  // A connection that ends while nobody uses it leaves the pool by itself.
  pool.on('error', () => {})

  const underWay = new Set<Promise<unknown>>()
  let closed = false
  const outages = createStandingOutages(place, logger)
  const used = new WeakSet<PoolClient>()

  const use = async <Value>(text: string, work: (client: PoolClient) => Promise<Value>): Promise<Value> => {
    const begun = { begunAt: performance.now(), text }
    let client: PoolClient | undefined
    let isNew = false
    try {
      client = await pool.connect()
      isNew = !used.has(client)
      used.add(client)
      const value = await lend(client, work)
      outages.answered(begun, { isNew, isDone: true })
      return value
    } catch (error) {
      const isConnected = client !== undefined
      const isLong = performance.now() - begun.begunAt >= nearlyAll * pgConnectTimeoutMs
      const outage = readServerFault(error, place, { isConnected, isLong })
      if (outage.isTold) outages.met(begun, outage, isConnected)
      else outages.answered(begun, { isNew, isDone: false })
      throw outage
    }
  }
  const call = <Value>(text: string, work: (client: PoolClient) => Promise<Value>): Promise<Value> => {
    if (closed) return Promise.reject(storeClosed())
    const running = use(text, work)
    underWay.add(running)
    const done = (): unknown => underWay.delete(running)
    running.then(done, done)
    return running
  }

  return {
    query: <Row>(text: string, params: readonly SqlValue[] = [], tenant?: string) =>
      call(text, async (client) => {
        if (tenant !== undefined) await client.query(tenantText(tenant))
        const { rows } = await client.query(text, params.map(storable))
        if (tenant !== undefined) await client.query('commit')
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a query's text says what its rows are
        return rows as readonly Row[]
      }),
    transaction: (statements) => call(statements[0]?.text ?? '', (client) => transact(client, statements)),
    async [Symbol.asyncDispose]() {
      if (closed) return
      closed = true
      await Promise.allSettled(underWay)
      await pool.end()
      await closeAll(sockets)
    },
  }
}

function openSocket(sockets: Set<Socket>): Socket {
  const socket = new Socket()
  sockets.add(socket)
  return socket.once('close', () => sockets.delete(socket))
}

/** The pool counts a connection as closed when it has said goodbye. Where no answer comes, it would
 *  hold the process for hours. */
async function closeAll(sockets: ReadonlySet<Socket>): Promise<void> {
  // An error comes before the end of one that the server ended.
  const closed = Promise.all(Array.from(sockets, (socket) => new Promise((gone) => socket.once('close', gone))))
  using _limit = openTimeLimit(farewellMs, () => {
    for (const socket of sockets) socket.destroy()
  })
  await closed
}

/** Of a connection that an error may have left unusable, none is given back to the pool; nor one by
 *  which the server refused: whether changes are taken, and which schema is meant, a connection
 *  is told when it is made, and keeps. */
async function lend<Value>(client: PoolClient, work: (client: PoolClient) => Promise<Value>): Promise<Value> {
  // The query under way fails of the same; without a listener it would end the process.
  const noted = (): void => {}
  client.on('error', noted)
  let isUsable = true
  try {
    return await work(client)
  } catch (error) {
    const sqlState = sqlStateOf(error)
    isUsable = sqlState !== undefined && !isOfServer(sqlState) && (await isRolledBack(client))
    throw error
  } finally {
    // The end of one that goes may be an error as well.
    if (isUsable) client.off('error', noted)
    client.release(!isUsable)
  }
}

const isRolledBack = (client: PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => true,
    () => false,
  )

async function transact(client: PoolClient, statements: readonly Statement[]): Promise<void> {
  await client.query('begin')
  for (const { text, params = [] } of statements) await client.query(text, params.map(storable))
  // A transaction that the server gave up answers COMMIT with ROLLBACK, which is no error to it.
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error(`the server answered COMMIT with ${command}`)
}
