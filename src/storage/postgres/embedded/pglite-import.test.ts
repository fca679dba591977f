// The database of a version that had PGlite: all of it is there afterwards, whenever the start that
// copies it was killed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Outage } from '../../../base/errors.ts'
import { silentLogger } from '../../../base/logger.ts'
import { seeded } from '../../../base/seeded.testing.ts'
import { alertRow, messageRow, patch, ref, t0, toKeep, trackRow, tripRow } from '../../../read-models/rows.testing.ts'
import { outage } from '../../projection.contract.ts'
import { migrate } from '../migrate.ts'
import { openPgSql } from '../pg-sql.ts'
import { openPgliteSql } from '../pglite-sql.ts'
import { migrations, openSqlStorage } from '../sql-storage.ts'
import type { Sql } from '../sql.ts'
import { wholeGrant } from '../../../rights/grant.ts'
import { openEmbeddedStorage } from './embedded-storage.ts'
import { openServer } from './server.ts'
import { scratchFolder } from './server.testing.ts'
import { wholeReach } from '../../reach.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const random = seeded(seed)
const rows = 2_000
const hours = 7
const root = scratchFolder('import')
const template = join(root, 'old')
let old: Readonly<Record<string, readonly string[]>>

/** Every row of every table as text, sorted. */
async function contentOf(sql: Sql): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables = await sql.query<{ readonly name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and relname <> 'schema_migrations' order by 1`,
  )
  const content: Record<string, readonly string[]> = {}
  for (const { name } of tables) {
    const found = await sql.query<{ readonly text: string }>(`select t::text as text from ${name} as t`)
    content[name] = found.map(({ text }) => text).sort((a, b) => (a < b ? -1 : 1))
  }
  return content
}

async function contentOfCluster(dir: string) {
  await using server = await openServer({ dir, logger: silentLogger })
  await using sql = openPgSql({ server: server.address, logger: silentLogger, statementTimeoutMs: 0 })
  return await contentOf(sql)
}

const odd = ['', ' ', ',"\\', '(a)', "it's", '{}', 'null', 'ä😀\u0001', '\n']
const numbered = <Row>(make: (n: number) => Row): Row[] => Array.from({ length: rows }, (_, n) => make(n))

before(async () => {
  await fill()
  await using sql = await openPgliteSql({ dir: template, logger: silentLogger })
  old = await contentOf(sql)
})

async function fill(): Promise<void> {
  const sql = await openPgliteSql({ dir: template, logger: silentLogger })
  await migrate(sql, migrations)
  await using storage = openSqlStorage(sql)
  await storage.twins.put(
    numbered((n) => patch(`v${n}`, t0 + n, { n, text: odd[n % odd.length] ?? '', long: 'x'.repeat(n % 4_000) })),
    { 'twin/0': rows },
  )
  await storage.trips.put(
    numbered((n) => ({ id: `t${n}`, row: tripRow(`t${n}`, { distanceM: Math.sin(n) * 1e-9 }) })),
    { 'trip/0': rows },
  )
  await storage.tracks.put(
    numbered((n) => ({ id: `k${n}`, row: trackRow(t0 + n * 60_000) })),
    { 'track/0': rows },
  )
  await storage.alerts.put(
    numbered((n) => ({
      id: `a${n}`,
      row: alertRow(`a${n}`, { evidence: { peak: Math.cos(n), text: odd[n % 9] ?? '' } }),
    })),
    { 'alert/0': rows },
  )
  const bodies = ['null', '{"a":null}', '1e400', '12345678901234567890.5', '"\\u00e4"', '[]', '{"n":0.1}']
  await storage.messages.put(
    numbered((n) => ({
      id: `event/0/${n}`,
      row: { ...toKeep(messageRow(t0 + (n % hours) * 3_600_000 + n)), json: bodies[n % bodies.length] ?? 'null' },
    })),
    { 'event/0': rows },
  )
  for (let n = 0; n < 20; n++)
    await storage.users.add({
      id: `u${n}`,
      name: `Ada ${n}`,
      passwordHash: `$hash,${n}"`,
      identity: null,
      grants: [wholeGrant('administrator')],
      tenant: 'acme',
    })
}

function copyOfOld(name: string): string {
  const dir = join(root, name)
  cpSync(template, dir, { recursive: true })
  return dir
}

test('every row of every table is there, and the old folder is gone', async () => {
  const dir = copyOfOld('whole')
  assert.ok(['twins', 'trips', 'tracks', 'alerts', 'messages'].every((table) => old[table]?.length === rows))
  assert.equal(Object.keys(old).filter((name) => name.startsWith('messages_h')).length, hours)
  {
    await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
    assert.equal(await storage.twins.count(wholeReach(ref('').tenant), {}), rows)
    assert.equal((await storage.users.findByName('ADA 3'))?.passwordHash, '$hash,3"')
    assert.deepEqual(await storage.messages.positions(), { 'event/0': rows })
  }
  assert.deepEqual(
    [readdirSync(dir).sort(), readdirSync(join(dir, 'pg'))],
    [['cluster', 'password', 'pg'], ['PG_VERSION']],
  )
  assert.deepEqual(await contentOfCluster(dir), old)
})

test('a step back to a version with PGlite is refused by it, and leaves everything as it is', async () => {
  const dir = join(root, 'back')
  await (await openEmbeddedStorage({ dir, logger: silentLogger }))[Symbol.asyncDispose]()
  await assert.rejects(openPgliteSql({ dir, logger: silentLogger }), (error) => {
    assert.ok(error instanceof Outage, String(error))
    assert.match(error.message, /another version: run the version that wrote it/)
    return true
  })
  assert.deepEqual(
    [readdirSync(dir).sort(), readdirSync(join(dir, 'pg'))],
    [['cluster', 'password', 'pg'], ['PG_VERSION']],
  )
  await (await openEmbeddedStorage({ dir, logger: silentLogger }))[Symbol.asyncDispose]()
})

const opener = `
  import { openEmbeddedStorage } from ${JSON.stringify(new URL('./embedded-storage.ts', import.meta.url).href)}
  import { silentLogger } from ${JSON.stringify(new URL('../../../base/logger.ts', import.meta.url).href)}
  await using storage = await openEmbeddedStorage({ dir: process.argv[1], logger: silentLogger })`

/** Opens it in another process, killed after so many milliseconds; gives whether it was. */
async function openAndKill(dir: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', opener, dir], { stdio: 'inherit' })
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  await Promise.race([wait(afterMs), ended])
  child.kill('SIGKILL')
  const [code, signal] = await ended
  assert.ok(signal === 'SIGKILL' || code === 0, 'what it complained of is above')
  return signal === 'SIGKILL'
}

/** The bench has many more. */
const killsWanted = 3

test(
  `killed at ${killsWanted} random moments and begun again, it is the same`,
  { timeout: 180_000 },
  async (context) => {
    context.diagnostic(`seed ${seed}`)
    let dir = copyOfOld('killed')
    const began = performance.now()
    assert.equal(await openAndKill(dir, 60_000), false)
    const wholeMs = performance.now() - began
    let [kills, finished] = [0, 0]
    rmSync(dir, { recursive: true })
    dir = copyOfOld('killed')
    while (kills < killsWanted) {
      if (await openAndKill(dir, random() * wholeMs * 1.1)) kills += 1
      if (existsSync(join(dir, 'pg')) && readdirSync(join(dir, 'pg')).length > 1) continue
      // It was done before the kill: what it made is checked, and the next kills meet another.
      finished += 1
      {
        await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
        assert.equal(await storage.users.count(), 20)
      }
      for (const name of ['cluster', 'pg']) rmSync(join(dir, name), { recursive: true, force: true })
      cpSync(join(template, 'pg'), join(dir, 'pg'), { recursive: true })
    }
    context.diagnostic(`${kills} kills, ${finished} times done before`)
    await (await openEmbeddedStorage({ dir, logger: silentLogger }))[Symbol.asyncDispose]()
    assert.deepEqual(await contentOfCluster(dir), old)
    assert.deepEqual(readdirSync(dir).sort(), ['cluster', 'password', 'pg'])
  },
)

test('one killed between the last steps goes on with the new database', async () => {
  const dir = copyOfOld('steps')
  await (await openEmbeddedStorage({ dir, logger: silentLogger }))[Symbol.asyncDispose]()
  mkdirSync(join(dir, 'pg.imported'))
  for (const left of ['', '.begun']) mkdirSync(join(dir, `pglite-0.5.16${left}`))
  writeFileSync(join(dir, 'importing'), '')
  await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
  assert.equal(await storage.users.count(), 20)
  const left = readdirSync(dir).filter((name) => !name.startsWith('lock-'))
  assert.deepEqual(left.sort(), ['cluster', 'password', 'pg'])
})

test('a database of an earlier schema is copied as it is and then brought up to date', async () => {
  const dir = join(root, 'earlier')
  {
    await using sql = await openPgliteSql({ dir, logger: silentLogger })
    await migrate(sql, migrations.slice(0, 5))
    await sql.query(`insert into users values ('u', 'Ada', 'hash', 'admin', 'acme')`)
  }
  await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
  assert.equal((await storage.users.findByName('ada'))?.id, 'u')
})

test('two databases in a folder, and an old one without its version, are refused and left alone', async () => {
  const dir = copyOfOld('two')
  mkdirSync(join(dir, 'cluster'))
  await assert.rejects(openEmbeddedStorage({ dir, logger: silentLogger }), outage('STORE_UNAVAILABLE'))
  rmSync(join(dir, 'cluster'), { recursive: true })
  renameSync(join(dir, 'pg', 'PG_VERSION'), join(dir, 'version'))
  await assert.rejects(openEmbeddedStorage({ dir, logger: silentLogger }), outage('STORE_UNAVAILABLE'))
  assert.deepEqual(readdirSync(dir).sort(), ['pg', 'version'])
})

test('one that PGlite never finished holds nothing, and is no hindrance', async () => {
  const dir = copyOfOld('unfinished')
  writeFileSync(join(dir, 'creating'), '')
  await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
  assert.equal(await storage.users.count(), 0)
  assert.deepEqual(readdirSync(join(dir, 'pg')), ['PG_VERSION'])
})
