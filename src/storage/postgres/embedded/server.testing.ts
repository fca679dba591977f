// Parts of the tests of the embedded server.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../../../base/logger.ts'
import { openPgSql } from '../pg-sql.ts'
import type { PgServer } from '../pg-sql.ts'
import { findBinaries } from './binaries.ts'
import { openRunner, type Runner } from './user.ts'

/** A folder that goes when the tests of the file have ended. */
export function scratchFolder(name: string): string {
  const root = mkdtempSync(join(tmpdir(), `roadstream-${name}-`))
  after(() => rmSync(root, { recursive: true, force: true }))
  return root
}

export const anyRunner = (): Runner => openRunner({ binaries: findBinaries(), logger: silentLogger })

/** One query over a connection of its own. */
export async function ask<Row>(server: PgServer, text: string): Promise<readonly Row[]> {
  await using sql = openPgSql({ server, logger: silentLogger })
  return await sql.query<Row>(text)
}

const untilMs = 30_000

/** Looks until it holds; fails with the name of what never did. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = performance.now(); !(await holds());) {
    assert.ok(performance.now() - began < untilMs, `${what}: not within ${untilMs} ms`)
    await wait(10)
  }
}
