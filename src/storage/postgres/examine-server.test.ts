import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noPostgis, noPostgres, startPostgres } from '../../../test/engines/postgres.ts'
import { systemClock, type Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { Finding } from '../../base/finding.ts'
import { silentLogger } from '../../base/logger.ts'
import { examineServer } from './examine-server.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { openPgStorage } from './pg-storage.ts'
import { migrations } from './sql-storage.ts'

const options = { skip: noPostgres, timeout: 120_000 }
const postgres = noPostgres === false ? await startPostgres(['fsync=on', 'full_page_writes=on']) : undefined
after(() => postgres?.[Symbol.asyncDispose]())

function running() {
  assert(postgres !== undefined)
  return postgres
}

async function ask<Row>(database: string, ...texts: readonly string[]): Promise<readonly Row[]> {
  await using sql = openPgSql({ server: running().server(database), logger: silentLogger })
  let rows: readonly Row[] = []
  for (const text of texts) rows = await sql.query<Row>(text)
  return rows
}

async function look(server: PgServer, wall: Clock = systemClock) {
  const findings = await examineServer(server, wall).look()
  return (name: string) => {
    const found = findings.find((each) => each.name === name)
    assert.ok(found, name)
    return found
  }
}

test('a server that is well is told as such, before the first start and after it', options, async () => {
  await ask('postgres', 'create database well')
  const server = running().server('well')
  const names = [
    'database',
    'durability of the database',
    'connections of the database',
    'tables',
    'time to commit',
    'clock of the database',
    'PostGIS',
  ]
  const before = await look(server)
  for (const name of names) assert.equal(before(name).state, 'ok', before(name).says)
  assert.match(before('tables').says, /none yet/)
  await (await openPgStorage({ server, logger: silentLogger }))[Symbol.asyncDispose]()
  assert.match((await look(server))('tables').says, new RegExp(`schema ${migrations.length}, as this version knows it`))
})

test('nothing of any table is changed', options, async () => {
  await ask('postgres', 'create database still')
  const server = running().server('still')
  await (await openPgStorage({ server, logger: silentLogger }))[Symbol.asyncDispose]()
  const state = () =>
    ask(
      'still',
      `select relname, relfilenode, pg_relation_size(oid) as bytes from pg_class where relnamespace = current_schema()::regnamespace order by relname`,
    )
  const before = await state()
  await look(server)
  assert.deepEqual(await state(), before)
})

test('settings by which a commit may be lost are told with the statement that mends them', options, async () => {
  await ask('postgres', 'create database loose', 'alter database loose set synchronous_commit to off')
  const durability = (await look(running().server('loose')))('durability of the database')
  assert.equal(durability.state, 'warning')
  assert.match(durability.says, /^synchronous_commit is off: users and passwords/)
  assert.match(durability.remedy ?? '', /alter system set synchronous_commit = on/)
})

test('a user with few connections is told', options, async () => {
  await ask('postgres', "create user few password 'few' connection limit 3", 'create database scarce owner few')
  const connections = (await look(running().server('scarce', 'few', 'few')))('connections of the database')
  assert.equal(connections.state, 'warning')
  assert.match(connections.says, /^\d connections? of 3 left; it uses up to 10/)
})

test('a clock that is off is told in the direction it is off', options, async () => {
  const ahead: Clock = { now: () => systemClock.now() + 60_000 }
  const clock = (await look(running().server('postgres'), ahead))('clock of the database')
  assert.equal(clock.state, 'warning')
  assert.match(clock.says, /^(59|60)\d{3} ms behind ours/)
})

test('tables of a newer version are a problem', options, async () => {
  await ask('postgres', 'create database newer')
  const server = running().server('newer')
  await (await openPgStorage({ server, logger: silentLogger }))[Symbol.asyncDispose]()
  await ask('newer', "insert into schema_migrations (version, name, checksum) values (999, 'later', '')")
  const tables = (await look(server))('tables')
  assert.equal(tables.state, 'problem')
  assert.match(tables.says, /is at schema 999 .*run the version that wrote it, or a newer one/)
})

test('a user who may not make roles is told how tenants get their wall, and has it then', options, async () => {
  await ask('postgres', "create user plain password 'plain'", 'create database plain owner plain')
  const server = running().server('plain', 'plain', 'plain')
  const opened = async (): Promise<Finding> => {
    await (await openPgStorage({ server, logger: silentLogger }))[Symbol.asyncDispose]()
    return (await look(server))('wall between tenants')
  }
  const before = await opened()
  assert.equal(before.state, 'warning')
  const remedies = before.remedy?.match(/`[^`]+`/g) ?? []
  assert.equal(remedies.length, 2)
  await ask('postgres', ...remedies.map((text) => text.slice(1, -1)))
  assert.equal((await opened()).state, 'ok')
})

test('PostGIS is told with its version', { ...options, skip: noPostgis }, async () => {
  await ask('postgres', 'create database places')
  await ask('places', 'create extension postgis')
  assert.match((await look(running().server('places')))('PostGIS').says, /^version \d/)
})

test('one without the rights is told by the words of a start', options, async () => {
  await ask('postgres', "create user nobody password 'nobody'")
  await assert.rejects(
    look(running().server('postgres', 'nobody', 'nobody')),
    (error) => error instanceof Outage && /`grant create on schema "public" to "nobody"`/.test(error.message),
  )
})
