// The doings of one client, or of the server itself, cost the others nothing: over real sockets, by
// a clock of the test.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import type { RawClient, TestGateway } from './gateway.testing.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
} from './gateway.testing.ts'
import { vehicleAdmission } from './admission/vehicle-admission.ts'

const fullSize = process.env['CI'] === 'true'
const disconnects = (it: TestGateway): Record<string, number> => ({ ...it.gateway.disconnects() })

async function subscribe(client: RawClient, filter: string, qos: 0 | 1): Promise<void> {
  const subscriptions = [{ filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 }] as const
  client.send(encodeSubscribe(5, { packetId: 1, subscriptions, subscriptionId: undefined }))
  await client.expect('suback')
}

/** The gateway has read everything that was sent before. */
async function settled(client: RawClient): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    client.send(pingRequest)
    await client.expect('pingresp')
  }
}

test('a subscriber that reads nothing has bounded memory, and everyone else has every message', async () => {
  const limits = { queueMessages: 100, queueBytes: 64 * 1024 }
  await using it = await openTestGateway({ limits })
  await using frozen = await openConnected(it.port, 5, 'acme/frozen', { properties: { sessionExpiryS: 60 } })
  await using frozenToo = await openConnected(it.port, 5, 'acme/frozen-too')
  await using reader = await openConnected(it.port, 5, 'acme/reader')
  await subscribe(frozen, 'news/#', 1)
  await subscribe(frozenToo, 'news/#', 0)
  await subscribe(reader, 'news/#', 0)
  frozen.socket.pause()
  frozenToo.socket.pause()
  await using publisher = await openConnected(it.port, 5, 'acme/publisher')
  const payload = Buffer.alloc(8 * 1024, 'x')
  const count = fullSize ? 20_000 : 2000
  const atOnce = 20
  for (let sent = 0; sent < count; sent += atOnce) {
    publisher.send(
      ...Array.from({ length: atOnce }, (_, n) => publishPacket(5, 'news/today', payload, { packetId: sent + n + 1 })),
    )
    for (let n = 0; n < atOnce; n++) assert.equal((await reader.expect('publish')).payload.length, payload.length)
    for (let n = 0; n < atOnce; n++) await publisher.expect('puback')
  }
  const session = it.gateway.sessions.inspect({ tenant: 'acme', clientId: 'acme/frozen' })
  assert.ok(
    session !== null && session.queued <= 100 && session.queuedBytes <= 64 * 1024 + 64 * 9000,
    JSON.stringify(session),
  )
  assert.ok((await it.metric('roadstream_gateway_dropped_total{reason="queue-full"}')) > 0)
  assert.ok((await it.metric('roadstream_gateway_dropped_total{reason="slow-reader"}')) > 0)
  assert.deepEqual(disconnects(it), {})
})

test('a car that floods is read at its rate, loses nothing, and the others have their acknowledgements meanwhile', async () => {
  const limits = { connectionMessagesPerS: 100, connectionBytesPerS: 1e6, rateBurstMs: 1000, ratePaceMs: 1 }
  await using it = await openTestGateway({ limits })
  await using flooding = await openConnected(it.port, 4, 'acme/flood', { keepAliveS: 10 })
  const count = 5000
  flooding.send(
    ...Array.from({ length: count }, (_, seq) =>
      publishPacket(4, 'v1/acme/flood/up/telemetry', telemetry(seq), { packetId: seq + 1 }),
    ),
    pingRequest,
  )
  let acknowledged = 0
  let pongs = 0
  const all = (async () => {
    while (acknowledged < count || pongs === 0) {
      const packet = await flooding.next()
      if (packet === undefined) break
      if (packet.cmd === 'puback') acknowledged++
      else pongs++
    }
  })()
  for (let seq = 0; seq < 20; seq++) {
    await using car = await openConnected(it.port, 4, `acme/car-${seq}`)
    car.send(publishPacket(4, `v1/acme/car-${seq}/up/telemetry`, telemetry(seq)))
    await car.expect('puback')
  }
  // One chunk is read beyond the burst of 100.
  assert.ok(
    (await it.stored('telemetry')).length < 20 + 100 + 800,
    `${(await it.stored('telemetry')).length} are stored`,
  )
  assert.equal(await it.metric('roadstream_gateway_held'), 1)
  await using other = await openConnected(it.port, 4, 'acme/other', { keepAliveS: 0 })
  // Longer than its keep-alive between two reads: its silence is our doing.
  // oxlint-disable-next-line no-unmodified-loop-condition -- what reads the acknowledgements changes it
  while (acknowledged < count) {
    it.clock.advance(1000)
    await settled(other)
  }
  await all
  const seqs = (await it.stored('telemetry'))
    .filter(({ key }) => key === 'acme/flood')
    .map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { seq: number }).seq)
  assert.deepEqual(
    seqs,
    Array.from({ length: count }, (_, seq) => seq),
  )
  assert.equal(disconnects(it)['keep-alive'], undefined)
})

test('a car that sends nothing but garbage fills the dead letters no faster than its bound', async () => {
  const limits = {
    connectionMessagesPerS: 1000,
    connectionBytesPerS: 1e6,
    rateBurstMs: 10_000,
    ratePaceMs: 1,
    refusedMessageCost: 50,
  }
  await using it = await openTestGateway({ limits })
  await using car = await openConnected(it.port, 4, 'acme/car', { keepAliveS: 0 })
  await using other = await openConnected(it.port, 4, 'acme/other', { keepAliveS: 0 })
  const garbage = Buffer.alloc(1000, '?')
  for (let n = 0; n < 2000; n++)
    car.send(publishPacket(4, 'v1/acme/car/up/telemetry', garbage, { qos: 0, packetId: 0 }))
  await settled(other)
  const count = async () => (await it.stored('dead-letter')).length
  // 200 at first, and a chunk that was read beyond them.
  const most = (elapsedS: number) => 200 + 66 + elapsedS * 20
  assert.ok((await count()) <= most(0), `${await count()} at first`)
  let elapsedS = 0
  while ((await count()) < 1000) {
    it.clock.advance(500)
    elapsedS += 0.5
    await settled(other)
    assert.ok((await count()) <= most(elapsedS), `${await count()} after ${elapsedS} s`)
  }
})

test('thousands of reconnects at once: nobody else is dropped, there are no more sessions than client ids, and all come in', async () => {
  await using it = await openTestGateway({ limits: { connectsPerS: 1000, addressConnectsPerS: 1000 } })
  await using stack = new AsyncDisposableStack()
  const cars: RawClient[] = []
  for (let index = 0; index < 20; index++)
    cars.push(stack.use(await openConnected(it.port, 5, `acme/car-${index}`, { keepAliveS: 10 })))
  const clients = fullSize ? 3000 : 600
  const ids = clients / 3
  const sockets = Array.from({ length: clients }, (_, index) => {
    const socket = connect({ port: it.port, host: '127.0.0.1' }).on('error', () => undefined)
    socket.write(connectPacket(4, `acme/fleet-${index % ids}`))
    return socket
  })
  const answered = Promise.all(sockets.map((socket) => once(socket, 'data')))
  for (let turn = 0; turn < 20; turn++)
    for (const [index, car] of cars.entries()) {
      car.send(publishPacket(5, `v1/acme/car-${index}/up/telemetry`, telemetry(turn), { packetId: turn + 1 }))
      await car.expect('puback')
    }
  await answered
  assert.equal(await it.metric('roadstream_gateway_sessions'), 20 + ids)
  const { 'taken-over': takenOver, ...others } = disconnects(it)
  assert.deepEqual([takenOver, others], [clients - ids, {}])
  assert.ok((await it.metric('roadstream_gateway_held_total{reason="connect-rate"}')) > 0)
  assert.deepEqual(
    [await it.metric('roadstream_gateway_half_open'), await it.metric('roadstream_gateway_waiting')],
    [0, 0],
  )
  for (const socket of sockets) socket.destroy()
})

test('the log stalls for a minute: nobody is dropped, memory is bounded, and everything is acknowledged after', async () => {
  const limits = { pendingBytes: 100_000, heldBytes: 8000 }
  await using it = await openTestGateway({ limits })
  await using stack = new AsyncDisposableStack()
  const cars: RawClient[] = []
  for (let index = 0; index < 30; index++)
    cars.push(stack.use(await openConnected(it.port, 4, `acme/car-${index}`, { keepAliveS: 10 })))
  const perCar = 1000
  it.log.hold()
  const acknowledged = cars.map(() => 0)
  const pongs = cars.map(() => 0)
  const reading = cars.map(async (car, index) => {
    while (acknowledged[index]! < perCar) {
      const packet = await car.next()
      if (packet === undefined) break
      if (packet.cmd === 'puback') acknowledged[index]!++
      else pongs[index]!++
    }
  })
  for (const [index, car] of cars.entries())
    // A third sends much and is no longer read, the others little, and ping.
    for (let seq = 0; seq < (index % 3 === 0 ? perCar : 1); seq++)
      car.send(publishPacket(4, `v1/acme/car-${index}/up/telemetry`, telemetry(seq), { packetId: seq + 1 }))
  await using other = await openConnected(it.port, 4, 'acme/other', { keepAliveS: 0 })
  const pingsOfModest = (): number => Math.min(...pongs.filter((_, index) => index % 3 !== 0))
  let most = 0
  for (let step = 1; step <= 12; step++) {
    for (const car of cars) car.send(pingRequest)
    while (pingsOfModest() < step && Object.keys(disconnects(it)).length === 0) await settled(other)
    it.clock.advance(5000)
    await settled(other)
    most = Math.max(most, await it.metric('roadstream_gateway_pending_bytes'))
  }
  // A chunk of 64 KiB beyond what is held, each with what an item costs around its payload.
  assert.ok(most < 100_000 + 10 * (8000 + 4 * 65_536) + 20 * 1000, `${most} bytes pending`)
  assert.deepEqual(disconnects(it), {})
  it.log.release()
  for (const [index, car] of cars.entries())
    if (index % 3 !== 0)
      for (let seq = 1; seq < perCar; seq++)
        car.send(publishPacket(4, `v1/acme/car-${index}/up/telemetry`, telemetry(seq), { packetId: seq + 1 }))
  await Promise.all(reading)
  assert.equal((await it.stored('telemetry')).length, cars.length * perCar)
})

test('the server itself is late by minutes: whoever spoke meanwhile is not called silent', async () => {
  await using it = await openTestGateway({ limits: { sweepMs: 1 } })
  await using stack = new AsyncDisposableStack()
  const cars: RawClient[] = []
  for (let index = 0; index < 100; index++)
    cars.push(stack.use(await openConnected(it.port, 5, `acme/car-${index}`, { keepAliveS: 10 })))
  for (let round = 0; round < 3; round++) {
    // Written at once, by the system; the process then does nothing else until the sweep is long
    // due.
    for (const car of cars) car.send(pingRequest)
    it.clock.advance(300_000)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    for (const car of cars) await car.expect('pingresp')
  }
  assert.deepEqual(disconnects(it), {})
})

test('half-open connections beyond the limit are turned away, and those who are in do not notice', async () => {
  await using it = await openTestGateway({ limits: { addressHalfOpen: 2 } })
  await using inside = await openConnected(it.port, 5, 'acme/inside')
  await using first = await openRawClient(it.port)
  await using _second = await openRawClient(it.port)
  await using third = await openRawClient(it.port)
  assert.equal(await third.next(), undefined)
  assert.deepEqual(disconnects(it), { 'address-half-open': 1 })
  first.send(connectPacket(5, 'acme/first'))
  await first.expect('connack')
  await using _again = await openConnected(it.port, 5, 'acme/again')
  inside.send(pingRequest)
  await inside.expect('pingresp')
})

test('an address that fails again and again hears of it late, each CONNECT once, and the right password is let in at once', async () => {
  const fleetKey = Buffer.alloc(32, 7)
  const admission = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })
  await using it = await openTestGateway({
    admission,
    limits: { addressFailures: 2, failureDelayMs: 5000, connectTimeoutMs: 10_000 },
  })
  const wrong = connectPacket(5, 'acme/car', { password: Buffer.from('wrong'), username: '' })
  for (let count = 0; count < 2; count++) {
    await using client = await openRawClient(it.port)
    client.send(wrong)
    assert.equal((await client.expect('connack')).reasonCode, 0x86)
  }
  await using late = await openRawClient(it.port)
  late.send(...Array.from({ length: 100 }, () => wrong))
  const password = Buffer.from(vehiclePassword(fleetKey, { tenant: 'acme', vehicle: 'car' }))
  await using right = await openConnected(it.port, 5, 'acme/car', { password, username: '' })
  await settled(right)
  assert.equal(await it.metric('roadstream_gateway_held_total{reason="credentials"}'), 1)
  assert.equal(late.socket.bytesRead, 0)
  it.clock.advance(5000)
  assert.equal((await late.expect('connack')).reasonCode, 0x86)
  assert.equal(await late.next(), undefined)
  assert.equal(disconnects(it)['credentials'], 3)
})
