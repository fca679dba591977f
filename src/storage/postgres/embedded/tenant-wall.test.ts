// The second wall between tenants: a query that forgets its conditions, in every table that tells
// of tenants, gives the rows of one tenant.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLogger } from '../../../base/logger.ts'
import { systemClock } from '../../../base/clock.ts'
import { examineServer } from '../examine-server.ts'
import { openPgSql } from '../pg-sql.ts'
import { bringUpToDate } from '../pg-upgrade.ts'
import type { Sql } from '../sql.ts'
import { openSqlStorage } from '../sql-storage.ts'
import { wholeReach } from '../../reach.ts'
import type { Storage } from '../../storage.ts'
import {
  alertRow,
  anomalyRow,
  byId,
  ledgerRow,
  messageRow,
  patch,
  t0,
  toKeep,
  trackRow,
  tripRow,
} from '../../../read-models/rows.testing.ts'
import { openServer } from './server.ts'
import { scratchFolder } from './server.testing.ts'

const dir = join(scratchFolder('wall'), 'postgres')
mkdirSync(dir)
const server = await openServer({ dir, logger: silentLogger })
const sql = openPgSql({ server: server.address, logger: silentLogger })
after(async () => {
  await sql[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

type Column = { readonly table: string; readonly name: string; readonly type: string }

/** Columns that a row must give, of every table that tells of tenants. */
const columnsText = `select c.relname as table, a.attname as name, a.atttypid::regtype::text as type
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
    and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    and (a.attnotnull or a.attname = 'tenant')
    and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant')`

/** A value of the type, another one for each tenant where rows are told apart by it. */
function valueOf(tenant: string, { name, type }: Column): string {
  if (name === 'tenant') return `'${tenant}'`
  const values: Readonly<Record<string, string>> = {
    text: `'${tenant}'`,
    bigint: '1',
    integer: '1',
    smallint: '1',
    'double precision': '1',
    boolean: 'true',
    bytea: `'\\x00'`,
    json: `'{}'`,
    jsonb: `'{}'`,
    'text[]': `'{}'`,
    'timestamp with time zone': 'now()',
  }
  return values[type] ?? assert.fail(`the test knows no value of ${type}, for ${name}`)
}

/** The one column that is read as JSON when it is written. */
const entryOf = (tenant: string): string => `'{"at":1,"who":{"id":"${tenant}"},"action":"x","target":{},"result":"x"}'`

let tables: readonly string[] = []
before(async () => {
  await bringUpToDate(server.address, silentLogger)
  for (const { name } of await sql.query<{ readonly name: string }>(
    `select relname as name from pg_class where relkind = 'p'`,
  ))
    await sql.query(`create table ${name}_any partition of ${name} default`)
  const byTable = Map.groupBy(await sql.query<Column>(columnsText), ({ table }) => table)
  for (const [table, columns] of byTable)
    for (const tenant of ['north', 'south'])
      await sql.query(
        `insert into ${table} (${columns.map(({ name }) => name).join()}) values (${columns
          .map((column) => (table === 'audit' && column.name === 'entry' ? entryOf(tenant) : valueOf(tenant, column)))
          .join()})`,
      )
  tables = [...byTable.keys()]
})

const tenantsIn = async (table: string, tenant?: string): Promise<readonly string[]> =>
  (await sql.query<{ readonly tenant: string }>(`select tenant from ${table} order by tenant`, [], tenant)).map(
    (row) => row.tenant,
  )

test('a query without conditions gives the rows of the tenant it reads for, in every table', async () => {
  for (const name of ['twins', 'trips', 'alerts', 'ledger', 'messages', 'message_index', 'users', 'vehicle_registry'])
    assert.ok(tables.includes(name), name)
  for (const table of tables) {
    assert.deepEqual(await tenantsIn(table), ['north', 'south'], `the owner of ${table}`)
    assert.deepEqual(await tenantsIn(table, 'north'), ['north'], table)
    assert.deepEqual(await tenantsIn(table, 'south'), ['south'], table)
    assert.deepEqual(await tenantsIn(table, ''), [], `nobody's reads of ${table}`)
  }
})

test('connections that are lent to one tenant after another give each its own', async () => {
  const asked = Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? 'north' : n % 3 === 1 ? 'south' : 'nobody'))
  const found = await Promise.all(asked.map((tenant) => tenantsIn('twins', tenant)))
  assert.deepEqual(
    found,
    asked.map((tenant) => (tenant === 'nobody' ? [] : [tenant])),
  )
})

test('a connection that names no tenant sees no row as that role', async () => {
  for (const table of tables)
    await sql.query(`do $$ begin
      set local role ${server.address.user}_reader;
      if exists (select from ${table}) then raise exception 'rows of ${table} are seen'; end if;
    end $$`)
})

test('a read for a tenant changes nothing, and reaches no partition past its table', async () => {
  await assert.rejects(sql.query(`delete from twins`, [], 'north'), /read-only transaction/)
  await assert.rejects(sql.query(`select tenant from messages_any`, [], 'north'), /permission denied/)
  assert.deepEqual(await tenantsIn('twins'), ['north', 'south'])
})

test('tables of a later migration are behind the wall with the next start', async () => {
  await sql.query('create table later (tenant text not null)')
  await sql.query(`insert into later values ('north'), ('south')`)
  const wall = async () =>
    (await examineServer(server.address, systemClock).look()).find(({ name }) => name === 'wall between tenants')
  assert.match((await wall())?.says ?? '', /^row-level security is off for later:/)
  await bringUpToDate(server.address, silentLogger)
  assert.deepEqual(await tenantsIn('later', 'north'), ['north'])
  assert.equal((await wall())?.state, 'ok')
  assert.match((await wall())?.says ?? '', /as the role roadstream_reader$/)
})

/** Stores whose queries forget of which tenant they are. */
const forgetful: Sql = {
  ...sql,
  query: (text, params, tenant) =>
    sql.query(text.replaceAll(/\btenant = (\$\d+)/g, '$1::text is not null'), params, tenant),
}

type Read = (storage: Storage) => Promise<unknown>
const at = wholeReach('west')
const page = { limit: 10 }
const car = { tenant: 'west', vehicle: 'car-1' }
const reads: Readonly<Record<string, Read>> = {
  twin: ({ twins }) => twins.get(car),
  twins: async ({ twins }) => (await twins.list(at, {}, page)).rows,
  'twins heard': async ({ twins }) => (await twins.listHeard(at, {}, page)).rows,
  count: ({ twins }) => twins.count(at, {}),
  trips: async ({ trips }) => (await trips.list(at, {}, page)).rows,
  'sums of trips': async ({ trips }) => (await trips.sums(at, {}, page)).rows,
  alerts: async ({ alerts }) => (await alerts.list(at, {}, page)).rows,
  tracks: async ({ tracks }) => (await tracks.list(at, {}, page)).rows,
  ledger: async ({ ledger }) => (await ledger.list(at, {}, page)).rows,
  totals: ({ ledger }) => ledger.totals(at),
  anomalies: async ({ anomalies }) => (await anomalies.list(at, {}, page)).rows,
  'sums of anomalies': ({ anomalies }) => anomalies.sums(at),
  messages: async ({ messages }) => (await messages.list(car, { stream: 'telemetry' }, page)).rows,
  registry: ({ registry }) => registry.listed('west', '', 10),
}

test('stores that forget of which tenant they read give the rows of that tenant alone', async () => {
  await using storage = openSqlStorage({ ...sql, [Symbol.asyncDispose]: async () => {} })
  for (const tenant of ['east', 'west']) {
    await storage.twins.put([patch('car-1', t0, { 'Vehicle.Speed': tenant === 'west' ? 1 : 2 }, { tenant })], {})
    await storage.trips.put(byId([tripRow(`trip-${tenant}`, { tenant })]), {})
    await storage.alerts.put(byId([alertRow(`alert-${tenant}`, { tenant })]), {})
    await storage.tracks.put([{ id: `track-${tenant}`, row: trackRow(t0, { tenant }) }], {})
    await storage.ledger.put([{ id: `ledger-${tenant}`, row: { ...ledgerRow('car-1', 'telemetry'), tenant } }], {})
    await storage.anomalies.put([{ id: `anomaly-${tenant}`, row: { ...anomalyRow('car-1', 'clock'), tenant } }], {})
    await storage.messages.put(
      [{ id: `message-${tenant}`, row: toKeep(messageRow(t0, { tenant, vehicle: 'car-1' })) }],
      {},
    )
  }
  const forgetting = openSqlStorage(forgetful)
  for (const [name, read] of Object.entries(reads)) {
    const rows = await read(storage)
    assert.ok(Array.isArray(rows) ? rows.length > 0 : rows !== undefined, name)
    assert.deepEqual(await read(forgetting), rows, name)
  }
})
