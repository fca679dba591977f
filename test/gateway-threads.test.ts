// A gateway of three real threads on one port: clients land where the system puts them, and notice
// nothing of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAcknowledgement, encodeSubscribe } from '../src/mqtt/encode-packet.ts'
import { packetType } from '../src/mqtt/packet.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  publishPacket,
  type RawClient,
} from '../src/gateway/gateway.testing.ts'
import { openThreadedGateway } from './support/gateway-threads.ts'
import { temporaryFolder } from './support/running-system.ts'

const skip = ['darwin', 'win32'].includes(process.platform) ? 'threads cannot share a port here' : false
const kept = { cleanStart: false, properties: { sessionExpiryS: 600 } } as const
const clients = 24

async function subscribe(client: RawClient, filter: string): Promise<void> {
  const request = { filter, qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [request], subscriptionId: undefined }))
  await client.expect('suback')
}

async function taken(client: RawClient): Promise<string> {
  const packet = await client.expect('publish')
  client.send(encodeAcknowledgement(packetType.pubrec, 5, packet.messageId!))
  await client.expect('pubrel')
  client.send(encodeAcknowledgement(packetType.pubcomp, 5, packet.messageId!))
  return String(packet.payload)
}

test(
  'each subscriber gets each message once, on whichever thread it is, before and after it comes back on another',
  { skip },
  async () => {
    using folder = temporaryFolder()
    await using gateway = await openThreadedGateway(3, folder.path)
    const open = (index: number): Promise<RawClient> => openConnected(gateway.port, 5, `client-${index}`, kept)
    const first = await Promise.all(Array.from({ length: clients }, (_, index) => open(index)))
    assert.ok(
      (await gateway.connectionCounts()).filter((count) => count > 0).length > 1,
      'the system spreads connections',
    )
    for (const client of first) await subscribe(client, 't/#')
    const sender = await openConnected(gateway.port, 5, 'sender')
    const publish = async (packetId: number): Promise<void> => {
      sender.send(publishPacket(5, 't/x', Buffer.from(`m${packetId}`), { qos: 2, packetId }))
      await sender.expect('pubrec')
      sender.send(encodeAcknowledgement(packetType.pubrel, 5, packetId))
      await sender.expect('pubcomp')
    }
    await publish(1)
    for (const client of first) assert.equal(await taken(client), 'm1')
    for (const client of first) client.socket.destroy()
    await publish(2)
    const second = await Promise.all(
      Array.from({ length: clients }, async (_, index) => {
        const client = await openRawClient(gateway.port)
        client.send(connectPacket(5, `client-${index}`, kept))
        assert.equal((await client.expect('connack')).sessionPresent, true)
        return client
      }),
    )
    for (const client of second) assert.equal(await taken(client), 'm2')
    // Taken over while they are connected.
    const third = await Promise.all(Array.from({ length: clients }, (_, index) => open(index)))
    for (const client of second) assert.equal((await client.expect('disconnect')).reasonCode, 0x8e)
    await publish(3)
    for (const client of third) assert.equal(await taken(client), 'm3')
    for (const client of [...third, sender]) await client[Symbol.asyncDispose]()
  },
)
