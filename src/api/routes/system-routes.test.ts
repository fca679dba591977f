import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, fixtureParts, openFixture } from '../api.testing.ts'
import type { ApiOptions } from '../api-options.ts'
import type { Anomaly, Listing, RoomReport, SystemState } from '../contract.ts'
import { anomaly, fillStorage } from '../rows.testing.ts'

async function open(more: Partial<ApiOptions> = {}) {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, more)
  await fixture.addUser('ana', 'ours')
  return { ...fixture, cookie: await fixture.signIn('ana') }
}

test('the system tells which ranges of the log are damaged, and null where the log cannot tell', async () => {
  const damaged = [{ topic: 'telemetry', partition: 3, from: 10, to: 20, records: null, foundAt: fixtureNow }]
  for (const [more, expected] of [
    [{ damage: async () => damaged }, damaged],
    [{ damage: async () => [] }, []],
    [{}, null],
  ] as const) {
    await using fixture = await open(more)
    assert.deepEqual(
      (await fixture.get('/api/v1/system', { cookie: fixture.cookie })).json<SystemState>().damaged,
      expected,
    )
  }
})

const unmeasured = { bytesPerDay: null, bytesPerDayPerCar: null, isSteady: null }
const room: RoomReport = {
  measuredMs: 3_600_000,
  measuredMsLeast: 900_000,
  cars: 12,
  stores: [
    {
      part: 'log',
      kind: 'topic',
      name: 'telemetry',
      bytes: 1_000_000,
      bytesPerDay: 240_000,
      bytesPerDayPerCar: 20_000,
      isSteady: false,
      retention: { keptMs: 604_800_000, bytesMax: 20e9, settings: ['ROADSTREAM_LOG_RETENTION'] },
      unknown: null,
    },
    {
      part: 'derived',
      kind: 'topic',
      name: 'twin',
      bytes: null,
      ...unmeasured,
      retention: { keptMs: null, bytesMax: null, settings: [] },
      unknown: 'kafka',
    },
  ],
  disks: [
    { holds: ['log'], freeBytes: 5, totalBytes: 10, fullAt: fixtureNow + 1, why: null, bytesToCome: 7 },
    { holds: ['tables'], freeBytes: 5, totalBytes: 10, fullAt: null, why: 'unknown', bytesToCome: null },
  ],
  logs: [{ part: 'log', bytes: 9, bytesMax: 64e9, fullAt: null, why: 'rests', bytesToCome: 3 }],
  elsewhere: [{ part: 'derived', at: 'kafka' }],
}

test('the system tells what is stored and what a day adds, unknown figures as null, and null where nothing is known', async () => {
  for (const [more, expected] of [
    [{ room: async () => room }, room],
    [{ room: async () => null }, null],
    [{}, null],
  ] as const) {
    await using fixture = await open(more)
    assert.deepEqual(
      (await fixture.get('/api/v1/system', { cookie: fixture.cookie })).json<SystemState>().room,
      expected,
    )
  }
})

test('the system tells what became of publishers’ messages, and null where nobody who translates them answers', async () => {
  for (const publishers of [fixtureParts.publishers, [], null]) {
    await using fixture = await open({ system: async () => ({ ...fixtureParts, publishers }) })
    const answer = await fixture.get('/api/v1/system', { cookie: fixture.cookie })
    assert.deepEqual(answer.json<SystemState>().publishers, publishers)
  }
})

test('anomalies are listed last heard first, by vehicle and by kind, summed for the system, and those of another tenant are not there', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const later = anomaly('ours', { kind: 'units', vehicle: 'car-2', count: 2, lastReceivedAt: fixtureNow })
  const doubted = anomaly('ours', {
    kind: 'doubted',
    vehicle: 'car-2',
    count: 7,
    parts: [{ subject: 'Vehicle.CurrentLocation', reason: 'jump', count: 7 }],
    lastReceivedAt: fixtureNow - 1,
  })
  const added = [later, doubted].map((row) => ({ id: `ours/car-2/${row.kind}`, row }))
  await fixture.options.storage.anomalies.put(added, {})
  const rows = async (query: string): Promise<readonly Anomaly[]> =>
    (await fixture.get(`/api/v1/anomalies?${query}`, { cookie })).json<Listing<Anomaly>>().rows
  assert.deepEqual(await rows(''), [later, doubted, anomaly('ours')])
  assert.deepEqual(await rows('vehicle=car-1'), [anomaly('ours')])
  assert.deepEqual(await rows('kind=units'), [later])
  assert.deepEqual(await rows('kind=doubted'), [doubted])
  assert.equal((await fixture.get('/api/v1/anomalies?kind=odd', { cookie })).statusCode, 400)
  const { lastReceivedAt } = anomaly('ours')
  assert.deepEqual((await fixture.get('/api/v1/system', { cookie })).json<SystemState>().anomalies, [
    { kind: 'invalid', vehicles: 1, count: 4, newest: [{ vehicle: 'car-1', count: 4, lastReceivedAt }] },
    {
      kind: 'doubted',
      vehicles: 1,
      count: 7,
      newest: [{ vehicle: 'car-2', count: 7, lastReceivedAt: fixtureNow - 1 }],
    },
    { kind: 'units', vehicles: 1, count: 2, newest: [{ vehicle: 'car-2', count: 2, lastReceivedAt: fixtureNow }] },
  ])
})
