// The inside of a thread that runs one role: loads it at once and opens it when told its settings,
// answers questions about it, drains it when told to.
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { Outage } from '../base/errors.ts'
import { openLogger } from '../base/logger.ts'
import { loadRole } from '../compose/open-role.ts'
import { answerTo } from './question-carrier.ts'
import type { ThreadRole } from './questions.ts'
import type { ThreadAnswer, ThreadOpening, ThreadQuestion } from './role-thread.ts'

const port = parentPort
assert(port !== null, 'this file is run as a worker thread')
const name = workerData as ThreadRole
const tell = (answer: ThreadAnswer) => port.postMessage(answer)

let open: AsyncDisposable | undefined
try {
  const openRole = await loadRole[name]()
  const { config, share } = await new Promise<ThreadOpening>((resolve) => void port.once('message', resolve))
  const logger = openLogger(config.logLevel).child({ role: name })
  const role = await openRole(config, logger, share)
  open = role
  port.on('message', (question: ThreadQuestion) => {
    void answer(question)
  })
  const answer = async ({ id, question }: ThreadQuestion): Promise<void> => {
    if (question !== 'stop') {
      tell({ kind: 'answer', id, answer: await answerTo(role.answers, question, logger) })
      return
    }
    await role[Symbol.asyncDispose]()
    tell({ kind: 'answer', id, answer: { value: undefined } })
    port.close()
  }
  tell({ kind: 'ready' })
  await role.ended
} catch (error) {
  // Told first: closing may take as long as a drain, or hang on what failed.
  tell({
    kind: 'failed',
    message: error instanceof Error ? error.message : String(error),
    code: error instanceof Outage ? error.code : 'BUG',
    stack: error instanceof Outage ? '' : ((error as Error).stack ?? ''),
  })
  port.close()
  await open?.[Symbol.asyncDispose]()
}
