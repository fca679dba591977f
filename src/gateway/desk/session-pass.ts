// Pages of the sessions in the order of client ids, although they are kept in none: an index of
// 200,000 would cost memory and time at every connect, and operators look rarely. So one pass over
// all sessions picks the next few ids of every page that is asked for at the time. It goes in
// slices between which the gateway works, and rests between passes: however many ask, it takes no
// more than a fifth of the thread.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { sessionPageRowsMax, type SessionQuery } from '../../model/client-session.ts'
import type { Session } from '../session/session.ts'

/** Sessions looked at before the gateway has its turn: under a millisecond. */
const sliceSessions = 4000
/** How much longer than a pass is the rest after it. */
const restFactor = 4

export type Selected = {
  /** In order, at most `limit`. */
  readonly sessions: readonly Session[]
  readonly hasMore: boolean
  readonly total: { readonly connected: number; readonly away: number }
}

const isWithin = (tenant: string, id: string): boolean => id[tenant.length] === '/' && id.startsWith(tenant)

/** Both who the client is and what it calls itself: an admission that let a tenant's clients use
 *  the client ids of another would let them take over its sessions, so a session of which only one
 *  is true is nobody's to see. */
export const belongsTo = (tenant: string, { clientId, principal }: Session): boolean =>
  isWithin(tenant, clientId) && isWithin(tenant, principal.id)

/** Picks the sessions of one page out of all that it is shown, in any order and some perhaps
 *  twice. */
export function createSelection({ tenant, search, state, after = '', limit }: SessionQuery) {
  const rows = Math.min(limit, sessionPageRowsMax)
  const wanted = search?.toLowerCase() ?? ''
  const chosen: Session[] = []
  const total = { connected: 0, away: 0 }

  function choose(session: Session): void {
    const { clientId } = session
    const last = chosen[rows]
    if (clientId <= after || (last !== undefined && clientId >= last.clientId)) return
    let low = 0
    let high = chosen.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (chosen[middle]!.clientId < clientId) low = middle + 1
      else high = middle
    }
    // The same client id again: its session was ended and made anew during the pass.
    if (chosen[low]?.clientId === clientId) chosen[low] = session
    else chosen.splice(low, 0, session)
    // One more than the page has, to know whether another follows.
    if (chosen.length > rows + 1) chosen.pop()
  }

  return {
    visit(session: Session): void {
      if (!belongsTo(tenant, session)) return
      if (
        wanted !== '' &&
        !session.clientId
          .slice(tenant.length + 1)
          .toLowerCase()
          .includes(wanted)
      )
        return
      const its = session.link === undefined ? 'away' : 'connected'
      total[its]++
      if (state === undefined || state === its) choose(session)
    },
    take: (): Selected => ({ sessions: chosen.slice(0, rows), hasMore: chosen.length > rows, total }),
  }
}

/** `select` rejects with what the store's iteration throws. */
export function createSessionPass(sessions: { values(): Iterable<Session> }): {
  select(query: SessionQuery): Promise<Selected>
} {
  type Asked = {
    readonly selection: ReturnType<typeof createSelection>
    readonly answer: PromiseWithResolvers<Selected>
  }
  let waiting: Asked[] = []
  let isRunning = false

  async function pass(asked: readonly Asked[]): Promise<number> {
    let workMs = 0
    let startedAt = performance.now()
    let count = 0
    for (const session of sessions.values()) {
      for (const { selection } of asked) selection.visit(session)
      if (++count % sliceSessions > 0) continue
      workMs += performance.now() - startedAt
      await nextTurn()
      startedAt = performance.now()
    }
    return workMs + performance.now() - startedAt
  }

  async function run(): Promise<void> {
    isRunning = true
    while (waiting.length > 0) {
      const asked = waiting
      waiting = []
      try {
        const workMs = await pass(asked)
        for (const { selection, answer } of asked) answer.resolve(selection.take())
        await wait(Math.floor(restFactor * workMs), undefined, { ref: false })
      } catch (error) {
        for (const { answer } of asked) answer.reject(error)
      }
    }
    isRunning = false
  }

  return {
    select(query) {
      const asked = { selection: createSelection(query), answer: Promise.withResolvers<Selected>() }
      waiting.push(asked)
      if (!isRunning) void run()
      return asked.answer.promise
    },
  }
}
