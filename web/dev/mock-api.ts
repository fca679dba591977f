// An API that answers by the contract out of made-up cars, for developing and measuring the
// dashboard without the rest:
//   node web/dev/mock-api.ts --port 8080 --cars 2000        then open the address it prints
// Serves web/dist as well, under the same policy as the real one. Never part of a build.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Listing, Place, RegistryView, VehicleRow } from '../../src/api/contract.ts'
import { securityHeaders } from '../../src/api/security-headers.ts'
import { noFields } from '../../src/model/registry.ts'
import { allPermissions } from '../../src/rights/permissions.ts'
import { loadCity } from '../../src/city/city.ts'
import { streetMap } from '../../src/city/street-map.ts'
import { carState } from '../src/live/car-columns.ts'
import { readCommandLine } from './command-line.ts'
import { createFleet, speedNow, timesOf, type MockCar } from './mock-cars.ts'
import { anomaliesOf } from './mock-anomalies.ts'
import { createHistory, detailOf, ledgerOf, messagesOf, systemOf } from './mock-history.ts'
import { seriesOf } from './mock-series.ts'
import { openMockLive } from './mock-live.ts'
import { createMockAccount } from './mock-account.ts'
import { createMockAudit } from './mock-audit.ts'
import { createMockShares } from './mock-shares.ts'
import { createMockSessions } from './mock-sessions.ts'

export type MockApi = AsyncDisposable & { readonly origin: string; announceCrash(): void; readonly token: string }
export type MockOptions = {
  readonly port: number
  readonly cars: number
  readonly seed?: number
  /** No administrator yet. */ readonly fresh?: boolean
  readonly trips?: number
  /** The first cars stand at these places. */ readonly standing?: readonly Place[]
}

const dist = new URL('../dist/', import.meta.url)
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const password = 'correct horse battery'
const token = 'mock-token'

type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
const ok = (body: unknown): Answer => ({ status: 200, body })
const problem = (status: number, title: string, detail: string): Answer => ({
  status,
  body: { type: `/problems/${title.toLowerCase().replaceAll(' ', '-')}`, title, status, detail },
})
const missing = (what: string): Answer => problem(404, 'Not found', `There is no ${what} of this id.`)

function page<Row>(rows: readonly Row[], query: URLSearchParams): Listing<Row> {
  const limit = Math.min(500, Number(query.get('limit') ?? 50))
  const from = Number(query.get('after') ?? 0)
  const part = rows.slice(from, from + limit)
  return from + limit < rows.length ? { rows: part, next: String(from + limit) } : { rows: part }
}

/** Listens on 127.0.0.1. The administrator is `admin` with the password `correct horse battery`. */
export async function openMockApi({
  port,
  cars,
  seed = 1,
  fresh = false,
  trips: tripCount = 120,
  standing = [],
}: MockOptions): Promise<MockApi> {
  const startedAt = Date.now()
  const map = streetMap(await loadCity())
  const mapJson = JSON.stringify(map)
  const fleet = createFleet(map, cars, seed, startedAt)
  const { trips, tracks, alerts } = createHistory(fleet, startedAt, tripCount)
  standing.forEach((place, index) =>
    Object.assign(fleet.cars[index] ?? {}, place, { parkedUntilAt: Infinity, silent: false }),
  )
  for (const car of fleet.cars) if (car.silent) car.at = startedAt - 400_000
  const live = openMockLive(fleet)
  const sessions = createMockSessions(fleet)
  const shares = createMockShares(fleet)
  const audit = createMockAudit(startedAt)
  const account = createMockAccount(startedAt)
  const byName = new Map(fleet.cars.map((car) => [car.vehicle, car]))
  let needed = fresh

  const row = (car: MockCar): VehicleRow => ({
    vehicle: car.vehicle,
    kind: null,
    model: null,
    version: null,
    name: null,
    plate: null,
    powertrain: car.powertrain,
    ...timesOf(car),
    speedKmh: speedNow(car),
    place: car.placed ? { lat: car.lat, lon: car.lon } : null,
    energyPercent: car.energyPercent,
  })

  function vehicles(query: URLSearchParams): Answer {
    const search = (query.get('search') ?? '').toLowerCase()
    const found = fleet.cars.filter(
      (car) =>
        car.vehicle.includes(search) &&
        (query.get('powertrain') ?? car.powertrain) === car.powertrain &&
        (query.get('state') ?? '') in { '': 1, [carState(Date.now() - car.at, speedNow(car))]: 1 },
    )
    if (query.get('sort') === 'receivedAt') found.sort((a, b) => b.at - a.at)
    return ok({ ...page(found.map(row), query), total: found.length })
  }

  function vehicle(car: MockCar, [part, ...more]: readonly string[], query: URLSearchParams): Answer {
    if (part === undefined) return ok(detailOf(car, Date.now()))
    if (part === 'track') {
      const trip = trips.find(
        (candidate) => candidate.vehicle === car.vehicle && candidate.endAt > Number(query.get('from') ?? 0),
      )
      return ok(trip === undefined ? { at: [], lat: [], lon: [], speedKmh: [], truncated: false } : tracks.get(trip.id))
    }
    if (part === 'signals') return ok(seriesOf(car, more[0] ?? '', Number(query.get('from')), Number(query.get('to'))))
    if (part === 'registry')
      return ok({ ...noFields, vehicle: car.vehicle, version: 0, isVinShown: true, doubts: [] } satisfies RegistryView)
    if (part === 'shares') return ok(page(shares.list(car.vehicle), query))
    const stream = query.get('stream')
    return part === 'messages'
      ? ok(
          page(
            messagesOf(car).filter((message) => stream === null || message.stream === stream),
            query,
          ),
        )
      : missing('resource')
  }

  function get(path: readonly string[], query: URLSearchParams): Answer {
    const [resource, id, part] = path
    const ofVehicle = <Row extends { readonly vehicle: string }>(rows: readonly Row[]): readonly Row[] =>
      rows.filter((item) => (query.get('vehicle') ?? item.vehicle) === item.vehicle)
    switch (resource) {
      case 'vehicles': {
        if (id === undefined) return vehicles(query)
        const car = byName.get(id)
        return car === undefined ? missing('vehicle') : vehicle(car, path.slice(2), query)
      }
      case 'trips':
        if (id === undefined)
          return ok(
            page(
              ofVehicle(trips).filter(({ endAt }) => endAt >= Number(query.get('from') ?? 0)),
              query,
            ),
          )
        return ok((part === 'track' ? tracks.get(id) : trips.find((trip) => trip.id === id)) ?? missing('trip').body)
      case 'alerts': {
        if (id === undefined) return ok(page(ofVehicle(alerts), query))
        const alert = alerts.find((candidate) => candidate.id === id)
        return alert === undefined ? missing('alert') : ok(alert)
      }
      case 'ledger': {
        const entries = ofVehicle(fleet.cars.flatMap(ledgerOf))
        return ok(
          page(
            query.get('troubled') === 'true'
              ? entries.filter((entry) => entry.duplicate + entry.missing + entry.late + entry.refused > 0)
              : entries,
            query,
          ),
        )
      }
      case 'anomalies':
        return ok(page(ofVehicle(fleet.cars.flatMap(anomaliesOf)), query))
      case 'sessions':
        if (query.get('search') === 'gateway')
          return problem(
            503,
            'Gateway unreachable',
            'No gateway answers. Start one (`roadstream gateway`) on the same machine, and try again.',
          )
        return sessions.get(id, part, query)
      case 'audit':
        return ok(id === 'verification' ? audit.verification() : page(audit.list(query), query))
      case 'system':
        return ok(systemOf(fleet, startedAt))
      case undefined:
      default:
        return missing('resource')
    }
  }

  const session = {
    name: 'admin',
    tenant: 'demo',
    roles: ['administrator'],
    permissions: allPermissions,
    hasPassword: true,
  }
  const signedIn: Answer = {
    status: 201,
    body: session,
    headers: { 'set-cookie': 'mock=1; HttpOnly; SameSite=Strict; Path=/' },
  }

  async function answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
    const body =
      request.method === 'POST'
        ? ((await new Response(request as unknown as ReadableStream).json()) as Record<string, string>)
        : {}
    if (path[0] === 'setup') {
      if (request.method === 'GET') return ok({ needed })
      if (!needed || body['token'] !== token)
        return problem(
          403,
          'Link used up',
          'This one-time link is not valid any more. Restart Roadstream to get a new one.',
        )
      needed = false
      return signedIn
    }
    if (path[0] === 'session' && request.method === 'POST')
      return body['name'] === session.name && body['password'] === password
        ? signedIn
        : problem(401, 'Sign-in refused', 'Name or password is wrong.')
    if (path[0] === 'share')
      return shares.look(request.headers.authorization, path[1]) ?? problem(401, 'Share ended', 'The link has ended.')
    if (request.headers.cookie?.includes('mock=1') !== true) return problem(401, 'Not signed in', 'Sign in first.')
    if (path[0] === 'session')
      return request.method === 'DELETE'
        ? { status: 204, headers: { 'set-cookie': 'mock=; Max-Age=0; Path=/' } }
        : ok(session)
    if (path[0] === 'account' && path[1] === 'sign-ins')
      return request.method === 'DELETE' ? { status: account.end(path[2]) ? 204 : 404 } : ok(account.list())
    if (path[0] === 'people') return ok({ rows: path[1] === 'invitations' ? [] : account.people })
    if (path[0] === 'sessions' && request.method === 'DELETE')
      return ok(sessions.end(path[2] ?? '', path[3] !== 'connection'))
    const [, vehicleId = '', part, share] = path
    if (part === 'shares' && request.method === 'POST') return { status: 201, body: shares.make(vehicleId, body) }
    if (part === 'shares' && request.method === 'DELETE') return { status: shares.end(share ?? '') ? 204 : 404 }
    return get(path, url.searchParams)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock')
    if (!url.pathname.startsWith('/api/')) return sendFile(url.pathname, response)
    if (url.pathname === '/api/v1/live' && request.headers.authorization !== undefined) {
      const shared = shares.find(request.headers.authorization)
      return shared === undefined ? void response.writeHead(401).end() : live.join(response, shared.vehicle)
    }
    if (url.pathname === '/api/v1/live' && request.headers.cookie?.includes('mock=1') === true)
      return live.join(response)
    if (url.pathname === '/api/v1/map/streets.json')
      return void response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=3600' })
        .end(mapJson)
    const { status, body, headers } = await answer(request, url)
    response.writeHead(status, {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      ...headers,
    })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error(error)
      response.writeHead(500).end()
    })
  })
  const origin = await listen(server, port)
  return {
    origin,
    token,
    announceCrash() {
      const car = fleet.cars[5]
      if (car === undefined) return
      const alert = {
        tenant: 'demo',
        vehicle: car.vehicle,
        id: `alert-${Date.now()}`,
        kind: 'crash',
        severity: 'critical',
        status: 'confirmed',
        at: Date.now(),
        place: { lat: car.lat, lon: car.lon },
        evidence: { airbag: true, pulseMs2: 182.3, speedBeforeKmh: 52 },
        receivedAt: Date.now(),
        clock: null,
        clockDoubt: null,
      } as const
      alerts.unshift(alert)
      live.announce(alert)
    },
    async [Symbol.asyncDispose]() {
      live.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const file = path.includes('..') || extname(path) === '' ? 'index.html' : path.slice(1)
  const bytes = await readFile(new URL(file, dist)).catch(() => undefined)
  if (bytes === undefined) return void response.writeHead(404).end()
  response
    .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', ...securityHeaders(false) })
    .end(bytes)
}

const listen = (server: Server, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`)
    })
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readCommandLine('mock-api.ts [--port N] [--cars N] [--fresh]', {
    port: { type: 'string', default: '8080' },
    cars: { type: 'string', default: '2000' },
    fresh: { type: 'boolean', default: false },
  })
  const api = await openMockApi({ port: Number(values.port), cars: Number(values.cars), fresh: values.fresh })
  console.error(
    `mock API with ${values.cars} cars on ${api.origin} (admin / ${password}; setup link ${api.origin}/setup?token=${api.token})`,
  )
}
