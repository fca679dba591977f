// Memory that clients can make the gateway hold while the log takes nothing: bounded, whatever they
// ask for and however small the packet is they ask with.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAcknowledgement, encodeSubscribe } from '../mqtt/encode-packet.ts'
import { packetType } from '../mqtt/packet.ts'
import {
  openConnected,
  openRawClient,
  openTestGateway,
  connectPacket,
  publishPacket,
  telemetry,
  type TestGateway,
} from './gateway.testing.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryS: 3600 } } as const
const subscribe = (filter: string, qos: 0 | 1 | 2 = 2): Buffer => {
  const subscriptions = [{ filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 2 }] as const
  return encodeSubscribe(5, { packetId: 9, subscriptions, subscriptionId: undefined })
}
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const pending = (gateway: TestGateway): Promise<number> => gateway.metric('roadstream_gateway_pending_bytes')

/** Waits until the gateway reads no more of what is sent. */
async function untilStill(gateway: TestGateway): Promise<void> {
  let before = -1
  for (let same = 0; same < 10; same++) {
    const now = await gateway.metric('roadstream_gateway_received_bytes_total')
    if (now !== before) same = 0
    before = now
    await tick()
  }
}

test('a client that subscribes again and again is not read on, and its session is written once for all of it', async () => {
  await using gateway = await openTestGateway({ limits: { connectionPendingBytes: 50_000 } })
  const client = await openConnected(gateway.port, 5, 'car', lasting)
  for (let n = 0; n < 90; n++) {
    client.send(subscribe(`${n}/${'x'.repeat(1000)}`))
    await client.expect('suback')
  }
  gateway.log.hold()
  let stored = 0
  const { commit } = gateway.log.state
  Object.assign(gateway.log.state, {
    commit(...[commits, outputs]: Parameters<typeof commit>) {
      for (const { state } of commits) for (const { value } of state) stored += value?.byteLength ?? 0
      return commit(commits, outputs)
    },
  })
  for (let n = 0; n < 20_000; n++) client.send(subscribe('same'))
  await untilStill(gateway)
  assert.ok(
    (await pending(gateway)) < 50_000 + (64 * 1024 * 257) / subscribe('same').length,
    `${await pending(gateway)} bytes are pending`,
  )
  gateway.log.release()
  for (let n = 0; n < 20_000; n++) await client.expect('suback')
  assert.ok(stored < 30_000_000, `${stored} bytes were stored`)
})

test('PUBRECs that come again and again are answered, and the client is not read on while they wait', async () => {
  await using gateway = await openTestGateway({ limits: { connectionPendingBytes: 50_000 } })
  const client = await openConnected(gateway.port, 5, 'car', lasting)
  client.send(subscribe('d'))
  await client.expect('suback')
  await gateway.gateway.publish('d', Buffer.alloc(1), { qos: 2 })
  const { messageId } = await client.expect('publish')
  gateway.log.hold()
  const pubrec = encodeAcknowledgement(packetType.pubrec, 5, messageId!)
  client.send(Buffer.concat(Array.from({ length: 100_000 }, () => pubrec)))
  await untilStill(gateway)
  assert.ok(
    (await pending(gateway)) < 50_000 + (64 * 1024 * 257) / pubrec.length,
    `${await pending(gateway)} bytes are pending`,
  )
  gateway.log.release()
  for (let n = 0; n < 100_000; n++) await client.expect('pubrel')
})

test('clients that come, leave a will and go are told that the server is busy when too many wills wait', async () => {
  await using gateway = await openTestGateway({ limits: { journalBytes: 100_000 } })
  await using publisher = await openConnected(gateway.port, 5, 'publisher')
  gateway.log.hold()
  const asked = gateway.log.nextAttempt()
  publisher.send(publishPacket(5, 'v1/acme/car-1/up/telemetry', telemetry(1)))
  await asked
  let refused = 0
  const will = { topic: 'w', payload: Buffer.alloc(10_000), qos: 1, retain: false, properties: {} } as const
  for (let n = 0; n < 30; n++) {
    await using client = await openRawClient(gateway.port)
    client.send(connectPacket(5, 'car', { will }))
    const { reasonCode } = await client.expect('connack')
    if (reasonCode === 0x89) refused++
    else await gateway.lose(client)
  }
  assert.ok(refused >= 19, `${refused} were refused`)
  assert.ok((await pending(gateway)) < 130_000)
})

test('the properties of a message count towards the bounds as its payload does', async () => {
  await using gateway = await openTestGateway({
    limits: { queueBytes: 100_000, retainedBytes: 100_000, connectionPendingBytes: 200_000 },
  })
  const away = await openConnected(gateway.port, 5, 'away', lasting)
  away.send(subscribe('d'))
  await away.expect('suback')
  await gateway.lose(away)
  const publisher = await openConnected(gateway.port, 5, 'publisher')
  const properties = {
    userProperties: [['name', 'x'.repeat(20_000)]] as [string, string][],
    correlationData: Buffer.alloc(20_000),
  }
  for (let n = 1; n <= 10; n++) {
    publisher.send(publishPacket(5, 'd', Buffer.alloc(1), { packetId: n, properties }))
    await publisher.expect('puback')
    publisher.send(publishPacket(5, `r/${n}`, Buffer.alloc(1), { packetId: n, retain: true, properties }))
    await publisher.expect('puback')
  }
  assert.ok((await gateway.metric('roadstream_gateway_queued_bytes')) < 110_000)
  assert.equal(await gateway.metric('roadstream_gateway_retained'), 2)
  gateway.log.hold()
  for (let n = 1; n <= 100; n++) publisher.send(publishPacket(5, 'd', Buffer.alloc(1), { packetId: n, properties }))
  await untilStill(gateway)
  assert.ok((await pending(gateway)) < 400_000, `${await pending(gateway)} bytes are pending`)
  assert.ok((await gateway.metric('roadstream_gateway_received_bytes_total')) < 1_500_000)
})
