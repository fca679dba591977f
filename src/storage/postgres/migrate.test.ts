import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { outage } from '../projection.contract.ts'
import { migrate, type Migration } from './migrate.ts'
import { openPgliteSql } from './pglite-sql.ts'
import { migrations } from './sql-storage.ts'

const database = await openPgliteSql({ logger: silentLogger })
after(() => database[Symbol.asyncDispose]())

const first: Migration = {
  version: 1,
  name: 'first',
  statements: ['create table a (x integer)', 'insert into a values (1)'],
}
const second: Migration = { version: 2, name: 'second', statements: ['alter table a add y integer'] }
const broken: Migration = { version: 2, name: 'broken', statements: ['create table b (x integer)', 'create nonsense'] }

async function freshSchema(name: string): Promise<void> {
  await database.query(`create schema ${name}`)
  await database.query(`set search_path to ${name}`)
}

const tables = async (): Promise<string[]> => {
  const rows = await database.query<{ readonly name: string }>(
    'select tablename as name from pg_tables where schemaname = current_schema() order by 1',
  )
  return rows.map(({ name }) => name)
}

test('each migration is applied once, in order', async () => {
  await freshSchema('once')
  assert.deepEqual(await migrate(database, [first]), [1])
  assert.deepEqual(await migrate(database, [first]), [])
  assert.deepEqual(await migrate(database, [first, second]), [2])
  assert.deepEqual(await database.query('select x, y from a'), [{ x: 1, y: null }])
})

test('a migration that fails leaves nothing behind, and those before it stay', async () => {
  await freshSchema('half')
  await assert.rejects(migrate(database, [first, broken]), outage('STORE_UNAVAILABLE'))
  assert.deepEqual(await tables(), ['a', 'schema_migrations'])
  assert.deepEqual(await migrate(database, [first, second]), [2])
})

test('a database that is newer than the program is not touched', async () => {
  await freshSchema('newer')
  await migrate(database, [first, second])
  await assert.rejects(migrate(database, [first]), outage('STORE_TOO_NEW'))
})

test('a migration that was applied in another form is not built upon', async () => {
  await freshSchema('changed')
  await migrate(database, [first])
  await assert.rejects(
    migrate(database, [{ ...first, statements: ['select 1'] }, second]),
    outage('STORE_SCHEMA_CHANGED'),
  )
  assert.deepEqual(await tables(), ['a', 'schema_migrations'])
})

test('versions count from 1 without gaps, and a released migration keeps its name', () => {
  assert.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, i) => i + 1),
  )
})
