import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../base/logger.ts'
import type { ClientSession, SessionPage } from '../model/client-session.ts'
import { addUpReports, allSessions, mergePages, sessionsElsewhere } from './gateways.ts'
import { answerTo, type Answers } from './question-carrier.ts'
import { callerOf, type GatewayQuestions, type GatewayReport } from './questions.ts'

const row = (clientId: string, change: Partial<ClientSession> = {}): ClientSession => ({
  clientId,
  vehicle: null,
  state: 'away',
  sinceAt: 0,
  version: null,
  transport: null,
  address: null,
  keepAliveS: null,
  expiryS: 0,
  expiresAt: null,
  subscriptions: 0,
  queued: 0,
  inflight: 0,
  ...change,
})

/** As a gateway gives it. */
function pageOf(ids: readonly string[], limit: number, after: string): SessionPage {
  const rest = ids.filter((id) => id > after).sort()
  const rows = rest.slice(0, limit).map((id) => row(id))
  const next = rest.length > limit ? rows.at(-1)?.clientId : undefined
  return { rows, total: { connected: 0, away: ids.length }, ...(next === undefined ? {} : { next }) }
}

test('pages of several gateways put together are all their sessions in order, each once', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 2 }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(ids, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 5 }), (gateways, limit) => {
      const listed: string[] = []
      for (let after: string | undefined = ''; after !== undefined;) {
        const from: string = after
        const page: SessionPage = mergePages(
          gateways.map((gateway) => pageOf(gateway, limit, from)),
          limit,
        )
        assert.ok(page.rows.length <= limit)
        listed.push(...page.rows.map(({ clientId }) => clientId))
        after = page.next
      }
      assert.deepEqual(listed, [...new Set(gateways.flat())].sort())
    }),
  )
})

test('of a client that two gateways know, the connected session is shown, else the one it left last', () => {
  const page = (...rows: readonly ClientSession[]): SessionPage => ({ rows, total: { connected: 1, away: 0 } })
  const connected = row('t/a', { state: 'connected', sinceAt: 1 })
  const older = row('t/a', { sinceAt: 2 })
  const newer = row('t/a', { sinceAt: 3 })
  assert.deepEqual(mergePages([page(newer), page(connected), page(older)], 10).rows, [connected])
  assert.deepEqual(mergePages([page(older), page(newer)], 10), { rows: [newer], total: { connected: 2, away: 0 } })
})

test('reports add up, and the slowest acknowledgements stand for all', () => {
  const counted = (code: number, count: number) => ({ packet: 'connack', direction: 'sent', code, count }) as const
  const one: GatewayReport = {
    port: 1,
    addresses: [],
    connections: 2,
    bridge: null,
    ack: { p50: 1, p99: 9 },
    disconnects: { client: 1 },
    reasonCodes: [counted(0, 2), counted(0x86, 1)],
    refusal: null,
  }
  const other: GatewayReport = {
    port: 2,
    addresses: [],
    connections: 3,
    bridge: null,
    ack: { p50: 2, p99: 8 },
    disconnects: { client: 2, lost: 1 },
    reasonCodes: [counted(0, 3), { ...counted(0, 4), direction: 'received' }],
    refusal: { code: 'LOG_DENIED', message: 'Nobody is let in.' },
  }
  assert.deepEqual(addUpReports([one, other]), {
    connections: 5,
    ack: { p50: 2, p99: 9 },
    disconnects: { client: 3, lost: 1 },
    reasonCodes: [counted(0, 5), counted(0x86, 1), { ...counted(0, 4), direction: 'received' }],
    bridge: null,
    refusal: { code: 'LOG_DENIED', message: 'Nobody is let in.' },
  })
  assert.equal(addUpReports([{ ...one, ack: null }]).ack, null)
})

test('a gateway that bridges has no sessions to add, and when all do, the broker that has them is named', async () => {
  const peer = (answers: Answers): GatewayQuestions =>
    callerOf.gateway((question) => answerTo(answers, question, silentLogger))
  const peersOf = (...peers: readonly GatewayQuestions[]) => ({
    all: <Value>(ask: (one: GatewayQuestions) => Promise<Value>) => Promise.all(peers.map(ask)),
  })
  const bridge = peer(sessionsElsewhere('mqtt://broker:1883'))
  const own = peer({ list: () => ({ rows: [row('t/a')], total: { connected: 0, away: 1 } }) })
  const query = { tenant: 't', limit: 10 }
  assert.deepEqual((await allSessions(peersOf(bridge, own)).list(query)).rows, [row('t/a')])
  await assert.rejects(allSessions(peersOf(bridge)).list(query), {
    code: 'SESSIONS_ELSEWHERE',
    message: /mqtt:\/\/broker:1883/,
  })
})
