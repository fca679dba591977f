// A PostgreSQL server that goes on to run and does not take what is written any more, under the
// whole system: a password, a right, a schema or the database itself is gone, changes or
// connections are not taken, its disk is full. The log tells it once, with the setting and the
// remedy, /readyz the same without a place, and all goes on by itself once it is mended.
import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { readConfig } from '../src/config/config.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import type { Sql } from '../src/storage/postgres/sql.ts'
import { noPostgres, startPostgres, unprivileged } from './engines/postgres.ts'
import { assertWhole, openDrivingFleet } from './support/driving-fleet.ts'
import { startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'
import { noSmallDisk, openSmallDisk } from './support/small-disk.ts'

const cars = 5
const secret = 'hunter2-hunter2'
const away = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'keeper'`

type Refusal = {
  readonly name: string
  /** Statements of an administrator. */
  readonly breaks: readonly string[]
  readonly mends: readonly string[]
  /** In /readyz. */
  readonly ready: RegExp
  /** In the log, once. */
  readonly told: string
  /** They are said in another database. */
  readonly isElsewhere?: boolean
}

const refusals: readonly Refusal[] = [
  {
    name: 'a password that was changed',
    breaks: [`alter user keeper password 'another'`, away],
    mends: [`alter user keeper password '${secret}'`],
    ready: /\(STORE_DENIED: ROADSTREAM_POSTGRES, ROADSTREAM_POSTGRES_PASSWORD_FILE\)/,
    told: 'refuses the user keeper or its password: check ROADSTREAM_POSTGRES and',
  },
  {
    name: 'a right that was taken',
    breaks: ['revoke insert on messages, twins, tracks, ledger from keeper'],
    mends: ['grant insert on messages, twins, tracks, ledger to keeper'],
    ready: /rows of [^(]*twins[^(]* cannot be written \(STORE_NO_RIGHT: ROADSTREAM_POSTGRES\)/,
    told: 'does not give the user keeper the rights it needs: ',
  },
  {
    name: 'a database that became read-only',
    breaks: ['alter database fleet set default_transaction_read_only to on', away],
    mends: ['alter database fleet reset default_transaction_read_only'],
    ready: /rows of [^(]*twins[^(]* cannot be written \(STORE_READ_ONLY: ROADSTREAM_POSTGRES\)/,
    told: 'takes no changes (a standby, or default_transaction_read_only is on): name the server that takes them in',
  },
  {
    name: 'no connection left',
    breaks: ['alter user keeper connection limit 0', away],
    mends: ['alter user keeper connection limit -1'],
    ready: /\(STORE_BUSY: ROADSTREAM_POSTGRES\)/,
    told: 'has no connection left: end some there, or raise its max_connections',
  },
  {
    name: 'a schema that is gone',
    breaks: ['alter schema public rename to elsewhere'],
    mends: ['alter schema elsewhere rename to public'],
    ready: /rows of [^(]*twins[^(]* cannot be written \(STORE_MISSING: ROADSTREAM_POSTGRES\)/,
    told: 'lacks a schema or a table that was there: restore it from a backup',
  },
  {
    name: 'a database that is closed, and gone',
    isElsewhere: true,
    breaks: [
      'alter database fleet allow_connections false',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'fleet'`,
      'alter database fleet rename to elsewhere',
    ],
    mends: ['alter database elsewhere rename to fleet', 'alter database fleet allow_connections true'],
    ready: /\(STORE_MISSING: ROADSTREAM_POSTGRES\)/,
    told: 'is not there: `create database ',
  },
]

type Words = Pick<Refusal, 'name' | 'ready' | 'told'>

const countOf = (text: string, part: string): number => text.split(part).length - 1
const back = 'the database answers again'

/** Resolves with the body once the probe has this answer. */
async function readiness(system: RunningSystem, wanted: (status: number, body: string) => boolean): Promise<string> {
  for (;;) {
    const response = await fetch(`${system.dashboardUrl}/readyz`)
    const body = await response.text()
    if (wanted(response.status, body)) return body
    await wait(20)
  }
}

async function run(sql: Sql, statements: readonly string[]): Promise<void> {
  for (const text of statements) await sql.query(text)
}

/** The whole system with its tables in a database of the user `keeper`, under a few cars; and then
 *  all they sent, found in the log and in the tables. */
async function underCars(
  made: readonly string[],
  meet: (system: RunningSystem, fleet: Sql, other: Sql) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder()
  await using postgres = await startPostgres()
  const admin = (database: string) => openPgSql({ server: postgres.server(database), logger: silentLogger })
  await using other = admin('postgres')
  await run(other, [`create user keeper password '${secret}'`, ...made])
  const [mqttPort, httpPort] = [await freePort(), await freePort()]
  const settings = { ROADSTREAM_POSTGRES: `postgres://keeper:${secret}@127.0.0.1:${postgres.port}/fleet` }
  const config = readConfig({ ...settings, ROADSTREAM_DATA: folder.path, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` })
  assert.ok(config.ok)
  await using driving = openDrivingFleet(folder.path, mqttPort, cars)
  {
    await using system = await startSystem({ dataDir: folder.path, mqttPort, httpPort, settings })
    driving.drive()
    await using fleet = admin('fleet')
    await meet(system, fleet, other)
    assert.ok(!system.said().includes(secret))
    driving.park()
    await driving.flush()
    assert.equal(await system.stop(), 0)
  }
  await assertWhole(config.value, driving)
}

/** Breaks, waits for what is told of it, mends, and waits until all goes on. */
async function meetOnce(system: RunningSystem, { name, ready, told }: Words, acts: Acts): Promise<void> {
  const before = system.said().length
  await acts.breaks()
  const body = await readiness(system, (status, text) => status === 503 && ready.test(text))
  assert.doesNotMatch(body, /keeper|fleet|127\.0\.0\.1/, name)
  // Writers and pages have all met it by then, each several times.
  for (let looks = 0; looks < 20; looks++) await readiness(system, (status) => status === 503)
  await acts.mends()
  await readiness(system, (status) => status === 200)
  // Connections that were ended for it may have been told before.
  const afterwards = (): string => system.said().slice(before).split(told).slice(1).join(told)
  while (!afterwards().includes(back)) await wait(20)
  const said = system.said().slice(before)
  assert.equal(countOf(said, told), 1, `${name}: ${said}`)
  assert.equal(countOf(said, 'the store failed'), 0, said)
  assert.equal(countOf(afterwards(), back), 1, said)
}

/** Done to the server, and undone. */
type Acts = { readonly breaks: () => Promise<void>; readonly mends: () => Promise<void> }

test(
  'a server that refuses while it runs is told once with the remedy, and all goes on once it is mended',
  { skip: noPostgres, timeout: 280_000 },
  () =>
    underCars(['create database fleet owner keeper'], async (system, fleet, other) => {
      for (const refusal of refusals) {
        const sql = refusal.isElsewhere === true ? other : fleet
        await meetOnce(system, refusal, {
          breaks: () => run(sql, refusal.breaks),
          mends: () => run(sql, refusal.mends),
        })
      }
    }),
)

test(
  'a server whose disk is full is told once, and all goes on once there is room',
  { skip: noPostgres || noSmallDisk, timeout: 280_000 },
  async () => {
    using disk = openSmallDisk(24)
    chmodSync(disk.path, 0o711)
    const place = join(disk.path, 'tables')
    mkdirSync(place)
    chownSync(place, unprivileged, unprivileged)
    const words = {
      name: 'a full disk',
      ready: /rows of [^(]* cannot be written \(STORE_FULL: ROADSTREAM_POSTGRES\)/,
      told: 'has a full disk: free room on the disk of that server',
    }
    await underCars(
      [`create tablespace small location '${place}'`, 'create database fleet owner keeper tablespace small'],
      (system) => meetOnce(system, words, { breaks: async () => disk.fill(), mends: async () => disk.empty() }),
    )
  },
)
