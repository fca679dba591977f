// A start with a PostgreSQL server that refuses: one line with the setting and the remedy, without
// the password, and the end.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { runCommand, temporaryFolder } from './support/running-system.ts'

test(
  'a server that refuses ends the start with one line; the embedded database is not made instead',
  { skip: noPostgres, timeout: 60_000 },
  async () => {
    await using postgres = await startPostgres()
    using folder = temporaryFolder()
    const { code, stdout, stderr } = await runCommand(['start'], {
      ROADSTREAM_DATA: folder.path,
      ROADSTREAM_POSTGRES: `postgres://owner:hunter2@127.0.0.1:${postgres.port}/postgres`,
    })
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      new RegExp(
        `^roadstream: The database 127\\.0\\.0\\.1:${postgres.port}/postgres \\(ROADSTREAM_POSTGRES\\) refuses the user owner or its password: [^\\n]*\\n$`,
      ),
    )
    assert.ok(!stderr.includes('hunter2'))
    assert.deepEqual(readdirSync(join(folder.path, 'postgres')), [])
  },
)
