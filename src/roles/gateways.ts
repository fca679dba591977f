// All gateways on one data folder as one: what each of them knows and counts, put together.
import type { ClientSessions } from '../api/api-options.ts'
import { Outage } from '../base/errors.ts'
import {
  sessionPageRowsMax,
  type ClientSession,
  type ClientSessionDetail,
  type SessionPage,
} from '../model/client-session.ts'
import { addUpReasonCodes } from '../model/reason-code-count.ts'
import type { GatewayQuestions, GatewayReport } from './questions.ts'
import type { RolePeers } from './role-peers.ts'

/** The sessions of all gateways. Each question rejects with Outage ROLE_UNREACHABLE (retryable)
 *  when there is no gateway, or one that is there does not answer, and with Outage
 *  SESSIONS_ELSEWHERE when all bridge from another broker. */
export function allSessions({ all }: RolePeers<'gateway'>): ClientSessions {
  /** The answers of those that keep sessions themselves. */
  const keepers = async <Value>(ask: (gateway: GatewayQuestions) => Promise<Value>): Promise<Value[]> => {
    let elsewhere: Outage | undefined
    const answers = await all(async (gateway) => {
      try {
        return [await ask(gateway)]
      } catch (error) {
        if (!(error instanceof Outage) || error.code !== elsewhereCode) throw error
        elsewhere = error
        return []
      }
    })
    if (elsewhere !== undefined && answers.flat().length === 0) throw elsewhere
    return answers.flat()
  }
  return {
    list: async (given) => mergePages(await keepers((gateway) => gateway.list(given)), given.limit),
    inspect: async (given) => freshest(await keepers((gateway) => gateway.inspect(given))),
    async disconnect(given) {
      const ends = (await keepers((gateway) => gateway.disconnect(given))).filter((end) => end !== null)
      if (ends.length === 0) return null
      return {
        wasConnected: ends.some(({ wasConnected }) => wasConnected),
        sessionEnded: ends.every(({ sessionEnded }) => sessionEnded),
        messagesDropped: ends.reduce((sum, { messagesDropped }) => sum + messagesDropped, 0),
      }
    },
  }
}

const elsewhereCode = 'SESSIONS_ELSEWHERE'

/** The answers of a gateway that bridges: `broker` has the sessions, and its own way to show
 *  them. */
export function sessionsElsewhere(broker: string): ClientSessions {
  const refuse = async (): Promise<never> => {
    throw new Outage(elsewhereCode, `The cars' sessions are kept by ${broker}.`, { retryable: false })
  }
  return { list: refuse, inspect: refuse, disconnect: refuse }
}

/** One page out of a page of each: as far as the shortest of those that go on, since beyond it
 *  that gateway may have more. */
export function mergePages(pages: readonly SessionPage[], limit: number): SessionPage {
  const bounds = pages.flatMap(({ next }) => next ?? [])
  const bound = bounds.reduce<string | undefined>(
    (least, next) => (least === undefined || next < least ? next : least),
    undefined,
  )
  const byId = new Map<string, ClientSession>()
  for (const row of pages.flatMap(({ rows }) => rows)) {
    const other = byId.get(row.clientId)
    if (bound === undefined || row.clientId <= bound) byId.set(row.clientId, freshest([row, other ?? null]) ?? row)
  }
  const sorted = [...byId.values()].sort((one, other) => (one.clientId < other.clientId ? -1 : 1))
  const rows = sorted.slice(0, Math.min(limit, sessionPageRowsMax))
  const next = rows.length < sorted.length ? rows.at(-1)?.clientId : bound
  const total = { connected: 0, away: 0 }
  for (const page of pages) {
    total.connected += page.total.connected
    total.away += page.total.away
  }
  return { rows, total, ...(next === undefined ? {} : { next }) }
}

/** The row of one client among those of several gateways: of the one it is connected to, else
 *  the one it was last. */
function freshest<Row extends ClientSession | ClientSessionDetail>(found: readonly (Row | null)[]): Row | null {
  const rank = (row: Row): number => (row.state === 'connected' ? Number.POSITIVE_INFINITY : row.sinceAt)
  return found.reduce((best, row) => (row === null || (best !== null && rank(best) >= rank(row)) ? best : row), null)
}

/** Connections, their ends and reason codes added up, and the slowest acknowledgements. */
export function addUpReports(reports: readonly GatewayReport[]): Omit<GatewayReport, 'port' | 'addresses'> {
  const disconnects: Record<string, number> = {}
  for (const report of reports)
    for (const [reason, count] of Object.entries(report.disconnects))
      disconnects[reason] = (disconnects[reason] ?? 0) + count
  const connections = reports.flatMap((report) => report.connections ?? [])
  const acks = reports.flatMap(({ ack }) => ack ?? [])
  return {
    connections: connections.length === 0 ? null : connections.reduce((sum, count) => sum + count),
    ack:
      acks.length === 0
        ? null
        : { p50: Math.max(...acks.map(({ p50 }) => p50)), p99: Math.max(...acks.map(({ p99 }) => p99)) },
    disconnects,
    reasonCodes: addUpReasonCodes(reports.flatMap(({ reasonCodes }) => reasonCodes)),
    bridge: reports.find(({ bridge }) => bridge !== null)?.bridge ?? null,
    refusal: reports.find(({ refusal }) => refusal !== null)?.refusal ?? null,
  }
}
