// Questions on their way to a role in another thread or process. Two carriers take them there, a
// worker's port (role-thread.ts) and a socket in the data folder (control-socket.ts); a question
// and its answer are the same over both.
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'

export type Question = { readonly ask: string; readonly given?: unknown }
export type Answer =
  | { readonly value: unknown }
  | { readonly failed: { readonly code: string; readonly message: string; readonly retryable: boolean } }

/** Takes a question to a role and its answer back. */
export type Carrier = (question: Question) => Promise<Answer>

/** Answers of a role by the names of its questions. */
export type Answers = Readonly<Record<string, (given: never) => unknown>>

/** Asks by name and gives the value of the answer, which is believed to be what this version of
 *  the role gives. */
export const askBy =
  <Asked extends Answers>(carry: Carrier) =>
  async <Value>(ask: keyof Asked & string, given?: unknown): Promise<Value> => {
    const answer = await carry({ ask, given })
    if ('failed' in answer)
      throw new Outage(answer.failed.code, answer.failed.message, { retryable: answer.failed.retryable })
    return answer.value as Value
  }

/** Answers a question. A fault of ours is told to the one who asks and to the log: thousands of
 *  cars hang on this role, and a question must not end it. */
export async function answerTo(answers: Answers, { ask, given }: Question, logger: Logger): Promise<Answer> {
  const answer = Object.hasOwn(answers, ask) ? answers[ask] : undefined
  if (answer === undefined)
    return failure(
      'QUESTION_UNKNOWN',
      `This role has no answer to "${ask}": it is of another version than whoever asks.`,
    )
  try {
    return { value: await answer(given as never) }
  } catch (error) {
    if (error instanceof Outage)
      return { failed: { code: error.code, message: error.message, retryable: error.retryable } }
    logger.error({ err: error, ask }, 'a question could not be answered')
    return failure('BUG', `The question "${ask}" met a fault; the log of the role that was asked has it.`)
  }
}

export const failure = (code: string, message: string): Answer => ({ failed: { code, message, retryable: false } })
