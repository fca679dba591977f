// The live feed over real connections.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { EventLog, NewRecord } from '../../eventlog/event-log.ts'
import { wholeSight } from '../../rights/sight.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import type { Storage } from '../../storage/storage.ts'
import { openFixture, type Fixture } from '../api.testing.ts'
import type { ApiOptions } from '../api-options.ts'
import type { PositionsEvent } from '../contract.ts'
import { alert, twin } from '../rows.testing.ts'
import { openSse, type SseClient } from './sse-client.ts'

const quick = { tickMs: 5, gatherMs: 0, heartbeatMs: 10, reviewMs: 10 }

type Live = Fixture & {
  readonly log: EventLog
  readonly storage: Storage
  readonly url: string
  follow(query: string, cookie: string, id?: string): Promise<SseClient>
}

async function open(
  more: Partial<ApiOptions['liveLimits']> = {},
  storage = openMemoryStorage(),
  log = openMemoryLog({ partitions: 3 }).log,
): Promise<Live> {
  const fixture = await openFixture(storage, log, { liveLimits: { ...quick, ...more } })
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('theo', 'theirs')
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(fixture.server.server.address() as AddressInfo).port}/api/v1/live`
  const follow: Live['follow'] = (query, cookie, id) =>
    openSse(`${url}${query}`, { cookie, ...(id === undefined ? {} : { 'last-event-id': id }) })
  return { ...fixture, log, storage, url, follow }
}

const twinRecord = (tenant: string, vehicle: string, lat: number, at: number): NewRecord => ({
  topic: 'twin',
  key: `${tenant}/${vehicle}`,
  headers: { id: `${tenant}/${vehicle}` },
  at,
  value: Buffer.from(
    JSON.stringify(twin(tenant, vehicle, { 'Vehicle.CurrentLocation.Latitude': { value: lat, at } }, at)),
  ),
})
const alertRecord = (tenant: string, id: string, filling = ''): NewRecord => ({
  topic: 'alert',
  key: `${tenant}/car-${id.length % 5}`,
  headers: { id },
  at: 1,
  value: Buffer.from(JSON.stringify({ ...alert(tenant, id), evidence: { filling } })),
})

/** The cars a dashboard knows after the events it got. */
function createMap() {
  const names = new Map<number, string>()
  const lats = new Map<string, number>()
  return {
    lats,
    take(event: PositionsEvent) {
      for (const [number, vehicle] of event.names) {
        assert.ok(!names.has(number), `${vehicle} was named twice on one connection`)
        names.set(number, vehicle)
      }
      for (const [row, number] of event.number.entries()) {
        const name = names.get(number)
        assert.ok(name !== undefined, `number ${number} was never named`)
        lats.set(name, (event.lat[row] ?? Number.NaN) / 1e6)
      }
    },
  }
}
async function positionsUntil(
  client: SseClient,
  done: (lats: ReadonlyMap<string, number>) => boolean,
  map = createMap(),
) {
  while (!done(map.lats)) {
    const { event, data } = await client.next()
    if (event === 'positions') map.take(data as PositionsEvent)
  }
  return map
}

test('a new reader sees every stored car at once, then what moves, and never another tenant’s', async () => {
  const storage = openMemoryStorage()
  const { log } = openMemoryLog({ partitions: 3 })
  const records = Array.from({ length: 30 }, (_, index) =>
    twinRecord(index % 3 === 0 ? 'theirs' : 'ours', `car-${index}`, index, 1000),
  )
  const positions = await log.append(records)
  // The store has the first twenty, the log all: the rest comes from there.
  const stored = records.slice(0, 20)
  await storage.twins.put(
    stored.map(({ key, value }) => ({
      id: key,
      row: JSON.parse(Buffer.from(value).toString()) as ReturnType<typeof twin>,
    })),
    Object.fromEntries(
      [0, 1, 2].map((partition) => [
        `twin/${partition}`,
        positions.slice(0, 20).filter((place) => place.partition === partition).length,
      ]),
    ),
  )
  await using live = await open({ positionRowsMax: 7 }, storage, log)
  const client = await live.follow('?feeds=positions', await live.signIn('ana'))
  const map = await positionsUntil(client, ({ size }) => size === 20)
  assert.ok([...map.lats.keys()].every((vehicle) => Number(vehicle.slice(4)) % 3 !== 0))
  await log.append([
    twinRecord('theirs', 'car-0', 77, 2000),
    twinRecord('ours', 'car-1', 88, 2000),
    twinRecord('ours', 'car-99', 5, 2000),
  ])
  await positionsUntil(client, (lats) => lats.get('car-1') === 88 && lats.get('car-99') === 5, map)
  assert.equal(map.lats.size, 21)
  client.close()
})

test('a car that moves while nobody looks is where it is when someone does', async () => {
  await using live = await open()
  const cookie = await live.signIn('ana')
  await live.log.append([twinRecord('ours', 'car-1', 1, 1000)])
  const first = await live.follow('?feeds=positions', cookie)
  await positionsUntil(first, (lats) => lats.get('car-1') === 1)
  first.close()
  await live.log.append([twinRecord('ours', 'car-1', 2, 2000)])
  const second = await live.follow('?feeds=positions', cookie)
  await positionsUntil(second, (lats) => lats.get('car-1') === 2)
  second.close()
})

test('while records are appended, a reader that keeps coming back has each alert once and in order', async (context) => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  context.diagnostic(`seed ${seed}`)
  let state = seed
  const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32
  await using live = await open({ batchRecords: 5 })
  const cookie = await live.signIn('ana')
  let client = await live.follow('?feeds=alert,positions', cookie)
  while (client.lastEventId() === undefined) await nextTurn()
  const total = 400
  const appending = (async () => {
    const ids = Array.from({ length: total }, (_, index) => `a${index}`)
    while (ids.length > 0) {
      const batch = ids.splice(0, 1 + Math.floor(random() * 6))
      await live.log.append([...batch.map((id) => alertRecord('ours', id)), alertRecord('theirs', 'x')])
      while (random() < 0.7) await nextTurn()
    }
  })()
  const seen: string[] = []
  while (seen.length < total) {
    const { event, data, id } = await client.next()
    if (event !== 'alert') continue
    seen.push((data as { readonly id: string }).id)
    if (random() > 0.1) continue
    // Events the old connection has received beyond this one are thrown away with it: the id of
    // this one is what counts.
    client.close()
    client = await live.follow('?feeds=alert,positions', cookie, id)
  }
  await appending
  client.close()
  assert.deepEqual(new Set(seen).size, total)
  for (const car of [0, 1, 2, 3, 4]) {
    const numbers = seen.filter((id) => id.length % 5 === car).map((id) => Number(id.slice(1)))
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
  }
})

test('a reader that does not read is dropped, and the others go on', async () => {
  await using live = await open({ blockedMs: 30_000 })
  const cookie = await live.signIn('ana')
  const reading = await live.follow('?feeds=alert', cookie)
  const { port } = live.server.server.address() as AddressInfo
  const deaf = connect(port, '127.0.0.1')
  deaf.pause()
  deaf.on('error', () => undefined)
  deaf.write(`GET /api/v1/live?feeds=alert HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`)
  while (live.hub.connections < 2) await nextTurn()
  const filling = 'x'.repeat(20_000)
  let appended = 0
  while (live.hub.connections > 1) {
    await live.log.append(Array.from({ length: 10 }, () => alertRecord('ours', `a${appended++}`, filling)))
    for (let event = 0; event < 10; event++) await reading.next()
    live.clock.at += 500
    assert.ok(appended < 20_000, 'it was never dropped')
  }
  assert.match(await live.options.registry.metrics(), /roadstream_live_drops_total\{reason="too-slow"\} 1/)
  await live.log.append([alertRecord('ours', 'last')])
  assert.equal(((await reading.next()).data as { readonly id: string }).id, 'last')
  reading.close()
  deaf.destroy()
})

test('a reader whose socket takes nothing for too long is dropped, however little it is sent', async () => {
  await using live = await open({ blockedMs: 30_000 })
  const sights = { positions: wholeSight('ours') }
  const reader = live.hub.join(
    { tenant: 'ours', user: 'ana', feeds: new Set(['positions'] as const), sights, ask: async () => sights },
    { write: () => false, bufferedBytes: () => 10, end: () => undefined, destroy: () => undefined },
    undefined,
  )
  assert.equal(live.hub.connections, 1)
  live.clock.at += 30_001
  while (live.hub.connections > 0) await nextTurn()
  assert.ok(reader.isClosed())
})

test('signing out ends the live connections of that session and no other', async () => {
  await using live = await open()
  const [one, other] = [await live.signIn('ana'), await live.signIn('ana')]
  const ending = await live.follow('', one)
  const staying = await live.follow('?feeds=alert', other)
  await live.send('DELETE', '/api/v1/session', undefined, { cookie: one })
  await ending.ended
  await live.log.append([alertRecord('ours', 'a')])
  assert.equal((await staying.next()).event, 'alert')
  staying.close()
})

test('a session that expires ends its live connection', async () => {
  await using live = await open()
  const client = await live.follow('', await live.signIn('ana'))
  live.clock.at += 12 * 3_600_000
  await client.ended
})

test('connections are limited for a user and in all', async () => {
  await using live = await open({ connections: 3, connectionsPerUser: 2 })
  const [ana, theo] = [await live.signIn('ana'), await live.signIn('theo')]
  const clients = [await live.follow('', ana), await live.follow('', ana)]
  const third = await live.follow('', ana)
  assert.deepEqual([third.status, third.headers['content-type']], [429, 'application/problem+json; charset=utf-8'])
  clients.push(await live.follow('', theo))
  assert.equal((await live.follow('', theo)).status, 503)
  for (const client of clients) client.close()
  while (live.hub.connections > 0) await nextTurn()
})

test('a quiet feed moves its readers’ resume point on with the heartbeat', async () => {
  await using live = await open()
  const client = await live.follow('?feeds=alert', await live.signIn('ana'))
  while (client.lastEventId() === undefined) await nextTurn()
  const first = client.lastEventId()
  await live.log.append([alertRecord('theirs', 'not ours')])
  while (client.lastEventId() === first) await nextTurn()
  client.close()
})

test('disposal ends every live connection', async () => {
  const live = await open()
  const client = await live.follow('', await live.signIn('ana'))
  await live[Symbol.asyncDispose]()
  await client.ended
})

test('the answer is an event stream that nothing keeps or collects', async () => {
  await using live = await open()
  const client = await live.follow('', await live.signIn('ana'))
  assert.deepEqual(
    [
      client.status,
      client.headers['content-type'],
      client.headers['cache-control'],
      client.headers['x-content-type-options'],
    ],
    [200, 'text/event-stream; charset=utf-8', 'no-store', 'nosniff'],
  )
  client.close()
  const refused = await live.follow('?feeds=everything', await live.signIn('ana'))
  assert.equal(refused.status, 400)
})
