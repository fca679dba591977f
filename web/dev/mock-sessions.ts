// Made-up MQTT sessions of the made-up cars.
import type { ClientSession, ClientSessionDetail, ClientSessionListing, Disconnection } from '../../src/api/contract.ts'
import type { Fleet, MockCar } from './mock-cars.ts'

type Answer = { readonly status: number; readonly body: unknown }

export function createMockSessions({ cars }: Fleet) {
  const startedAt = Date.now()
  const disconnectedAt = new Map<string, number>()
  const ended = new Set<string>()

  const row = (car: MockCar, index: number): ClientSession => {
    const awayAt = disconnectedAt.get(car.vehicle)
    const isAway = awayAt !== undefined || index % 17 === 2
    const sinceAt = awayAt ?? startedAt - ((index * 7919) % 5000) * 1000
    return {
      clientId: `demo/${car.vehicle}`,
      vehicle: car.vehicle,
      state: isAway ? 'away' : 'connected',
      sinceAt,
      version: isAway ? null : index % 3 === 0 ? '3.1.1' : '5',
      transport: isAway ? null : index % 5 === 0 ? 'wss' : 'tls',
      address: isAway ? null : `10.${index % 7}.${index % 250}.${(index * 31) % 250}:${40_000 + (index % 20_000)}`,
      keepAliveS: isAway ? null : 60,
      expiryS: 604_800,
      expiresAt: isAway ? sinceAt + 604_800_000 : null,
      subscriptions: 1,
      queued: isAway ? index % 40 : 0,
      inflight: index % 11 === 0 ? 2 : 0,
    }
  }
  const detail = (session: ClientSession): ClientSessionDetail => ({
    ...session,
    filters: [
      {
        filter: `v1/${session.clientId}/down/#`,
        qos: 1,
        noLocal: false,
        retainAsPublished: false,
        subscriptionId: null,
      },
    ],
    queuedBytes: (session.queued + session.inflight) * 412,
    will:
      session.state === 'away'
        ? null
        : { topic: `v1/${session.clientId}/up/session`, qos: 1, retain: false, dueAt: null },
    limits: session.state === 'away' ? null : { receiveMaximum: 64, packetBytes: 262_144, topicAliases: 16 },
    traffic:
      session.state === 'away'
        ? null
        : {
            messagesReceived: 48_211,
            messagesSent: 12,
            bytesReceived: 9_812_733,
            bytesSent: 194_200,
            heardAt: Date.now() - 800,
          },
  })

  function list(query: URLSearchParams): ClientSessionListing {
    const search = (query.get('search') ?? '').toLowerCase()
    const matching = cars
      .map(row)
      .filter(
        ({ vehicle }) =>
          !ended.has(vehicle ?? '') && (query.get('vehicle') ?? vehicle) === vehicle && vehicle?.includes(search),
      )
    const shown = matching.filter(({ state }) => (query.get('state') ?? state) === state)
    const from = Number(query.get('after') ?? 0)
    const limit = Number(query.get('limit') ?? 100)
    const connected = matching.filter(({ state }) => state === 'connected').length
    return {
      rows: shown.slice(from, from + limit),
      total: { connected, away: matching.length - connected },
      ...(from + limit < shown.length ? { next: String(from + limit) } : {}),
    }
  }

  return {
    get(_tenant: string | undefined, client: string | undefined, query: URLSearchParams): Answer {
      if (client === undefined) return { status: 200, body: list(query) }
      const index = cars.findIndex(({ vehicle }) => vehicle === client)
      const car = cars[index]
      if (car === undefined || ended.has(client))
        return {
          status: 404,
          body: { type: '/problems/not-found', title: 'Not found', status: 404, detail: 'There is no such session.' },
        }
      return { status: 200, body: detail(row(car, index)) }
    },
    end(vehicle: string, endSession: boolean): Disconnection {
      const wasConnected = !disconnectedAt.has(vehicle)
      disconnectedAt.set(vehicle, Date.now())
      if (endSession) ended.add(vehicle)
      return { wasConnected, sessionEnded: endSession, messagesDropped: endSession ? 2 : 0 }
    },
  }
}
