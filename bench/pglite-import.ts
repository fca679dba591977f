// A large folder of PGlite read into the embedded server: whole, and killed with SIGKILL at random
// moments and begun again. Every table is compared with the old one by count and digest.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openServer } from '../src/storage/postgres/embedded/server.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import { openPgliteSql } from '../src/storage/postgres/pglite-sql.ts'
import { temporaryFolder } from '../test/support/running-system.ts'
import { startNode } from './support/measured-process.ts'
import { columnsIn, contentOf, fillOldDatabase, type Content } from './support/old-database.ts'

export const title = 'A folder of PGlite with 100,000 rows in each table, read once; killed 10 times and begun again'

const rowsUsually = 100_000
const killsUsually = 10

export async function run(): Promise<void> {
  const rows = Number(process.env['ROWS'] ?? rowsUsually)
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
  const random = seeded(seed)
  using folder = temporaryFolder()
  const template = join(folder.path, 'old')
  const filledAt = performance.now()
  await fillOldDatabase(template, rows)
  const old = await (async () => {
    await using sql = await openPgliteSql({ dir: template, logger: silentLogger })
    const columns = await columnsIn(sql)
    return { columns, content: await contentOf(sql, columns) }
  })()
  const megabytes = Math.round(bytesUnder(join(template, 'pg')) / 2 ** 20)
  say(
    `${old.columns.size} tables of ${rows.toLocaleString('en')} rows, ${megabytes} MB, made in ${inSeconds(performance.now() - filledAt)}`,
  )

  const dir = join(folder.path, 'read')
  const begin = (): void => {
    rmSync(dir, { recursive: true, force: true })
    cpSync(template, dir, { recursive: true })
  }
  const check = async (): Promise<void> => assert.deepEqual(await contentIn(dir, old.columns), old.content)

  begin()
  const whole = await (async () => {
    await using side = startNode(undefined, 'pglite-import.side.ts', [dir])
    return await side.report()
  })()
  await check()
  const wholeMs = whole['ms'] ?? Number.NaN
  say(`read whole: ${inSeconds(wholeMs)}, own memory of all processes at most ${Math.round(whole['mostMb'] ?? 0)} MB`)
  say(`every table has the old one's rows and digest`)

  begin()
  const moments: string[] = []
  let finished = 0
  for (let kills = 0; kills < killsUsually;) {
    const afterMs = random() * wholeMs * 1.1
    const wasDone = await readAndKill(dir, afterMs)
    if (!wasDone) {
      kills += 1
      moments.push(inSeconds(afterMs))
    }
    if (existsSync(join(dir, 'pg')) && readdirSync(join(dir, 'pg')).length > 1) continue
    // All was read before the kill: that is looked at, and the next kills meet another folder.
    finished += 1
    await check()
    begin()
  }
  say(`seed ${seed}, killed after ${moments.join(', ')}; ${finished} times all was read before`)
  await using side = startNode(undefined, 'pglite-import.side.ts', [dir])
  await side.report()
  await check()
  say(
    `begun again: every table has the old one's rows and digest; in the folder: ${readdirSync(dir).sort().join(', ')}`,
  )
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Gives whether it ended before. */
async function readAndKill(dir: string, afterMs: number): Promise<boolean> {
  await using side = startNode(undefined, 'pglite-import.side.ts', [dir])
  const ended = side.report().then(() => true)
  ended.catch(() => {})
  return await Promise.race([ended, wait(afterMs, false)])
}

async function contentIn(dir: string, columns: ReadonlyMap<string, string>): Promise<Content> {
  await using server = await openServer({ dir, logger: silentLogger })
  await using sql = openPgSql({ server: server.address, logger: silentLogger, statementTimeoutMs: 0 })
  return await contentOf(sql, columns)
}

const bytesUnder = (dir: string): number =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
