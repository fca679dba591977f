// As whom PostgreSQL runs, in folders that nobody but root may enter.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { silentLogger } from '../../../base/logger.ts'
import { copyBinaries, findBinaries } from './binaries.ts'
import { openServer } from './server.ts'
import { ask, scratchFolder } from './server.testing.ts'
import { openRunner, type RunnerOptions } from './user.ts'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const root = scratchFolder('user')
chmodSync(root, 0o755)
const closed = join(root, 'closed')
mkdirSync(closed, { mode: 0o700 })
const dir = join(closed, 'database')
mkdirSync(dir)
const binaries = copyBinaries(findBinaries(), closed)

const runnerOf = (options: Partial<RunnerOptions>) =>
  openRunner({ binaries, logger: silentLogger, copiesIn: root, ...options })

/** Opens the one database and adds a row; gives how many there are, and who owns its files. */
async function addRow(options: Partial<RunnerOptions>): Promise<{ readonly rows?: number; readonly owner: number }> {
  await using server = await openServer({ dir, logger: silentLogger, runner: runnerOf(options) })
  await ask(server.address, 'create table if not exists kept (one integer)')
  await ask(server.address, 'insert into kept values (1)')
  const [row] = await ask<{ readonly rows: number }>(server.address, 'select count(*) as rows from kept')
  return { ...row, owner: statSync(join(dir, 'cluster', 'base')).uid }
}

test('a user other than root runs it as it is', () => {
  const { wrapper, become, maker, owner } = runnerOf({ isRoot: false })
  assert.deepEqual([wrapper, become, maker, owner], [[], undefined, undefined, undefined])
})

test(
  'root runs it in a user namespace, or as a user of its own where there are none, and one folder serves both',
  { skip: isRoot ? false : 'only root tries it', timeout: 60_000 },
  async (context) => {
    const inNamespace = runnerOf({})
    if (inNamespace.become === undefined) assert.deepEqual(await addRow({}), { rows: 1, owner: 0 })
    else context.diagnostic('this system allows no user namespaces')
    const before = inNamespace.become === undefined ? 1 : 0
    const withoutThem = { hasNamespaces: () => false }
    assert.deepEqual(await addRow(withoutThem), { rows: before + 1, owner: 60_999 })
    if (before > 0) assert.deepEqual(await addRow({}), { rows: 3, owner: 0 })
  },
)

test('that it runs as another user is said', { skip: isRoot ? false : 'only root tries it' }, () => {
  const said: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => said.push(line) })
  runnerOf({ logger, hasNamespaces: () => false })
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /as the user 60999/)
})
