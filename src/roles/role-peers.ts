// Every instance of a role on one data folder: those in threads of this process and those in
// processes of their own, which are looked for at each question, since they come and go.
import { setTimeout as wait } from 'node:timers/promises'
import { Outage } from '../base/errors.ts'
import { controlLimits, controlSockets, goneCode, socketCarrier, type ControlFolder } from './control-socket.ts'
import { callerOf, type Questions, type ThreadRole } from './questions.ts'

export interface RolePeers<Name extends ThreadRole> {
  /** Everyone's answer. Rejects with Outage ROLE_UNREACHABLE (retryable) when there is nobody,
   *  or somebody does not answer in time: an answer without theirs would look whole and not be. */
  all<Value>(ask: (role: Questions[Name]) => Promise<Value>): Promise<Value[]>
}

export function createRolePeers<Name extends ThreadRole>(
  name: Name,
  dataDir: string,
  threads: () => readonly Questions[Name][],
): RolePeers<Name> {
  const folder: ControlFolder = { dataDir, role: name }
  return {
    async all(ask) {
      const asked = [
        ...threads().map(async (thread) => [await inTime(name, ask(thread))]),
        ...controlSockets(folder).map((path) => unlessGone(ask(callerOf[name](socketCarrier(path))))),
      ]
      const answers = (await Promise.all(asked)).flat()
      if (answers.length === 0) throw unreachable(`There is no ${name} on this data folder.`)
      return answers
    },
  }
}

async function unlessGone<Value>(answer: Promise<Value>): Promise<Value[]> {
  try {
    return [await answer]
  } catch (error) {
    if (error instanceof Outage && error.code === goneCode) return []
    throw error
  }
}

const unreachable = (what: string): Outage => new Outage('ROLE_UNREACHABLE', what, { retryable: true })

/** A socket has its own time limit; a thread that is stuck has none. */
async function inTime<Value>(name: string, answer: Promise<Value>): Promise<Value> {
  const late = new AbortController()
  const timeout = wait(controlLimits.answerMs, undefined, { signal: late.signal, ref: false })
  try {
    return await Promise.race([
      answer,
      timeout.then(() => {
        throw unreachable(`The ${name} does not answer.`)
      }),
    ])
  } finally {
    late.abort()
    timeout.catch(() => {})
  }
}
