// The thread of PGlite, the embedded database of earlier versions: it reads their folders, and is
// the database in memory of tests. It runs one statement at a time and holds its thread meanwhile;
// here it holds nobody else's. An error that is not PostgreSQL's own ends the thread:
// whatever its memory holds then, the files are recovered when the next one opens them.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { openDurablePglite } from './durable-files.ts'
import { loadPglite } from './pglite-package.ts'
import type { Pglite } from './pglite.ts'
import type { PgliteAnswer, PgliteQuestion, PgliteThreadData } from './pglite-message.ts'
import { sqlStateOf, type SqlFailure } from './sql-outage.ts'
import type { Statement } from './sql.ts'

const port = parentPort
assert(port !== null, 'this file is run as a worker thread')
const tell = (answer: PgliteAnswer): void => port.postMessage(answer)

async function openDatabase({ dir, packageDir }: PgliteThreadData): Promise<Pglite> {
  if (dir === undefined) return await (await loadPglite(packageDir)).PGlite.create()
  const pgDir = join(dir, 'pg')
  mkdirSync(pgDir, { recursive: true, mode: 0o700 })
  return await openDurablePglite(pgDir, packageDir)
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by pglite-sql.ts
const database = await openDatabase(workerData as PgliteThreadData)

const transact = (statements: readonly Statement[]): Promise<void> =>
  database.transaction(async (transaction) => {
    for (const { text, params } of statements) await transaction.query(text, params === undefined ? [] : [...params])
  })

async function answer(question: PgliteQuestion): Promise<readonly unknown[]> {
  if (question.kind === 'query') return (await database.query(question.text, [...question.params])).rows
  if (question.kind === 'transaction') await transact(question.statements)
  else await database.close()
  return []
}

function failureOf(error: unknown): SqlFailure {
  const sqlState = sqlStateOf(error)
  if (sqlState === undefined) throw error
  return { message: (error as Error).message, sqlState }
}

port.on('message', (question: PgliteQuestion) => {
  void (async () => {
    const { id } = question
    try {
      tell({ kind: 'rows', id, rows: await answer(question) })
    } catch (error) {
      tell({ kind: 'failed', id, failure: failureOf(error) })
    }
    if (question.kind === 'close') port.close()
  })()
})
tell({ kind: 'open' })
