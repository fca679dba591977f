// For the matrix of rights: vehicles of two tenants with equal ids, each with rows of every kind
// that bear its mark, people of every role over every scope, and what each of them sees.
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { NewRecord } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { ClientSessionDetail } from '../model/client-session.ts'
import { noFields } from '../model/registry.ts'
import { stepsOfPoints } from '../model/track-steps.ts'
import { trackMinuteMs } from '../read-models/tracks/tracks.ts'
import { ledgerRow } from '../read-models/rows.testing.ts'
import { wholeGrant, type Grant } from '../rights/grant.ts'
import { builtInRoles, permissionsOf, type CustomRole, type Permission } from '../rights/permissions.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import type { Storage } from '../storage/storage.ts'
import type { ClientSessions } from './api-options.ts'
import { fixtureNow, openFixture } from './api.testing.ts'
import type { PositionsEvent } from './contract.ts'
import { parseResumePoint } from './live/resume-point.ts'
import { openSse, type SseEvent } from './live/sse-client.ts'
import { alert, anomaly, trip, twin } from './rows.testing.ts'
import { hashOfShareToken } from './shares/share-token.ts'

export const matrixTenants = ['ours', 'theirs'] as const
export type MatrixTenant = (typeof matrixTenants)[number]

/** None is a part of another's name. */
export const matrixVehicles = ['car-north', 'car-deep', 'car-single', 'car-shift', 'car-past', 'car-apart'] as const
export type MatrixVehicle = (typeof matrixVehicles)[number]

const hourMs = 3_600_000
const minuteAt = Math.floor((fixtureNow - 600_000) / trackMinuteMs) * trackMinuteMs
export const markOf = (tenant: string, vehicle: string): string => `mark-${tenant}-${vehicle}`
/** Of all of a tenant. */
export const tenantMark = (tenant: string): string => `-${tenant}-`
export const vinOf = (vehicle: string): string =>
  `1M8GDM9AXKP0${42_700 + matrixVehicles.indexOf(vehicle as MatrixVehicle)}`
export const latitudeMark = '34.912345'
const place = { lat: -34.912345, lon: -56.154321 }
export const idOf = (kind: string, tenant: string, vehicle: string): string => `${kind}-${tenant}-${vehicle}`

/** Scopes, and the vehicles that each reaches now. */
export const matrixScopes: Readonly<
  Record<
    string,
    { readonly grant: Omit<Grant, 'role'>; readonly sees: readonly MatrixVehicle[]; readonly tenant?: MatrixTenant }
  >
> = {
  tenant: { grant: { scope: { of: 'tenant' } }, sees: matrixVehicles },
  group: { grant: { scope: { of: 'group', group: 'north' } }, sees: ['car-north', 'car-deep'] },
  vehicle: { grant: { scope: { of: 'vehicle', vehicle: 'car-single' } }, sees: ['car-single'] },
  assigned: { grant: { scope: { of: 'assigned' } }, sees: ['car-shift'] },
  expired: { grant: { scope: { of: 'tenant' }, expiresAt: fixtureNow - 1 }, sees: [] },
  ended: { grant: { scope: { of: 'vehicle', vehicle: 'car-single' }, until: fixtureNow - hourMs }, sees: [] },
  'other tenant': { grant: { scope: { of: 'tenant' } }, sees: matrixVehicles, tenant: 'theirs' },
}

const clerk: Omit<CustomRole, 'tenant'> = { name: 'clerk', may: ['vehicles:read', 'alerts:read', 'trips:read'] }
export const matrixRoles: readonly string[] = [...builtInRoles, clerk.name]
const customRoles: readonly CustomRole[] = matrixTenants.map((tenant) => ({ ...clerk, tenant }))
export const mayInMatrix = (role: string, permission: Permission): boolean =>
  permissionsOf(role, customRoles, 'ours').includes(permission)

async function fillVehicle(storage: Storage, tenant: MatrixTenant, vehicle: MatrixVehicle): Promise<void> {
  const mark = markOf(tenant, vehicle)
  const key = `${tenant}/${vehicle}`
  const signals = {
    'Vehicle.CurrentLocation.Latitude': { value: place.lat, at: fixtureNow - 1000 },
    'Vehicle.CurrentLocation.Longitude': { value: place.lon, at: fixtureNow - 1000 },
    'Vehicle.Mark': { value: mark, at: fixtureNow - 1000 },
  }
  await storage.twins.put([{ id: key, row: twin(tenant, vehicle, signals) }], {})
  const tripRow = { ...trip(tenant, idOf('trip', tenant, vehicle)), vehicle, start: place, end: place }
  await storage.trips.put([{ id: tripRow.id, row: tripRow }], {})
  const alertRow = { ...alert(tenant, idOf('alert', tenant, vehicle)), vehicle, place, evidence: { mark } }
  await storage.alerts.put([{ id: alertRow.id, row: alertRow }], {})
  const lastAt = { lastAt: minuteAt, lastReceivedAt: minuteAt + 200 }
  await storage.ledger.put(
    [{ id: `${key}/telemetry`, row: ledgerRow(vehicle, 'telemetry', { tenant, ...lastAt }) }],
    {},
  )
  const parts = [{ subject: mark, reason: 'range', count: 4 }]
  await storage.anomalies.put([{ id: `${key}/invalid`, row: anomaly(tenant, { vehicle, parts }) }], {})
  const points = { at: [minuteAt, minuteAt + 20_000], lat: [place.lat, place.lat], lon: [place.lon, place.lon] }
  const steps = stepsOfPoints(minuteAt, { ...points, speedKmh: [40, 41] })
  await storage.tracks.put([{ id: `${key}/${minuteAt}`, row: { tenant, vehicle, minuteAt, ...steps } }], {})
  const partition = matrixTenants.indexOf(tenant) * 100 + matrixVehicles.indexOf(vehicle)
  const message = { tenant, vehicle, stream: 'telemetry', at: minuteAt, receivedAt: minuteAt + 5 }
  await storage.messages.put(
    [{ id: `telemetry/${partition}/0`, row: { ...message, json: JSON.stringify({ boot: mark }) } }],
    {},
  )
  const share = { id: idOf('share', tenant, vehicle), tenant, vehicle, withTrip: true, makerId: mark, madeBy: mark }
  await storage.shares.add(
    { ...share, from: 0, until: fixtureNow + hourMs, madeAt: 1, usedAt: null },
    hashOfShareToken(`rsl_${share.id.padEnd(43, '_')}`) ?? '',
  )
}

async function fillPrograms(storage: Storage, tenant: MatrixTenant): Promise<void> {
  const made = { madeAt: 1, madeBy: markOf(tenant, 'somebody') }
  const program = { id: `program-${tenant}`, tenant, name: 'reports', grants: [wholeGrant('viewer')] }
  await storage.programs.add({ ...program, managesPeople: false, ...made })
  const token = { id: `token-${tenant}`, program: program.id, name: 'first', hash: tenant, expiresAt: 2, usedAt: null }
  await storage.programs.addToken({ ...token, ...made })
}

async function fillRegistry(storage: Storage): Promise<void> {
  const ofTenants = <Row>(rowsOf: (tenant: MatrixTenant) => readonly Row[]): readonly Row[] =>
    matrixTenants.flatMap(rowsOf)
  await storage.registry.write(
    {
      groups: ofTenants((tenant) => [
        { tenant, id: 'north', name: `north ${markOf(tenant, 'group')}`, parent: null },
        { tenant, id: 'depot', name: `depot ${markOf(tenant, 'group')}`, parent: 'north' },
        { tenant, id: 'spare', name: 'spare', parent: null },
      ]),
      entries: ofTenants((tenant) =>
        matrixVehicles.map((vehicle) => ({
          ...noFields,
          tenant,
          vehicle,
          name: `name ${markOf(tenant, vehicle)}`,
          plate: `P ${markOf(tenant, vehicle)}`,
          vin: vinOf(vehicle),
          groups: vehicle === 'car-north' ? ['north'] : vehicle === 'car-deep' ? ['depot'] : [],
        })),
      ),
      assignments: ofTenants((tenant) =>
        matrixRoles.flatMap((role) => {
          const of = { tenant, person: personOf(role, 'assigned') }
          return [
            { ...of, id: `${tenant}-${role}-now`, vehicle: 'car-shift', from: 1000, until: null },
            { ...of, id: `${tenant}-${role}-past`, vehicle: 'car-past', from: 1000, until: fixtureNow - hourMs },
          ]
        }),
      ),
      roles: customRoles,
    },
    0,
  )
}

const personOf = (role: string, scope: string): string => `${role} of ${scope}`

/** Sessions of all vehicles of both tenants, as gateways give them. */
const sessions: ClientSessions = {
  list: async ({ tenant, clientId, limit }) => {
    const rows = matrixVehicles
      .map((vehicle) => sessionOf(tenant, vehicle))
      .filter((row) => clientId === undefined || row.clientId === clientId)
    return { rows: rows.slice(0, limit), total: { connected: rows.length, away: 0 } }
  },
  inspect: async ({ tenant, clientId }) =>
    matrixVehicles.map((vehicle) => sessionOf(tenant, vehicle)).find((row) => row.clientId === clientId) ?? null,
  disconnect: async () => ({ wasConnected: true, sessionEnded: false, messagesDropped: 0 }),
}
const sessionOf = (tenant: string, vehicle: string): ClientSessionDetail => ({
  clientId: `${tenant}/${vehicle}`,
  vehicle,
  state: 'connected',
  sinceAt: 1,
  version: '5',
  transport: 'tcp',
  address: '192.0.2.1:5000',
  keepAliveS: 60,
  expiryS: 0,
  expiresAt: null,
  subscriptions: 1,
  queued: 0,
  inflight: 0,
  filters: [
    { filter: markOf(tenant, vehicle), qos: 1, noLocal: false, retainAsPublished: false, subscriptionId: null },
  ],
  queuedBytes: 0,
  will: null,
  limits: null,
  traffic: null,
})

export type Matrix = Awaited<ReturnType<typeof openMatrix>>

/** A system with one person of that role and scope, signed in. */
export async function openMatrix(role: string, scope: string) {
  const { grant, tenant = 'ours' } = matrixScopes[scope] ?? { grant: undefined }
  const storage = openMemoryStorage()
  for (const each of matrixTenants) for (const vehicle of matrixVehicles) await fillVehicle(storage, each, vehicle)
  for (const each of matrixTenants) await fillPrograms(storage, each)
  await fillRegistry(storage)
  const { log } = openMemoryLog({ partitions: 1 })
  const fixture = await openFixture(storage, log, {
    clientSessions: sessions,
    liveLimits: { tickMs: 2, gatherMs: 0, heartbeatMs: 2, reviewMs: 1_000_000 },
  })
  const name = personOf(role, scope)
  await fixture.addUser(name, tenant, grant === undefined ? [] : [{ role, ...grant }])
  for (const each of matrixTenants) await fixture.addUser(`bo-${each}`, each, 'viewer')
  const cookie = await fixture.signIn(name)

  /** All that the live feed tells of a move, an alert and a trip of each vehicle; `placed`: those
   *  whose places it will tell. */
  const followAll = async (placed: readonly string[]): Promise<readonly SseEvent[]> => {
    const { server } = fixture
    if (!server.server.listening) await server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.server.address() as AddressInfo
    const client = await openSse(`http://127.0.0.1:${port}/api/v1/live`, { cookie })
    while (client.lastEventId() === undefined) await nextTurn()
    await log.append(matrixTenants.flatMap((each) => matrixVehicles.flatMap((vehicle) => recordsOf(each, vehicle))))
    const wanted = matrixTenants.length * matrixVehicles.length
    const isThere = (): boolean =>
      Object.values(parseResumePoint(client.lastEventId() ?? '')?.offsets ?? {}).every(([offset]) => offset === wanted)
    while (!isThere()) await nextTurn()
    // All places that are seen are told in one tick; where none are, some ticks go by.
    const events: SseEvent[] = []
    const named = new Set<string>()
    while (!placed.every((vehicle) => named.has(vehicle))) {
      const event = await client.next()
      events.push(event)
      if (event.event === 'positions') for (const [, name] of (event.data as PositionsEvent).names) named.add(name)
    }
    for (let turns = 0; turns < 400; turns += 1) await nextTurn()
    client.close()
    for (;;) {
      const event = await client.next().catch(() => undefined)
      if (event === undefined) return events
      events.push(event)
    }
  }
  return { ...fixture, tenant, cookie, followAll }
}

function recordsOf(tenant: MatrixTenant, vehicle: MatrixVehicle): readonly NewRecord[] {
  const record = (topic: string, id: string, row: object): NewRecord => ({
    topic,
    key: `${tenant}/${vehicle}`,
    headers: { id },
    at: 1,
    value: Buffer.from(JSON.stringify(row)),
  })
  const [alertId, tripId] = [idOf('alert', tenant, vehicle), idOf('trip', tenant, vehicle)]
  return [
    record('twin', `${tenant}/${vehicle}`, twin(tenant, vehicle)),
    record('alert', alertId, { ...alert(tenant, alertId), vehicle, place }),
    record('trip', tripId, { ...trip(tenant, tripId), vehicle, start: place }),
  ]
}
