// `Sql` on a server: its numbers, its transactions when a connection dies, its time limits, and its
// silence about the password.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { noPostgres, startPostgres } from '../../../test/engines/postgres.ts'
import { openFaultProxy } from '../../../test/support/fault-proxy.ts'
import { silentLogger } from '../../base/logger.ts'
import { outage } from '../projection.contract.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import type { Sql } from './sql.ts'

const options = { skip: noPostgres, timeout: 60_000 }
const postgres = noPostgres === false ? await startPostgres() : undefined
after(() => postgres?.[Symbol.asyncDispose]())

/** The server of all tests. */
function running() {
  assert(postgres !== undefined)
  return postgres
}
const open = (server: PgServer = running().server('postgres'), more = {}): Sql =>
  openPgSql({ server, logger: silentLogger, ...more })

const openLink = () => openFaultProxy({ port: running().port, host: '127.0.0.1' })
const through = (link: { readonly port: number }): PgServer => ({ ...running().server('postgres'), port: link.port })

/** Resolves once a connection is at a statement that has this text in it, with its process. */
async function backendAt(sql: Sql, text: string): Promise<number> {
  for (;;) {
    const [found] = await sql.query<{ readonly pid: number }>(
      `select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and strpos(query, $1) > 0`,
      [text],
    )
    if (found !== undefined) return found.pid
  }
}

test('integers of 8 bytes, sums and counts are numbers, alone and in arrays', options, async () => {
  await using sql = open()
  const rows = await sql.query(
    `select 9007199254740991 as whole, sum(x) as sum, count(*) as count, array[1, 9007199254740991]::bigint[] as wholes,
       1.5::numeric as numeric, '{"a": 1e3}'::jsonb as json, null::bigint as none from (values (1::bigint), (2)) as given (x)`,
  )
  assert.deepEqual(rows, [
    { whole: 2 ** 53 - 1, sum: 3, count: 2, wholes: [1, 2 ** 53 - 1], numeric: 1.5, json: { a: 1000 }, none: null },
  ])
  assert.deepEqual(
    await sql.query('select $1::text as text, $2::boolean as yes, $3::bigint as n', ['a\0', true, 1e15]),
    [{ text: 'a\uFFFD', yes: true, n: 1e15 }],
  )
})

test('a transaction is all or nothing, also when its end finds the fault', options, async () => {
  await using sql = open(undefined, { connectionsMax: 1 })
  await sql.query(
    'create table pairs (x integer primary key, y integer references pairs deferrable initially deferred)',
  )
  const insert = (x: number, y: number) => ({ text: 'insert into pairs values ($1, $2)', params: [x, y] })
  await sql.transaction([insert(1, 2), insert(2, 1)])
  await assert.rejects(sql.transaction([insert(3, 1), insert(1, 1)]), outage('ROW_REFUSED'))
  await assert.rejects(sql.transaction([insert(4, 5)]), outage('ROW_REFUSED'))
  await assert.rejects(sql.query('select nonsense'), outage('STORE_UNAVAILABLE'))
  assert.deepEqual(await sql.query('select x from pairs order by x'), [{ x: 1 }, { x: 2 }])
})

test('a connection that dies in a transaction never lets it succeed', options, async () => {
  await using sql = open()
  await sql.query('create table kept (x integer)')
  const statements = [{ text: 'insert into kept values (1)' }, { text: 'select pg_sleep(60)' }]
  const rejected = assert.rejects(sql.transaction(statements), outage('STORE_UNAVAILABLE'))
  await sql.query('select pg_terminate_backend($1)', [await backendAt(sql, 'pg_sleep')])
  await rejected
  assert.deepEqual(await sql.query('select x from kept'), [])
})

test('there are no more connections than the limit, and calls beyond it wait for one', options, async () => {
  await using sql = open(undefined, { connectionsMax: 2 })
  const calls = Array.from({ length: 9 }, () =>
    sql.query<{ readonly pid: number }>('select pg_backend_pid() as pid, pg_sleep(0.02)::text'),
  )
  const pids = (await Promise.all(calls)).map(([row]) => row?.pid)
  assert.equal(pids.length, 9)
  assert.equal(new Set(pids).size, 2)
})

test('the server has the time limits of statements, and of transactions whose process hangs', options, async () => {
  await using sql = open()
  const limits = `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`
  assert.deepEqual(await sql.query(limits), [{ statement: '30s', idle: '15s' }])
  await using migrating = open(undefined, { statementTimeoutMs: 0 })
  assert.deepEqual(await migrating.query(limits), [{ statement: '0', idle: '15s' }])
})

test('a statement that takes too long is given up, and the connection goes on', options, async () => {
  await using sql = open(undefined, { statementTimeoutMs: 200, connectionsMax: 1 })
  await assert.rejects(sql.query('select pg_sleep(60)'), outage('STORE_UNAVAILABLE'))
  assert.deepEqual(await sql.query('select 1 as one'), [{ one: 1 }])
})

test('a link that swallows everything is given up; the next connection goes on', options, async () => {
  await using link = await openLink()
  await using sql = open(through(link), { statementTimeoutMs: 200, connectionsMax: 1 })
  await sql.query('create table sent (x integer)')
  link.set({ kind: 'black-hole' })
  await assert.rejects(sql.transaction([{ text: 'insert into sent values (1)' }]), outage('STORE_UNAVAILABLE'))
  link.set({ kind: 'none' })
  assert.deepEqual(await sql.query('select x from sent'), [])
})

test('an answer that stands still is given up, and put again is there once', options, async () => {
  await using link = await openLink()
  await using sql = open(through(link), { statementTimeoutMs: 200, connectionsMax: 2 })
  await using direct = open()
  await sql.query('create table once (x integer primary key, times integer)')
  const batch = [{ text: 'insert into once values (1, 1) on conflict (x) do update set times = 1' }]
  for (const stands of ['to-client', 'to-server'] as const) {
    await sql.query('select 1')
    link.set({ kind: 'half-open', stands })
    await assert.rejects(sql.transaction(batch), outage('STORE_UNAVAILABLE'))
    link.set({ kind: 'none' })
    await sql.transaction(batch)
    assert.deepEqual(await direct.query('select x, times from once'), [{ x: 1, times: 1 }])
  }
})

test('disposal does not wait for the end of a connection that nothing comes from', options, async () => {
  await using link = await openLink()
  const sql = open(through(link))
  await sql.query('select 1')
  const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const before = openSockets()
  link.set({ kind: 'black-hole' })
  await sql[Symbol.asyncDispose]()
  assert.ok(openSockets() < before, 'its socket is still open')
})

test('the server is told how long a connection may live that nobody uses', options, async () => {
  await using sql = open()
  assert.deepEqual(
    await sql.query(
      `select current_setting('idle_session_timeout') as idle, current_setting('statement_timeout') as busy`,
    ),
    [{ idle: '2min', busy: '30s' }],
  )
})

test('a server that is killed is away, and is asked again once it is back', options, async () => {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  await using sql = open(undefined, { logger })
  await sql.query('create table stays (x integer)')
  await running().stop('SIGKILL')
  // The process of a connection may live a moment longer than its server.
  while (await isAnswered(sql));
  for (let call = 0; call < 3; call++) await assert.rejects(sql.query('select 1'), outage('STORE_UNAVAILABLE'))
  await running().start()
  assert.deepEqual(await sql.query('select x from stays'), [])
  const [away = '', back, ...more] = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)
  assert.match(
    away,
    /^The database 127\.0\.0\.1:\d+\/postgres \(ROADSTREAM_POSTGRES\) does not answer \(.*\): start it/,
  )
  assert.deepEqual([back, ...more], ['the database answers again'])
})

test('a connection that takes no changes is not used again, so that the next one takes them', options, async () => {
  await using admin = open()
  await admin.query('create database frozen')
  await admin.query('alter database frozen set default_transaction_read_only to on')
  await using sql = open(running().server('frozen'), { connectionsMax: 1 })
  const made = [{ text: 'create table made (x integer)' }]
  await assert.rejects(sql.transaction(made), outage('STORE_READ_ONLY'))
  await admin.query('alter database frozen reset default_transaction_read_only')
  await sql.transaction(made)
  assert.deepEqual(await sql.query('select x from made'), [])
})

test('disposal waits for the calls under way, and refuses later ones', options, async () => {
  const sql = open()
  const slow = sql.query('select 1 as one, pg_sleep(0.2)::text')
  const closed = sql[Symbol.asyncDispose]()
  await assert.rejects(sql.query('select 1'), outage('STORE_CLOSED'))
  assert.equal((await slow).length, 1)
  await closed
  await sql[Symbol.asyncDispose]()
})

test('neither an error nor a line of the log has the password', options, async () => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const secret = 'hunter2-hunter2'
  for (const server of [
    { ...running().server('postgres'), password: secret },
    { ...running().server('postgres', 'nobody-knows'), password: secret },
    { ...running().server('nowhere'), password: secret },
    { ...running().server('postgres'), port: 1, password: secret },
  ]) {
    await using sql = open(server, { logger })
    const error: unknown = await sql.query('select 1').catch((thrown: unknown) => thrown)
    logger.error({ err: error }, 'told')
  }
  assert.ok(lines.length >= 4)
  assert.ok(!lines.join().includes(secret))
})

const isAnswered = (sql: Sql): Promise<boolean> =>
  sql.query('select 1').then(
    () => true,
    () => false,
  )
