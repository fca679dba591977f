// Storage on a server: the contract suites, with PostGIS in the database and without, two that
// start at once, and what is said of a server that cannot be used.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { noPostgis, noPostgres, startPostgres } from '../../../test/engines/postgres.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger } from '../../base/logger.ts'
import { messageRow, ref, t0, toKeep } from '../../read-models/rows.testing.ts'
import { outage } from '../projection.contract.ts'
import type { Storage } from '../storage.ts'
import { storageContract } from '../storage.contract.ts'
import { migrate } from './migrate.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { openPgStorage } from './pg-storage.ts'
import { migrations } from './sql-storage.ts'

const options = { skip: noPostgres, timeout: 60_000 }
const postgres = noPostgres === false ? await startPostgres() : undefined
after(() => postgres?.[Symbol.asyncDispose]())

function running() {
  assert(postgres !== undefined)
  return postgres
}
const open = (server: PgServer, awayMsMax = 10_000): Promise<Storage> =>
  openPgStorage({ server, logger: silentLogger, awayMsMax })

async function ask(database: string, ...texts: readonly string[]): Promise<void> {
  await using sql = openPgSql({ server: running().server(database), logger: silentLogger })
  for (const text of texts) await sql.query(text)
}

const empty = `do $$ declare part regclass; begin
  for part in select inhrelid from pg_inherits where inhparent in ('messages'::regclass, 'message_index'::regclass) loop execute 'drop table ' || part; end loop;
  execute (select 'truncate ' || string_agg(tablename, ', ') from pg_tables
    where schemaname = 'public' and tablename not in ('schema_migrations', 'spatial_ref_sys'));
end $$`

/** One database for all tests, emptied before each. */
function contractOn(database: string, prepare: readonly string[]): void {
  let isMade = false
  storageContract(async () => {
    if (isMade) await ask(database, empty)
    else {
      await ask('postgres', `create database ${database}`)
      await ask(database, ...prepare)
      isMade = true
    }
    return open(running().server(database))
  })
}

describe('without PostGIS', { skip: noPostgres }, () => contractOn('plain', []))
describe('with PostGIS', { skip: noPostgis }, () => contractOn('spatial', ['create extension postgis']))

test('two that start at once on an empty database both find their tables', options, async () => {
  for (let round = 0; round < 5; round++) {
    await ask('postgres', `create database together_${round}`)
    const server = running().server(`together_${round}`)
    const both = await Promise.all([open(server), open(server), open(server)])
    for (const storage of both) {
      assert.equal(await storage.users.count(), 0)
      await storage[Symbol.asyncDispose]()
    }
    await using sql = openPgSql({ server, logger: silentLogger })
    assert.deepEqual(await migrate(sql, migrations), [])
    assert.deepEqual(await sql.query('select count(*) as count from schema_migrations'), [{ count: migrations.length }])
  }
})

test('sizes: a server that somebody else runs is not asked for its log of writes', options, async () => {
  await ask('postgres', 'create database sized')
  await using storage = await open(running().server('sized'))
  assert.equal((await storage.size()).writeLog, null)
})

test('one that starts while another is in a long migration waits for it', options, async () => {
  await ask('postgres', 'create database long_migration')
  const server = running().server('long_migration')
  const slow = { version: 1, name: 'slow', statements: ['select pg_sleep(0.3)', 'create table a (x integer)'] }
  const next = { version: 2, name: 'next', statements: ['alter table a add y integer'] }
  const opened = [0, 1].map(() => openPgSql({ server, logger: silentLogger }))
  const applied = await Promise.all(opened.map((sql) => migrate(sql, [slow, next])))
  assert.deepEqual(
    applied.flat().sort((a, b) => a - b),
    [1, 2],
  )
  for (const sql of opened) await sql[Symbol.asyncDispose]()
})

test(
  'hours of messages are dropped with their time, and made anew where another process dropped them',
  options,
  async () => {
    await ask('postgres', 'create database hours')
    await using storage = await open(running().server('hours'))
    const hourMs = 3_600_000
    const put = (n: number) =>
      storage.messages.put([{ id: `event/0/${n}`, row: toKeep(messageRow(t0 + n * hourMs)) }], {})
    const kept = async () => (await storage.messages.list(ref('v1'), {}, { limit: 100 })).rows.length
    for (let n = 0; n < 5; n++) await put(n)
    await storage.messages.expire(t0 + 3 * hourMs)
    assert.equal(await kept(), 2)
    await using other = await open(running().server('hours'))
    await other.messages.expire(t0 + 10 * hourMs)
    await put(4)
    assert.equal(await kept(), 1)
  },
)

test('hours that somebody reads for long are dropped the next time, and hold up nobody', options, async () => {
  await ask('postgres', 'create database read_long')
  const server = running().server('read_long')
  await using storage = await open(server)
  await storage.messages.put([{ id: 'event/0/1', row: toKeep(messageRow(t0)) }], {})
  await using reader = openPgSql({ server, logger: silentLogger })
  const isReading = `select pid from pg_stat_activity where state = 'active' and query like 'select id, pg_sleep%'`
  const reading = reader.query('select id, pg_sleep(60) from messages').catch(() => [])
  let pids: readonly { readonly pid: number }[] = []
  while (pids.length === 0) pids = await reader.query(isReading)
  await assert.rejects(storage.messages.expire(t0 + 7_200_000), outage('STORE_UNAVAILABLE'))
  assert.equal((await storage.messages.list(ref('v1'), {}, { limit: 9 })).rows.length, 1)
  await reader.query('select pg_cancel_backend($1)', [pids[0]?.pid ?? 0])
  await reading
  await storage.messages.expire(t0 + 7_200_000)
  assert.deepEqual((await storage.messages.list(ref('v1'), {}, { limit: 9 })).rows, [])
})

/** The message of the refusal, and whether waiting may help. */
async function refusal(server: PgServer): Promise<{ readonly message: string; readonly retryable: boolean }> {
  const error: unknown = await open(server, 50).then(
    (storage) => storage[Symbol.asyncDispose]().then(() => assert.fail('it was opened')),
    (thrown: unknown) => thrown,
  )
  assert(error instanceof Outage && error.code.startsWith('STORE_'), String(error))
  return error
}

test(
  'of a server that cannot be used the message names the setting, the place, the reason and the remedy',
  options,
  async () => {
    const { server, port } = running()
    await ask(
      'postgres',
      'create database mine',
      "create user guest password 'guest'",
      'create database latin encoding SQL_ASCII template template0',
      'create database frozen',
      'alter database frozen set default_transaction_read_only to on',
      'create database others',
      'create database no_schema',
      'create database shut',
      'create database aged',
      'alter database aged set search_path to aged, pg_catalog, public',
      'revoke connect on database shut from public',
    )
    await ask('no_schema', 'drop schema public')
    // An older server, as far as it says.
    await ask(
      'aged',
      'create schema aged',
      `create function aged.current_setting(name text) returns text language sql as
       $$ select case name when 'server_version_num' then '140005' when 'server_version' then '14.5' else pg_catalog.current_setting(name) end $$`,
    )
    await (await open(server('others')))[Symbol.asyncDispose]()
    await ask('others', 'grant create on schema public to guest')
    const cases: readonly (readonly [PgServer, retryable: boolean, said: RegExp])[] = [
      [{ ...server('mine'), port: 1 }, true, /127\.0\.0\.1:1\/mine .*does not answer \(.*ECONNREFUSED.*start it/],
      [
        server('mine', 'owner', 'wrong'),
        false,
        /refuses the user owner or its password: check ROADSTREAM_POSTGRES and/,
      ],
      [server('nowhere'), false, /nowhere .*is not there: `create database "nowhere" owner "owner"/],
      [server('shut', 'guest', 'guest'), false, /`grant connect on database "shut" to "guest"`/],
      [server('mine', 'guest', 'guest'), false, /`grant create on schema "public" to "guest"`/],
      [server('others', 'guest', 'guest'), false, /has the table messages of another owner than the user guest/],
      [server('aged'), false, /is PostgreSQL 14\.5, and Roadstream needs 15 or later: upgrade that server/],
      [server('latin'), false, /encoding SQL_ASCII/],
      [server('frozen'), false, /takes no changes/],
      [server('no_schema'), false, /`create schema authorization "owner"`/],
      [{ ...server('mine'), tls: {} }, true, /does not answer \(The server does not support SSL/],
    ]
    for (const [place, retryable, said] of cases) {
      const outage = await refusal(place)
      assert.match(outage.message, said)
      assert.match(outage.message, new RegExp(`127\\.0\\.0\\.1:(${port}|1)/.*ROADSTREAM_POSTGRES`))
      assert.equal(outage.retryable, retryable, outage.message)
    }
  },
)

test('a server that comes while it is waited for is used', options, async () => {
  await ask('postgres', 'create database later')
  await running().stop('SIGINT')
  const opening = open(running().server('later'))
  await running().start()
  await using storage = await opening
  assert.equal(await storage.users.count(), 0)
})
