// How a role is asked from elsewhere: a question names one of the role's answers and gives it plain data. Two carriers take it there, a worker's port
// (role-thread.ts) and a socket in the data folder (control-socket.ts); what is asked and what it means is the same over both.
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { Outage } from './base/errors.ts'
import type { Logger } from './base/logger.ts'
import type { Answers, ThreadRole } from './role.ts'

export type RoleMetrics = readonly MetricObjectWithValues<MetricValue<string>>[]

export type Question = { readonly ask: string; readonly given?: unknown }
export type Answer =
  | { readonly value: unknown }
  | { readonly failed: { readonly code: string; readonly message: string; readonly retryable: boolean } }

type GivenTo<Asked> = Asked extends (...given: infer Given) => unknown ? Given : never
type AnswerOf<Asked> = Asked extends (...given: never[]) => infer Value ? Awaited<Value> : never

/** A role in another thread or process. */
export interface RolePeer<Name extends ThreadRole> {
  /** Rejects with the Outage the role answered with, or with that of the way to it. */
  ask<Asked extends keyof Answers<Name> & string>(
    question: Asked,
    ...given: GivenTo<Answers<Name>[Asked]>
  ): Promise<AnswerOf<Answers<Name>[Asked]>>
}

/** A peer of which only the way is to be said: how a question gets there and its answer back. */
export const peerBy = <Name extends ThreadRole>(carry: (question: Question) => Promise<Answer>): RolePeer<Name> => ({
  async ask<Asked extends keyof Answers<Name> & string>(question: Asked, ...[given]: GivenTo<Answers<Name>[Asked]>) {
    const answer = await carry({ ask: question, given })
    if ('failed' in answer) throw new Outage(answer.failed.code, answer.failed.message, { retryable: answer.failed.retryable })
    return answer.value as AnswerOf<Answers<Name>[Asked]>
  },
})

/** Answers a question. A fault of ours is told to whoever asked and to the log: thousands of cars hang on this role, and a question must not end it. */
export async function answerTo(answers: object, { ask, given }: Question, logger: Logger): Promise<Answer> {
  const asked: unknown = Object.hasOwn(answers, ask) ? answers[ask as keyof object] : undefined
  if (typeof asked !== 'function')
    return failure('QUESTION_UNKNOWN', `This role has no answer to "${ask}": it is of another version than whoever asks.`)
  try {
    return { value: await (asked as (given: unknown) => unknown)(given) }
  } catch (error) {
    if (error instanceof Outage) return { failed: { code: error.code, message: error.message, retryable: error.retryable } }
    logger.error({ err: error, ask }, 'a question could not be answered')
    return failure('BUG', `The question "${ask}" met a fault; the log of the role that was asked has it.`)
  }
}

export const failure = (code: string, message: string): Answer => ({ failed: { code, message, retryable: false } })
