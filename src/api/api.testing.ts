// The API on memory adapters, for tests: a clock that is set, passwords that are cheap, users of
// two tenants, requests without a socket.
import type { LightMyRequestResponse } from 'fastify'
import { Registry } from 'prom-client'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { wholeGrant, type Grant } from '../rights/grant.ts'
import type { BuiltInRole } from '../rights/permissions.ts'
import type { Storage } from '../storage/storage.ts'
import type { ApiOptions, ClientSessions, SystemParts } from './api-options.ts'
import type { StreetMap } from './contract.ts'
import type { LiveHub } from './live/live-hub.ts'
import { buildServer } from './server.ts'
import type { Server } from './server-types.ts'
import { createPasswords } from './session/password.ts'

export const cheapCost = { log2N: 4, r: 8, p: 1 }
export const fixtureNow = 1_800_000_000_000
export const fixturePassword = 'correct horse battery'

export const fixtureParts: SystemParts = {
  version: '1.2.3',
  startedAt: fixtureNow - 60_000,
  connected: 3,
  rates: { received: 10, stored: 9, refused: 1 },
  latencyMs: { ack: { p50: 1, p99: 2 }, row: null },
  disconnects: [{ reason: 'client', count: 2 }],
  reasonCodes: [
    {
      packet: 'suback',
      direction: 'sent',
      code: '0x87',
      name: 'Not authorized',
      isError: true,
      meaning: 'A foreign topic.',
      count: 1,
    },
    { packet: 'puback', direction: 'sent', code: '0x00', name: 'Success', isError: false, meaning: null, count: 9 },
  ],
  lag: [{ consumer: 'trips', topic: 'telemetry', records: 4, gathers: 0 }],
  memoryBytes: 1000,
  bridge: null,
  publishers: [
    {
      mapping: 'ovms',
      taken: 700,
      said: 8,
      refused: [{ reason: 'unknown-sender', count: 2 }],
      unknown: [{ foreignId: 'CAR9', count: 2 }],
      signals: [
        { signal: 'Vehicle.Speed', taken: 690, unknown: 9, invalid: 1 },
        { signal: 'Vehicle.TraveledDistance', taken: 0, unknown: 0, invalid: 0 },
      ],
      unread: ['m.tiresize'],
      rebirths: { asked: 0, unanswered: 0 },
    },
  ],
}
export const fixtureMap: StreetMap = {
  attribution: '© OpenStreetMap contributors, ODbL',
  bounds: [-56.3, -35, -56, -34.7],
  streets: [{ class: 'primary', name: 'Rambla', line: [-5616000, -3490000, 10, 10] }],
  areas: [],
}

const unreachable = (): Promise<never> =>
  Promise.reject(new Outage('ROLE_UNREACHABLE', 'There is no gateway.', { retryable: true }))
export const noGateway: ClientSessions = { list: unreachable, inspect: unreachable, disconnect: unreachable }

export type Fixture = AsyncDisposable & {
  readonly server: Server
  readonly hub: LiveHub
  readonly options: ApiOptions
  /** Set to move time. */
  readonly clock: { at: number; now(): number }
  addUser(name: string, tenant: string, role?: BuiltInRole | readonly Grant[]): Promise<void>
  /** The cookie of a new session. */
  signIn(name: string): Promise<string>
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  send(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>
}

export async function openFixture(
  storage: Storage,
  derived: EventLog,
  more: Partial<ApiOptions> = {},
): Promise<Fixture> {
  const clock = { at: fixtureNow, now: () => clock.at }
  const options: ApiOptions = {
    listen: { host: '127.0.0.1', port: 0 },
    storage,
    derived,
    streetMap: async () => fixtureMap,
    system: async () => fixtureParts,
    clientSessions: noGateway,
    metrics: async () => 'roadstream_up 1\n',
    setup: { tenant: 'ours' },
    sessionSecret: new Uint8Array(32).fill(7),
    clock,
    logger: silentLogger,
    registry: new Registry(),
    passwordCost: cheapCost,
    ...more,
  }
  const { server, hub } = await buildServer(options)
  const passwords = createPasswords(cheapCost)
  const send: Fixture['send'] = (method, url, body, headers = {}) =>
    server.inject({
      method,
      url,
      headers: { host: 'localhost', ...headers },
      ...(body === undefined ? {} : { payload: body }),
    })
  return {
    server,
    hub,
    options,
    clock,
    send,
    get: (url, headers = {}) => server.inject({ method: 'GET', url, headers: { host: 'localhost', ...headers } }),
    async addUser(name, tenant, role = 'administrator') {
      const passwordHash = await passwords.hash(fixturePassword, { name, isPreferred: false })
      await storage.users.add({
        identity: null,
        id: name,
        name,
        tenant,
        grants: typeof role === 'string' ? [wholeGrant(role)] : role,
        passwordHash,
      })
    },
    async signIn(name) {
      return cookieOf(await send('POST', '/api/v1/session', { name, password: fixturePassword }))
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

export const cookieOf = (response: LightMyRequestResponse): string =>
  [response.headers['set-cookie']].flat()[0]?.split(';')[0] ?? ''
