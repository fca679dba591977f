// Storage on a server: the contract suites, with PostGIS in the database and without, two that
// start at once, and what is said of a server that cannot be used.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { noPostgis, noPostgres, startPostgres } from '../../../test/engines/postgres.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger } from '../../base/logger.ts'
import { messageRow, ref, t0, toKeep } from '../../read-models/rows.testing.ts'
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

/** A database of its own for each test, as copies of one that has the tables. */
function contractOn(template: string, prepare: readonly string[]): void {
  let copies = 0
  let made: Promise<void> | undefined
  const make = async (): Promise<void> => {
    await ask('postgres', `create database ${template}`)
    await ask(template, ...prepare)
    await (await open(running().server(template)))[Symbol.asyncDispose]()
  }
  storageContract(async () => {
    await (made ??= make())
    const copy = `${template}_${copies++}`
    await ask('postgres', `create database ${copy} template ${template}`)
    return open(running().server(copy))
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

test('one that starts while another is in a long migration waits for it', options, async () => {
  await ask('postgres', 'create database long_migration')
  const server = running().server('long_migration')
  const slow = { version: 1, name: 'slow', statements: ['select pg_sleep(0.3)', 'create table a (x integer)'] }
  const next = { version: 2, name: 'next', statements: ['alter table a add y integer'] }
  const opened = [0, 1].map(() => openPgSql({ server, logger: silentLogger }))
  const applied = await Promise.all(opened.map((sql) => migrate(sql, [slow, next])))
  assert.deepEqual(applied.flat().sort(), [1, 2])
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
    await assert.rejects(put(4), (error) => error instanceof Outage)
    await put(4)
    assert.equal(await kept(), 1)
  },
)

/** The message of the refusal, and whether waiting may help. */
async function refusal(server: PgServer): Promise<{ readonly message: string; readonly retryable: boolean }> {
  const error: unknown = await open(server, 50).then(
    (storage) => storage[Symbol.asyncDispose]().then(() => assert.fail('it was opened')),
    (thrown: unknown) => thrown,
  )
  assert(error instanceof Outage && error.code === 'STORE_UNAVAILABLE', String(error))
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
      'revoke connect on database shut from public',
    )
    await ask('no_schema', 'drop schema public')
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
