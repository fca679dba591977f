// Lists, details, counts and tracks as somebody with any grants sees them, against what an
// administrator sees: the same rows without those out of sight, and nothing told of the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import {
  alertRow,
  anomalyRow,
  ledgerRow,
  messageRow,
  patch,
  toKeep,
  trackRow,
  tripRow,
} from '../read-models/rows.testing.ts'
import type { Grant } from '../rights/grant.ts'
import { builtInRoles, roles, type Permission } from '../rights/permissions.ts'
import type { Assignment, Organisation } from '../rights/sight.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { fixtureNow, openFixture, type Fixture } from './api.testing.ts'

const hourMs = 3_600_000
const now = fixtureNow
const vehicles = ['car-0', 'car-1', 'car-2', 'bus-3'] as const
const groupsOf: Readonly<Record<string, readonly string[]>> = {
  'car-0': ['depot'],
  'car-1': ['south', 'depot'],
  'car-2': ['south'],
  'bus-3': [],
}
const assigned: readonly Assignment[] = [
  { vehicle: 'car-0', from: now - 5 * hourMs, until: now - 2 * hourMs },
  { vehicle: 'bus-3', from: now - hourMs, until: null },
]
const organisation: Organisation = {
  version: 1,
  customRoles: [],
  groupsWithin: (_tenant, group) => (group === 'north' ? ['north', 'depot'] : [group]),
  groupsOf: (_tenant, vehicle) => groupsOf[vehicle] ?? [],
  vehiclesIn: (_tenant, groups) =>
    vehicles.filter((vehicle) => groupsOf[vehicle]?.some((group) => groups.includes(group))),
  assignedTo: (_tenant, person) => (person === 'eve' ? assigned : []),
}

/** Rows of both tenants, whose vehicles have the same ids. */
async function fill(storage: Storage): Promise<void> {
  const of = vehicles.flatMap((vehicle, n) => ['ours', 'theirs'].map((tenant) => ({ tenant, vehicle, n })))
  const hours = [0, 1, 2, 3, 4, 5, 6]
  const numbered = <Row extends { readonly tenant: string }>(rows: readonly Row[]) =>
    rows.map((row, index) => ({ id: `${row.tenant}-${index}`, row: { ...row, id: `${row.tenant}-${index}` } }))
  await storage.twins.put(
    of.map(({ n, ...ref }) =>
      patch(
        ref.vehicle,
        now - n * 1000,
        {
          'Vehicle.Speed': n * 10,
          'Vehicle.CurrentLocation.Latitude': -34.9 + n / 100,
          'Vehicle.CurrentLocation.Longitude': -56.1,
        },
        { tenant: ref.tenant },
      ),
    ),
    {},
  )
  const each = of.flatMap((ref) => hours.map((hour) => ({ ...ref, at: now - hour * hourMs })))
  await storage.trips.put(
    numbered(
      each.map(({ tenant, vehicle, at }) =>
        tripRow('', { tenant, vehicle, startAt: at - hourMs / 2, endAt: at, receivedAt: at, end: { lat: 1, lon: 1 } }),
      ),
    ),
    {},
  )
  await storage.alerts.put(
    numbered(each.map(({ tenant, vehicle, at }) => alertRow('', { tenant, vehicle, at, receivedAt: at }))),
    {},
  )
  await storage.ledger.put(numbered(of.map(({ tenant, vehicle }) => ledgerRow(vehicle, 'telemetry', { tenant }))), {})
  await storage.anomalies.put(numbered(of.map(({ tenant, vehicle }) => anomalyRow(vehicle, 'doubted', { tenant }))), {})
  await storage.messages.put(
    each.map(({ tenant, vehicle, at }, index) => ({
      id: `event/0/${index}`,
      row: toKeep(messageRow(at, { tenant, vehicle, stream: 'event', body: { from: vehicle } })),
    })),
    {},
  )
  await storage.tracks.put(
    each.map(({ tenant, vehicle, at }) => {
      const minuteAt = Math.floor((at - 60_000) / 60_000) * 60_000
      return { id: `${tenant}/${vehicle}/${minuteAt}`, row: trackRow(minuteAt, { tenant, vehicle }) }
    }),
    {},
  )
}

/** Whether one of the grants gives it, as their definition says. */
function givenBy(
  grants: readonly Grant[],
  needed: readonly Permission[],
  vehicle: string,
  instants: readonly number[],
): boolean {
  return grants.some(({ role, scope, from = -Infinity, until = Infinity, expiresAt = Infinity }) => {
    const may: readonly Permission[] = roles[role as keyof typeof roles].may
    if (expiresAt <= now || !needed.every((each) => may.includes(each))) return false
    const isIn = (at: number): boolean => at >= from && at < until
    if (!instants.every(isIn)) return false
    switch (scope.of) {
      case 'tenant':
        return true
      case 'vehicle':
        return scope.vehicle === vehicle
      case 'group':
        return organisation.groupsWithin('ours', scope.group).some((group) => groupsOf[vehicle]?.includes(group))
      case 'assigned':
        return assigned.some(
          (each) =>
            each.vehicle === vehicle && instants.every((at) => at >= each.from && at < (each.until ?? Infinity)),
        )
    }
  })
}

const anyInstant = fc.option(
  fc.integer({ min: -7 * 2, max: 2 }).map((halves) => now + (halves * hourMs) / 2 + 1),
  { nil: undefined },
)
const anyGrant: fc.Arbitrary<Grant> = fc
  .record({
    role: fc.constantFrom(...builtInRoles),
    scope: fc.oneof(
      fc.constant({ of: 'tenant' } as const),
      fc.constant({ of: 'assigned' } as const),
      fc.constantFrom('north', 'south', 'empty').map((group) => ({ of: 'group', group }) as const),
      fc.constantFrom(...vehicles, 'nobody').map((vehicle) => ({ of: 'vehicle', vehicle }) as const),
    ),
    from: anyInstant,
    until: anyInstant,
    expiresAt: anyInstant,
  })
  .map(({ role, scope, ...times }) => ({
    role,
    scope,
    ...Object.fromEntries(Object.entries(times).filter(([, at]) => at !== undefined)),
  }))

type Row = Readonly<Record<string, unknown>> & { readonly vehicle: string }
type List = {
  readonly path: string
  readonly needs: Permission
  readonly asked: Readonly<Record<string, readonly string[]>>
  /** When a row happened; none: it tells of now. */
  readonly instants: (row: Row) => readonly number[]
  readonly places: readonly string[]
}
const number = (value: unknown): number => Number(value)
const near = ['-34.9,-56.1,500', '1,1,1000']
const lists: readonly List[] = [
  {
    path: '/vehicles',
    needs: 'vehicles:read',
    asked: { search: ['car', 'BUS', '1'], state: ['moving', 'parked'], sort: ['receivedAt', 'vehicle'], near },
    instants: () => [],
    places: ['place'],
  },
  {
    path: '/trips',
    needs: 'trips:read',
    asked: { vehicle: vehicles, from: [String(now - 3 * hourMs)], near },
    instants: ({ startAt, endAt }) => [number(startAt), number(endAt)],
    places: ['start', 'end'],
  },
  {
    path: '/alerts',
    needs: 'alerts:read',
    asked: { vehicle: vehicles },
    instants: ({ receivedAt }) => [number(receivedAt)],
    places: ['place'],
  },
  { path: '/ledger', needs: 'quality:read', asked: { vehicle: vehicles }, instants: () => [], places: [] },
  { path: '/anomalies', needs: 'quality:read', asked: { vehicle: vehicles }, instants: () => [], places: [] },
]

type Answer = {
  readonly status: number
  readonly rows: readonly Row[]
  readonly totals: readonly unknown[]
  readonly text: string
}

async function readAll(
  fixture: Fixture,
  cookie: string,
  path: string,
  asked: URLSearchParams,
  limit: number,
): Promise<Answer> {
  const rows: Row[] = []
  const totals: unknown[] = []
  let text = ''
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams(asked)
    query.set('limit', String(limit))
    if (after !== undefined) query.set('after', after)
    const answer = await fixture.get(`/api/v1${path}?${query.toString()}`, { cookie })
    text += answer.body
    if (answer.statusCode !== 200) return { status: answer.statusCode, rows, totals, text }
    const page = answer.json<{ rows: Row[]; next?: string; total?: number }>()
    rows.push(...page.rows)
    if (page.total !== undefined) totals.push(page.total)
    after = page.next
    if (after === undefined) return { status: 200, rows, totals, text }
  }
}

test('whatever is asked for, in whatever pages, rows and totals are those in sight', async () => {
  const storage = openMemoryStorage()
  await fill(storage)
  await using fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, { organisation })
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('eve', 'ours', [])
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyGrant, { maxLength: 3 }),
      fc.constantFrom(...lists),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      async (grants, { path, needs, asked, instants, places }, chance) => {
        const next = (): number => chance.next().value ?? 0
        const query = new URLSearchParams()
        for (const [name, values] of Object.entries(asked))
          if (next() < 0.3) query.set(name, values[Math.floor(next() * values.length)] ?? '')
        await storage.users.setGrants('eve', grants)
        // Anew each time: a session has an allowance of requests.
        const [eve, administrator] = [await fixture.signIn('eve'), await fixture.signIn('ana')]
        const all = await readAll(fixture, administrator, path, query, 500)
        const seen = await readAll(fixture, eve, path, query, 1 + Math.floor(next() * 9))
        const needed: readonly Permission[] = query.has('near') ? [needs, 'places:read'] : [needs]
        const mayAtAll = needed.every((each) =>
          grants.some(({ role, expiresAt = Infinity }) => {
            const may: readonly Permission[] = roles[role as keyof typeof roles].may
            return expiresAt > now && may.includes(each)
          }),
        )
        assert.deepEqual([all.status, seen.status], [200, mayAtAll ? 200 : 403], seen.text)
        if (!mayAtAll) return
        const timesOf = (row: Row): readonly number[] => {
          const times = instants(row)
          return times.length === 0 ? [now] : times
        }
        const wanted = all.rows
          .filter((row) => givenBy(grants, needed, row.vehicle, timesOf(row)))
          .map((row) =>
            givenBy(grants, ['places:read'], row.vehicle, timesOf(row))
              ? row
              : { ...row, ...Object.fromEntries(places.map((name) => [name, null])) },
          )
        assert.deepEqual(seen.rows, wanted)
        assert.ok(
          seen.totals.every((total) => total === wanted.length),
          `${String(seen.totals)} of ${wanted.length}`,
        )
        for (const vehicle of vehicles)
          if (!wanted.some((row) => row.vehicle === vehicle))
            assert.ok(!seen.text.includes(vehicle), `${vehicle} is told`)
      },
    ),
    { numRuns: 300 },
  )
})

test('of one vehicle, trip or alert is told what is in sight, and all else is as if it were not there', async () => {
  const storage = openMemoryStorage()
  await fill(storage)
  await using fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, { organisation })
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('eve', 'ours', [])
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyGrant, { maxLength: 3 }),
      fc.constantFrom(...vehicles),
      fc.nat(6),
      async (grants, vehicle, hour) => {
        await storage.users.setGrants('eve', grants)
        const [eve, ana] = [await fixture.signIn('eve'), await fixture.signIn('ana')]
        const get = (path: string, cookie: string) => fixture.get(`/api/v1${path}`, { cookie })
        const isGiven = (needed: readonly Permission[], ...instants: readonly number[]): boolean =>
          givenBy(grants, needed, vehicle, instants)
        /** The same as is told to the administrator, or the same as of what is not there. */
        const same = async (
          path: string,
          unknown: string,
          isThere: boolean,
          change: (whole: object) => object = (whole) => whole,
        ) => {
          const [seen, whole, none] = [await get(path, eve), await get(path, ana), await get(unknown, eve)]
          assert.equal(whole.statusCode, 200, whole.body)
          if (isThere) assert.deepEqual([seen.statusCode, seen.json()], [200, change(whole.json<object>())])
          else assert.deepEqual([seen.statusCode, seen.json()], [none.statusCode, none.json()])
        }
        const placeless =
          (...names: readonly string[]) =>
          (row: object): object => ({
            ...row,
            ...Object.fromEntries(names.map((name) => [name, null])),
          })
        const whole = (row: object): object => row

        await same(`/vehicles/${vehicle}`, '/vehicles/nobody', isGiven(['vehicles:read'], now), (detail) => {
          const { signals } = detail as { signals: { path: string }[] }
          const isShown = ({ path }: { path: string }) =>
            isGiven(['places:read'], now) || !path.includes('CurrentLocation')
          return { ...detail, signals: signals.filter(isShown) }
        })
        const { rows } = (await get(`/trips?vehicle=${vehicle}&limit=100`, ana)).json<{
          rows: { id: string; startAt: number; endAt: number }[]
        }>()
        const trip = rows[hour] ?? assert.fail()
        const tripPlaces = isGiven(['places:read'], trip.startAt, trip.endAt)
        await same(
          `/trips/${trip.id}`,
          '/trips/none',
          isGiven(['trips:read'], trip.startAt, trip.endAt),
          tripPlaces ? whole : placeless('start', 'end'),
        )
        await same(
          `/trips/${trip.id}/track`,
          '/trips/none/track',
          isGiven(['trips:read', 'places:read'], trip.startAt, trip.endAt),
        )
        const alerts = (await get(`/alerts?vehicle=${vehicle}&limit=100`, ana)).json<{
          rows: { id: string; receivedAt: number }[]
        }>().rows
        const alert = alerts[hour] ?? assert.fail()
        await same(
          `/alerts/${alert.id}`,
          '/alerts/none',
          isGiven(['alerts:read'], alert.receivedAt),
          isGiven(['places:read'], alert.receivedAt) ? whole : placeless('place'),
        )

        const messages = await get(`/vehicles/${vehicle}/messages?limit=100`, eve)
        const every = (await get(`/vehicles/${vehicle}/messages?limit=100`, ana)).json<{
          rows: { receivedAt: number }[]
        }>().rows
        if (messages.statusCode === 200)
          assert.deepEqual(
            messages.json<{ rows: object[] }>().rows,
            every.filter(({ receivedAt }) => isGiven(['messages:read'], receivedAt)),
          )
        else assert.equal(messages.statusCode, 403)
        const track = `/vehicles/${vehicle}/track?from=${now - 9 * hourMs}&to=${now}`
        const [points, allPoints] = [await get(track, eve), (await get(track, ana)).json<{ at: number[] }>()]
        const seenAt = allPoints.at.filter((at) => isGiven(['places:read'], at))
        if (points.statusCode === 200) assert.deepEqual(points.json<{ at: number[] }>().at, seenAt)
        else assert.deepEqual([seenAt, [403, 404].includes(points.statusCode)], [[], true])
      },
    ),
    { numRuns: 150 },
  )
})
