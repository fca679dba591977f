import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { createCatalogue, createCatalogueOf } from '../../model/catalogue.ts'
import { createVehicles } from '../../model/vehicles.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import type { ApiOptions } from '../api-options.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { Problem, SignalSeries } from '../contract.ts'
import { fillStorage, twin } from '../rows.testing.ts'

const load = 'Vehicle.Acme.Load'
const own = {
  path: load,
  type: 'sensor',
  datatype: 'uint16',
  unit: 'kg',
  max: 3500,
  group: 'Acme',
  models: [{ model: 'Cargo' }],
} as const
const hourMs = 3_600_000

async function open(more: Partial<ApiOptions> = {}) {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const vehicles = createVehicles([{ vehicle: 'car-1', kind: 'van', model: 'Cargo' }])
  const settings = {
    catalogue: createCatalogue([own]),
    catalogueOf: createCatalogueOf([own], vehicles),
    vehicles,
    ...more,
  }
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, settings)
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('vic', 'ours', 'viewer')
  const row = (tenant: string, vehicle: string, at: number, value: unknown) => ({
    id: `telemetry/2/${tenant}${vehicle}${at}`,
    row: {
      tenant,
      vehicle,
      stream: 'telemetry',
      at,
      receivedAt: at - 5000,
      json: JSON.stringify({ boot: '00000000000000aa', seq: 1, samples: [{ at, signals: { [load]: value } }] }),
    },
  })
  const lastAt = fixtureNow - 1000
  await storage.messages.put(
    [
      ...[812, 9000, '40'].map((value, index) => row('ours', 'car-1', lastAt - 20_000 + index * 10_000, value)),
      row('ours', 'car-1', lastAt - hourMs - 1, 1),
      row('theirs', 'car-1', lastAt, 2),
      row('ours', 'car-2', lastAt, 9000),
    ],
    {},
  )
  await storage.twins.put([{ id: 'ours/car-2', row: twin('ours', 'car-2') }], {})
  const get = async (path: string, name = 'ana') =>
    fixture.get(`/api/v1/vehicles/${path}`, { cookie: await fixture.signIn(name) })
  return { ...fixture, get, lastAt }
}

test('a signal of an overlay has its series of the last hour, for viewers too, with unit and breaks', async () => {
  await using fixture = await open()
  const { lastAt } = fixture
  const series = (await fixture.get(`car-1/signals/${load}/series`, 'vic')).json<SignalSeries>()
  assert.deepEqual(series, {
    path: load,
    unit: 'kg',
    from: lastAt - hourMs,
    to: lastAt,
    at: [lastAt - 20_000, lastAt - 10_000, lastAt],
    value: [812, null, 40],
    marks: [],
    clock: null,
    said: { values: 2, unavailable: 0, invalid: 1, other: 0 },
    thinnedMs: null,
    unreadBefore: null,
  })
  const earlier = (await fixture.get(`car-1/signals/${load}/series?to=${lastAt - 15_000}`)).json<SignalSeries>()
  assert.deepEqual(
    [earlier.at, earlier.value],
    [
      [lastAt - hourMs - 1, lastAt - hourMs - 1, lastAt - 20_000],
      [1, null, 812],
    ],
  )
})

test('a vehicle of another model, of which the signal is not known, has its values as they came', async () => {
  await using fixture = await open()
  const { value, unit } = (await fixture.get(`car-2/signals/${load}/series`)).json<SignalSeries>()
  assert.deepEqual([value, unit], [[9000], null])
})

test('instants are marked by the bound that is set', async () => {
  await using fixture = await open({ clockAheadMs: 4000 })
  const { marks } = (await fixture.get(`car-1/signals/${load}/series`)).json<SignalSeries>()
  assert.deepEqual(marks, [
    { index: 0, clockDoubt: 'ahead' },
    { index: 2, clockDoubt: 'ahead' },
  ])
})

test('what nobody said of a signal is empty; vehicles that are not there, paths that are none and times that are too long are refused', async () => {
  await using fixture = await open()
  const none = (await fixture.get('car-1/signals/Vehicle.Never.Said/series')).json<SignalSeries>()
  assert.deepEqual([none.at, none.value, none.unit, none.said.values], [[], [], null, 0])
  assert.equal((await fixture.get(`theirs-car-1/signals/${load}/series`)).statusCode, 404)
  assert.equal((await fixture.get(`nobody/signals/${load}/series`)).statusCode, 404)
  for (const path of ['Speed', 'Vehicle', 'Vehicle.__proto__.', 'Vehicle.a-b', `Vehicle.${'a'.repeat(61)}`])
    assert.equal((await fixture.get(`car-1/signals/${path}/series`)).statusCode, 400, path)
  const week = `to=${fixtureNow}&from=${fixtureNow - 169 * hourMs}`
  assert.equal((await fixture.get(`car-1/signals/${load}/series?${week}`)).statusCode, 200)
  const long = await fixture.get(`car-1/signals/${load}/series?to=${fixtureNow}&from=${fixtureNow - 169 * hourMs - 1}`)
  assert.deepEqual([long.statusCode, long.json<Problem>().errors?.[0]?.field], [400, 'from'])
})

test('instants that are the wrong way round are refused with both named, also where only one is given', async () => {
  await using fixture = await open()
  const ask = (query: string) => fixture.get(`car-1/signals/${load}/series?${query}`)
  const { lastAt } = fixture
  for (const [query, to] of [
    [`from=${lastAt + 1}&to=${lastAt}`, lastAt],
    [`from=${lastAt + 1}`, lastAt],
    [`from=2&to=1`, 1],
  ] as const) {
    const answer = await ask(query)
    const { detail, errors } = answer.json<Problem>()
    assert.deepEqual([answer.statusCode, errors?.map(({ field }) => field)], [400, ['from', 'to']], query)
    assert.match(detail, new RegExp(`after "to" \\(${to}\\)`), query)
  }
  assert.deepEqual((await ask(`from=${lastAt}`)).json<SignalSeries>().value, [40])
})

test('what an answer says it is of can be asked for again', async () => {
  await using fixture = await open()
  for (const to of [0, 1, hourMs - 1]) {
    const asked = (await fixture.get(`car-1/signals/${load}/series?to=${to}`)).json<SignalSeries>()
    assert.deepEqual([asked.from, asked.to], [0, to])
    assert.equal((await fixture.get(`car-1/signals/${load}/series?from=${asked.from}&to=${asked.to}`)).statusCode, 200)
  }
})

test('no more is read for a caller who has gone', async () => {
  await using fixture = await open()
  const { messages } = fixture.options.storage
  const list = messages.list.bind(messages)
  const [asked, given, closed] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ]
  let reads = 0
  Object.assign(messages, {
    list: async (...[ref, filter, page]: Parameters<typeof list>) => {
      reads += 1
      asked.resolve()
      await given.promise
      return list(ref, filter, { ...page, limit: 1 })
    },
  })
  fixture.server.server.once('connection', (socket: Socket) => socket.once('close', () => closed.resolve()))
  const url = `${await fixture.server.listen({ host: '127.0.0.1', port: 0 })}/api/v1/vehicles/car-1/signals/${load}/series`
  const headers = { cookie: await fixture.signIn('ana') }
  const leaving = new AbortController()
  const left = fetch(url, { headers, signal: leaving.signal })
  await asked.promise
  leaving.abort()
  await assert.rejects(left, /abort/)
  await closed.promise
  given.resolve()
  assert.equal((await fetch(url, { headers })).status, 200)
  const readsOfBoth = reads
  assert.equal((await fetch(url, { headers })).status, 200)
  assert.equal(readsOfBoth, 1 + (reads - readsOfBoth))
  assert.ok(reads - readsOfBoth > 1)
})
