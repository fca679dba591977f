// The outages of a server that last now, by what failed: an answer, a connection to be made, a
// statement. Each kind is told once, however many calls meet it, and the end of all once what
// failed has passed.
import type { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { isAway, isToMend, type ServerPlace } from './server-fault.ts'

/** Of a call: when it began, by the steady clock, and the text of its first statement. */
type Call = { readonly begunAt: number; readonly text: string }

export type StandingOutages = {
  /** `isConnected`: the server had taken the connection. */
  met(call: Call, outage: Outage, isConnected: boolean): void
  /** The server answered. `isNew`: on a connection that was made for it; `isDone`: and took the
   *  statements. */
  answered(call: Call, has: { readonly isNew: boolean; readonly isDone: boolean }): void
}

/** Time after which a statement that was not tried again is waited for by nobody. */
const givenUpMs = 60_000

const [answer, connection] = ['the answer', 'the connection']

export function createStandingOutages(
  place: ServerPlace,
  logger: Logger,
  now = () => performance.now(),
): StandingOutages {
  const standing = new Map<string, { readonly firstAt: number; lastAt: number }>()
  const told = new Set<string>()
  let hasAnswered = false
  let [beganAt, endedAt] = [0, 0]

  const forget = (): void => {
    for (const [what, { lastAt }] of standing)
      if (what !== answer && what !== connection && now() - lastAt > givenUpMs) standing.delete(what)
  }

  return {
    met({ begunAt, text }, outage, isConnected) {
      // A call that began before the last change tells nothing new.
      if (begunAt < endedAt) return
      forget()
      const what = isAway(outage) ? answer : isConnected ? text : connection
      const known = standing.get(what)
      if (standing.size === 0) beganAt = now()
      if (known === undefined) standing.set(what, { firstAt: now(), lastAt: now() })
      else known.lastAt = now()
      // Before its first answer whoever starts says why it ends.
      if (told.has(outage.code) || (!hasAnswered && isToMend(outage))) return
      told.add(outage.code)
      logger.error({ database: place.text, code: outage.code }, `${outage.message} Every call asks it again.`)
    },
    answered({ begunAt, text }, { isNew, isDone }) {
      hasAnswered = true
      if (standing.size === 0) return
      // Connections that were there before tell nothing of whether one can be made.
      for (const what of [answer, ...(isNew ? [connection] : []), ...(isDone ? [text] : [])])
        if (begunAt > (standing.get(what)?.firstAt ?? Infinity)) standing.delete(what)
      forget()
      if (standing.size > 0) return
      endedAt = now()
      if (told.size > 0)
        logger.warn({ database: place.text, awayMs: Math.round(endedAt - beganAt) }, 'the database answers again')
      told.clear()
    },
  }
}
