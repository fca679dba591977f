// CONNECTs that wait for what other threads have: who is served, who is not, and what is durable by
// then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  type TestGateway,
  until,
} from '../gateway.testing.ts'
import { openBesidePlayed, type PlayedThread } from './played-thread.testing.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const kept = { cleanStart: false, properties: { sessionExpiryS: 600 } } as const

/** A gateway of two threads, and a session of `car` on the first, whose client is away. The log is
 *  held. */
async function openWithSessionAway(): Promise<{
  readonly gateway: TestGateway
  readonly ports: readonly [number, number]
}> {
  const gateway = await openTestGateway({ threads: 2 })
  const ports = [gateway.port, gateway.port] as const
  const client = await openConnected(ports[0], 5, 'car', kept)
  await gateway.lose(client)
  // Behind all that the end of its connection stored.
  await gateway.gateway.publish('t/x', Buffer.of(1), { qos: 1 })
  gateway.log.hold()
  return { gateway, ports }
}

test('a session that comes from another thread and is not gone on with is durably gone before CONNACK', async () => {
  const { gateway, ports } = await openWithSessionAway()
  await using _gateway = gateway
  const { state } = gateway.log
  const asked = gateway.log.nextAttempt()
  await using client = await openRawClient(ports[1])
  client.send(connectPacket(5, 'car', { cleanStart: false }))
  await asked
  for (let left = 50; left > 0; left--) await turn()
  assert.equal(client.socket.bytesRead, 0)
  gateway.log.release()
  assert.equal((await client.expect('connack')).sessionPresent, true)
  assert.deepEqual([...state.range('gateway/1', 's/')], [])
})

test('who waits until its session is gone goes when the client comes in on another thread, and does not take that one over', async () => {
  const { gateway, ports } = await openWithSessionAway()
  await using _gateway = gateway
  await using first = await openRawClient(ports[0])
  const asked = gateway.log.nextAttempt()
  first.send(connectPacket(5, 'car'))
  await asked
  await using second = await openRawClient(ports[1])
  second.send(connectPacket(5, 'car', kept))
  assert.equal(await first.next(), undefined)
  gateway.log.release()
  assert.equal((await second.expect('connack')).sessionPresent, false)
  second.send(Buffer.of(0xc0, 0))
  await second.expect('pingresp')
})

test('of those who wait for the same session only the last stays, and the home of the client id is asked once', async () => {
  await using beside = await openBesidePlayed(2, { grants: false })
  const [home] = beside.played as [PlayedThread]
  await using first = await openRawClient(beside.gateway.port)
  first.send(connectPacket(5, 'car'))
  await home.hear('acquire')
  await using second = await openRawClient(beside.gateway.port)
  second.send(connectPacket(5, 'car'))
  assert.equal(await first.next(), undefined)
  home.say({ kind: 'granted', clientId: 'car' })
  await second.expect('connack')
  assert.deepEqual(
    home.unheard.filter(({ kind }) => kind === 'acquire'),
    [],
  )
})

test('who waits for its session is not called silent, however long that takes', async () => {
  await using beside = await openBesidePlayed(2, { grants: false })
  const { gateway, played } = beside
  const [home] = played as [PlayedThread]
  await using waiting = await openRawClient(gateway.port)
  waiting.send(connectPacket(5, 'car'))
  await home.hear('acquire')
  await using silent = await openRawClient(gateway.port)
  await until('both are connected', () => gateway.gateway.connectionCount() >= 2)
  gateway.clock.advance(60_000)
  // It never said CONNECT: once it is gone, the sweep has been there.
  assert.equal(await silent.next(), undefined)
  assert.equal(waiting.socket.closed, false)
  home.say({ kind: 'granted', clientId: 'car' })
  await waiting.expect('connack')
})
