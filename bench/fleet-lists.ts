// The API over a large fleet on the embedded PostgreSQL: 100,000 vehicles in 50 groups and 1,000
// people; pages, searches and totals as those see them who see all, a group, or a few vehicles.
// Each request goes through the whole server but the socket.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fixtureNow, openFixture, type Fixture } from '../src/api/api.testing.ts'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { noFields } from '../src/model/registry.ts'
import { patch } from '../src/read-models/rows.testing.ts'
import type { Grant } from '../src/rights/grant.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import type { Storage } from '../src/storage/storage.ts'

export const title = 'The API over 100,000 vehicles, 50 groups and 1,000 people'

const vehicles = 100_000
const groups = 50
const people = 1_000
const tenant = 'ours'
const batch = 5_000
/** Of each row: some to warm up, then those that are timed. */
const warmUps = 10
const times = 200
const barMs = 100

const vehicleOf = (n: number): string => `car-${String(n).padStart(6, '0')}`
const groupOf = (n: number): string => `depot-${n % groups}`

async function fill(storage: Storage): Promise<void> {
  const random = seeded(1)
  for (let from = 0; from < vehicles; from += batch) {
    const numbers = Array.from({ length: batch }, (_, n) => from + n)
    await storage.twins.put(
      numbers.map((n) =>
        patch(
          vehicleOf(n),
          fixtureNow - Math.floor(random() * 600_000),
          {
            'Vehicle.Speed': n % 3 === 0 ? 0 : 50,
            'Vehicle.CurrentLocation.Latitude': -34.9 + random(),
            'Vehicle.CurrentLocation.Longitude': -56.1 + random(),
            'Vehicle.Powertrain.Type': 'COMBUSTION',
          },
          { tenant },
        ),
      ),
      {},
    )
    const entries = numbers.map((n) => ({
      ...noFields,
      tenant,
      vehicle: vehicleOf(n),
      name: `Van ${n}`,
      plate: `S${String.fromCodePoint(65 + (n % 26))}A ${n % 10_000}`,
      groups: [groupOf(n)],
    }))
    const { changed } = await storage.registry.version()
    assert.ok((await storage.registry.write({ entries }, changed)) !== undefined, 'nobody else writes')
  }
  const { changed } = await storage.registry.version()
  const named = Array.from({ length: groups }, (_, n) => ({ tenant, id: groupOf(n), name: `Depot ${n}`, parent: null }))
  await storage.registry.write({ groups: named }, changed)
  for (let n = 0; n < people; n++)
    await storage.users.add({
      id: `p${n}`,
      name: `Person ${n}`,
      passwordHash: null,
      identity: null,
      tenant,
      grants: [{ role: 'viewer', scope: { of: 'group', group: groupOf(n) } }],
    })
}

const askers: Readonly<Record<string, readonly Grant[]>> = {
  'all vehicles': [{ role: 'administrator', scope: { of: 'tenant' } }],
  'a group of 2,000': [{ role: 'operator', scope: { of: 'group', group: 'depot-7' } }],
  'half of all': Array.from({ length: groups / 2 }, (_, n) => ({
    role: 'operator',
    scope: { of: 'group', group: groupOf(n) },
  })),
  'one vehicle': [{ role: 'viewer', scope: { of: 'vehicle', vehicle: vehicleOf(42_000) } }],
}
const requests: Readonly<Record<string, string>> = {
  'first page': '/vehicles?limit=50',
  'page last heard': '/vehicles?limit=50&sort=receivedAt',
  moving: '/vehicles?limit=50&state=moving',
  'search by name': '/vehicles?limit=50&search=van 4200',
  'search that finds nothing': '/vehicles?limit=50&search=nobody',
  'search that finds many': '/vehicles?limit=50&search=van',
}

async function time(fixture: Fixture, cookie: string, path: string): Promise<{ p50: number; p99: number }> {
  const taken: number[] = []
  for (let n = -warmUps; n < times; n++) {
    // A person's pace: the allowance of a session is not what is measured.
    fixture.clock.at += 1_000
    const began = performance.now()
    const { statusCode, body } = await fixture.get(`/api/v1${path}`, { cookie })
    const ms = performance.now() - began
    assert.equal(statusCode, 200, body)
    if (n >= 0) taken.push(ms)
  }
  taken.sort((one, other) => one - other)
  return { p50: taken[Math.floor(times * 0.5)] ?? Number.NaN, p99: taken[Math.floor(times * 0.99)] ?? Number.NaN }
}

export async function run(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-'))
  try {
    await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
    await fill(storage)
    await using fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
    console.log(`${''.padEnd(44)} ${'p50'.padStart(8)} ${'p99'.padStart(8)}   bar ${barMs} ms`)
    const row = async (name: string, cookie: string, path: string): Promise<void> => {
      const { p50, p99 } = await time(fixture, cookie, path)
      console.log(
        `${name.padEnd(44)} ${p50.toFixed(1).padStart(8)} ${p99.toFixed(1).padStart(8)}   ${p99 <= barMs ? 'met' : 'missed'}`,
      )
    }
    for (const [who, grants] of Object.entries(askers)) {
      await fixture.addUser(who, tenant, grants)
      const cookie = await fixture.signIn(who)
      for (const [what, path] of Object.entries(requests)) await row(`${who}: ${what}`, cookie, path)
      if (who === 'all vehicles') await row('people: a page of 1,000', cookie, '/people?limit=50')
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
