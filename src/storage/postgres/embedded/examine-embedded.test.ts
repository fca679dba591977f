import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../base/clock.ts'
import { lockFolder } from '../../../base/folder-lock.ts'
import { silentLogger } from '../../../base/logger.ts'
import { openEmbeddedStorage } from './embedded-storage.ts'
import { examineEmbedded } from './examine-embedded.ts'
import { scratchFolder } from './server.testing.ts'

const root = scratchFolder('examine-embedded')
const look = (dir: string) => examineEmbedded(dir, systemClock).look()

test('a database is told before it is made, while it runs, and when it has stopped', { timeout: 90_000 }, async () => {
  const dir = join(root, 'postgres')
  assert.match((await look(dir))[0]?.says ?? '', /the next start makes it by PostgreSQL 18/)
  assert.equal(existsSync(dir), false)
  {
    await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
    const findings = await look(dir)
    assert.deepEqual(
      findings.map(({ name, state }) => [name, state]),
      ['database', 'tables', 'time to commit', 'clock of the database'].map((name) => [name, 'ok']),
    )
    assert.match(findings[0]?.says ?? '', /PostgreSQL 18[\d.]*, runs$/)
    assert.equal(await storage.users.count(), 0)
    rmSync(join(dir, 'password'))
    const [lost] = await look(dir)
    assert.equal(lost?.state, 'warning')
    assert.match(lost?.says ?? '', /runs and cannot be asked, as its password, .* is gone or damaged/)
  }
  assert.match((await look(dir))[0]?.says ?? '', /the next start runs it$/)
})

test('a database whose path is long is asked all the same', { timeout: 90_000 }, async () => {
  const dir = join(root, 'a'.repeat(120), 'postgres')
  await using _ = await openEmbeddedStorage({ dir, logger: silentLogger })
  assert.match((await look(dir))[0]?.says ?? '', /, runs$/)
})

test('a folder that a Roadstream holds and whose server does not run is a problem', async () => {
  const dir = join(root, 'dead')
  mkdirSync(join(dir, 'cluster'), { recursive: true })
  writeFileSync(join(dir, 'cluster', 'PG_VERSION'), '18\n')
  await using _ = await lockFolder(dir)
  const [finding] = await look(dir)
  assert.equal(finding?.state, 'problem')
  assert.match(finding?.says ?? '', /does not run, though a Roadstream runs on the folder/)
})

test('a folder of another version, or without one, is a problem with what to run', async () => {
  for (const [version, said] of [
    ['19\n', /was written by PostgreSQL 19, and this version of Roadstream brings 18: run the version that wrote it/],
    ['17\n', /was written by PostgreSQL 17/],
    [undefined, /holds files of a database but not which version it is of/],
  ] as const) {
    const dir = join(root, `of-${version?.trim()}`)
    mkdirSync(join(dir, 'cluster', 'base'), { recursive: true })
    if (version !== undefined) writeFileSync(join(dir, 'cluster', 'PG_VERSION'), version)
    const [finding] = await look(dir)
    assert.equal(finding?.state, 'problem')
    assert.match(finding?.says ?? '', said)
  }
})

test('a folder of another user is told as such, whatever is in it', async (t) => {
  const dir = join(root, 'theirs')
  mkdirSync(join(dir, 'cluster', 'base'), { recursive: true })
  t.mock.method(process as Required<typeof process>, 'getuid', () => 4321)
  const [finding] = await look(dir)
  assert.equal(finding?.state, 'problem')
  assert.match(finding?.says ?? '', /belongs to the user \d+, and this is the user 4321/)
})

test('a start says of a folder that it cannot read what to do', async () => {
  const dir = join(root, 'no-folder')
  mkdirSync(dir)
  writeFileSync(join(dir, 'cluster'), '')
  await assert.rejects(
    openEmbeddedStorage({ dir, logger: silentLogger }),
    /no-folder cannot be used \(ENOTDIR: .*A part of its path is no folder: .*ROADSTREAM_DATA/,
  )
})
