// A role in a worker thread, seen from outside. The thread shares nothing with us but the log's
// files; a thread that dies takes the process with it, because a supervisor restarts processes well
// and half a system is worse than none.
import { Worker } from 'node:worker_threads'
import { Outage } from '../base/errors.ts'
import type { Config } from '../config/config.ts'
import type { GatewayShare } from './gateway-threads.ts'
import type { Answer, Question } from './question-carrier.ts'
import { callerOf, type Questions, type ThreadRole } from './questions.ts'

/** `stop`: drain and end. */
export type ThreadQuestion = { readonly id: number; readonly question: Question | 'stop' }
export type ThreadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string; readonly stack: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }

export interface RoleThread<Name extends ThreadRole> extends AsyncDisposable {
  readonly ask: Questions[Name]
  /** Rejects with what ended the thread, other than disposal. */
  readonly ended: Promise<void>
}

/** Starts the role, or with `share` its part of the gateway, in a thread and resolves once it is
 *  open; rejects with the Outage that kept it from opening. */
export async function openRoleThread<Name extends ThreadRole>(
  name: Name,
  config: Config,
  share?: GatewayShare,
): Promise<RoleThread<Name>> {
  const transferList = share?.member.ports.filter((port) => port !== undefined) ?? []
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: { name, config, share },
    transferList,
    name,
  })
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  let lastId = 0
  let stopping = false
  let failed = false

  const fail = (error: Error) => {
    failed = true
    ready.reject(error)
    ended.reject(error)
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  // The opener may not be listening yet, or never again.
  ready.promise.catch(() => {})
  ended.promise.catch(() => {})

  worker.on('message', (answer: ThreadAnswer) => {
    if (answer.kind === 'ready') ready.resolve()
    else if (answer.kind === 'failed')
      fail(new Outage(answer.code, answer.stack === '' ? answer.message : answer.stack, { retryable: false }))
    else {
      waiting.get(answer.id)?.resolve(answer.answer)
      waiting.delete(answer.id)
    }
  })
  worker.on('error', (error: Error) => fail(error))
  worker.on('exit', (code) => {
    exited.resolve()
    if (stopping) ended.resolve()
    else fail(new Outage('THREAD_ENDED', `The ${name} thread ended by itself with code ${code}.`, { retryable: false }))
  })

  const carry = (question: ThreadQuestion['question']): Promise<Answer> => {
    const id = ++lastId
    const answer = Promise.withResolvers<Answer>()
    waiting.set(id, answer)
    worker.postMessage({ id, question } satisfies ThreadQuestion)
    return answer.promise
  }

  await ready.promise
  return {
    ended: ended.promise,
    ask: callerOf[name](carry),
    async [Symbol.asyncDispose]() {
      if (stopping) return
      stopping = true
      // A thread that failed closes what it holds and ends by itself; it may have ended already,
      // and then nobody would answer.
      await Promise.race([failed ? exited.promise : carry('stop'), exited.promise])
      await worker.terminate()
    },
  }
}
