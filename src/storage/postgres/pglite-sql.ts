// `Sql` on PGlite in a thread of its own: a folder of an earlier version, or in memory. Should the
// thread end, the calls under way reject as retryable and the next call opens the database again,
// which recovers it from its write-ahead log.
import { Worker } from 'node:worker_threads'
import type { Logger } from '../../base/logger.ts'
import type { PgliteAnswer, PgliteQuestion, PgliteThreadData } from './pglite-message.ts'
import { bringPglite } from './pglite-package.ts'
import { sqlOutage, storable, storeClosed, unavailable } from './sql-outage.ts'
import type { Sql, SqlValue } from './sql.ts'

type WithoutId<Question> = Question extends unknown ? Omit<Question, 'id'> : never
type Thread = { ask(question: WithoutId<PgliteQuestion>): Promise<readonly unknown[]> }

/** `dir` absent: in memory. Rejects with STORE_UNAVAILABLE when the package cannot be fetched, or
 *  the database cannot be opened. */
export async function openPgliteSql({ dir, logger }: { readonly dir?: string; readonly logger: Logger }): Promise<Sql> {
  const packageDir = await bringPglite({ logger, ...(dir === undefined ? {} : { dir }) })
  const data = { packageDir, ...(dir === undefined ? {} : { dir }) }
  let thread: Promise<Thread> | undefined
  let wasOpen = false
  let closed = false

  const current = (): Promise<Thread> => {
    if (closed) return Promise.reject(storeClosed())
    const opening = (thread ??= openThread(data, (error) => {
      if (thread === opening) thread = undefined
      if (wasOpen && !closed)
        logger.error({ err: error }, 'the database thread ended; it is opened again with the next call')
    }))
    return opening
  }
  await current()
  wasOpen = true

  return {
    async query<Row>(text: string, params: readonly SqlValue[] = []) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a query's text says what its rows are
      return (await (await current()).ask({ kind: 'query', text, params: params.map(storable) })) as readonly Row[]
    },
    async transaction(statements) {
      const sent = statements.map(({ text, params = [] }) => ({ text, params: params.map(storable) }))
      await (await current()).ask({ kind: 'transaction', statements: sent })
    },
    async [Symbol.asyncDispose]() {
      if (closed) return
      const open = thread
      closed = true
      // A database that cannot be closed properly is recovered when it is opened; there is nobody
      // to tell.
      await open?.then((last) => last.ask({ kind: 'close' })).catch(() => {})
    },
  }
}

const cannotOpen = ({ dir = 'memory' }: PgliteThreadData, { message }: Error): string =>
  `The embedded database in ${dir} cannot be opened (${message}). If the folder is writable, it is damaged or of another version: run the version that wrote it or restore it from a backup. Moved away, it is made anew and filled from the log as far back as that is kept, but for the users, who are only in it.`

async function openThread(data: PgliteThreadData, ended: (error: Error) => void): Promise<Thread> {
  const worker = new Worker(new URL('./pglite-thread.ts', import.meta.url), {
    workerData: data,
    name: 'postgres',
    // Flags the process was started with, such as --eval, are not for this file.
    execArgv: [],
  })
  const waiting = new Map<number, PromiseWithResolvers<readonly unknown[]>>()
  const opened = Promise.withResolvers<void>()
  let lastId = 0
  let cause: Error | undefined

  worker.on('message', (answer: PgliteAnswer) => {
    if (answer.kind === 'open') return opened.resolve()
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.kind === 'rows') call?.resolve(answer.rows)
    else call?.reject(sqlOutage(answer.failure))
  })
  worker.on('error', (error: Error) => (cause = error))
  worker.on('exit', (code) => {
    const error = cause ?? new Error(`the thread ended with code ${code}`)
    const outage = unavailable('The embedded database stopped.', error)
    opened.reject(unavailable(cannotOpen(data, error), error))
    for (const { reject } of waiting.values()) reject(outage)
    waiting.clear()
    ended(error)
  })

  await opened.promise
  return {
    ask(question) {
      const id = ++lastId
      const call = Promise.withResolvers<readonly unknown[]>()
      waiting.set(id, call)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ ...question, id })
      return call.promise
    },
  }
}
