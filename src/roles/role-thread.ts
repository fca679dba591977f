// A role in a worker thread, seen from outside. The thread shares nothing with us but the log's
// files; a thread that dies takes the process with it, because a supervisor restarts processes well
// and half a system is worse than none.
import { Worker } from 'node:worker_threads'
import { Outage } from '../base/errors.ts'
import type { Config } from '../config/config.ts'
import type { GatewayShare } from './gateway-threads.ts'
import type { Answer, Question } from './question-carrier.ts'
import { callerOf, type Questions, type ThreadRole } from './questions.ts'

/** Told to the thread first. */
export type ThreadOpening = { readonly config: Config; readonly share: GatewayShare | undefined }
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

/** A thread that has begun to load its role, and waits for the settings. */
export interface LoadingThread<Name extends ThreadRole> extends AsyncDisposable {
  /** To be called once. Opens the role, or with `share` its part of the gateway, and resolves once
   *  it is open; rejects with the Outage that kept it from loading or opening. */
  open(config: Config, share?: GatewayShare): Promise<RoleThread<Name>>
}

/** Starts the role in a thread of its own. */
export async function openRoleThread<Name extends ThreadRole>(
  name: Name,
  config: Config,
  share?: GatewayShare,
): Promise<RoleThread<Name>> {
  return loadRoleThread(name).open(config, share)
}

/** Three times the 32 MB of run.mjs: V8 has two halves, and as much again for large objects. */
const maxYoungGenerationSizeMb = 96

/** Starts a thread that loads the role meanwhile. Disposal ends it, opened or not. */
export function loadRoleThread<Name extends ThreadRole>(name: Name): LoadingThread<Name> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: name,
    name,
    resourceLimits: { maxYoungGenerationSizeMb },
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

  let isTold = false
  const close = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    // A thread that failed closes what it holds and ends by itself; it may have ended already,
    // and then nobody would answer.
    if (isTold) await Promise.race([failed ? exited.promise : carry('stop'), exited.promise])
    await worker.terminate()
  }
  return {
    async open(config, share) {
      isTold = true
      const transferList = share?.member.ports.filter((port) => port !== undefined) ?? []
      worker.postMessage({ config, share } satisfies ThreadOpening, transferList)
      await ready.promise
      return { ended: ended.promise, ask: callerOf[name](carry), [Symbol.asyncDispose]: close }
    },
    [Symbol.asyncDispose]: close,
  }
}
