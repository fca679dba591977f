// State that a restart finds again, after an orderly stop and after a kill: sessions with all that
// is on their way, QoS 2 in both directions, retained messages and wills. `crash` ends a gateway
// such that nothing more is stored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { encodeAcknowledgement, encodeDisconnect, encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import { packetType, type Connect, type ProtocolVersion } from '../mqtt/packet.ts'
import { noProperties } from '../mqtt/properties.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  testStore,
  publishPacket,
  telemetry,
  type RawClient,
  type TestGateway,
  until,
} from './gateway.testing.ts'

const uplink = 'v1/acme/car-1/up/telemetry'
const hour = 3_600_000
const lasting = (version: ProtocolVersion): Partial<Connect> =>
  version === 5 ? { cleanStart: false, properties: { sessionExpiryS: 3600 } } : { cleanStart: false }

async function withKept(body: (open: () => Promise<TestGateway>, kept: LogAndState) => Promise<void>): Promise<void> {
  await using kept = openMemoryLog({ partitions: 1 })
  await body(() => openTestGateway({ kept, limits: { willGraceMs: 1000 } }), kept)
}

const subscribe = async (
  client: RawClient,
  version: ProtocolVersion,
  filter: string,
  qos: 0 | 1 | 2,
): Promise<void> => {
  const subscriptions = [{ filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 }] as const
  client.send(encodeSubscribe(version, { packetId: 9, subscriptions, subscriptionId: version === 5 ? 7 : undefined }))
  await client.expect('suback')
}

async function resume(
  gateway: TestGateway,
  version: ProtocolVersion,
  clientId: string,
): Promise<{ client: RawClient; isPresent: boolean }> {
  const client = await openRawClient(gateway.port, version)
  client.send(connectPacket(version, clientId, lasting(version)))
  return { client, isPresent: (await client.expect('connack')).sessionPresent }
}

const ack = (version: ProtocolVersion, type: 'puback' | 'pubrec' | 'pubcomp' | 'pubrel', packetId: number): Buffer =>
  encodeAcknowledgement(packetType[type], version, packetId)
const said = (packet: { readonly payload: Buffer | string }): string => String(packet.payload)
const entries = (kept: LogAndState): string[] => testStore.entries(kept)

for (const version of [4, 5] as const)
  for (const end of ['stop', 'crash'] as const)
    test(`subscriptions, what was queued and what was in flight are there after a ${end} (version ${version})`, () =>
      withKept(async (open) => {
        const ids: (number | undefined)[] = []
        {
          await using gateway = await open()
          const { client } = await resume(gateway, version, 'car')
          await subscribe(client, version, 'down/#', 2)
          for (const [text, qos] of [
            ['one', 1],
            ['two', 2],
          ] as const)
            await gateway.gateway.publish('down/x', Buffer.from(text), { qos })
          for (const _ of [1, 2]) ids.push((await client.expect('publish')).messageId)
          await gateway.lose(client)
          await gateway.gateway.publish('down/x', Buffer.from('three'), { qos: 1, expiryS: 100 })
          await gateway.gateway.publish('down/x', Buffer.from('brief'), { qos: 1, expiryS: 1 })
          await gateway.gateway.publish('down/x', Buffer.from('not kept'), { qos: 0 })
          if (end === 'crash') await gateway.crash()
        }
        await using gateway = await open()
        gateway.clock.advance(2000)
        const { client, isPresent } = await resume(gateway, version, 'car')
        assert.equal(isPresent, true)
        const found = [await client.expect('publish'), await client.expect('publish'), await client.expect('publish')]
        assert.deepEqual(found.map(said), ['one', 'two', 'three'])
        assert.deepEqual(
          found.map(({ qos }) => qos),
          [1, 2, 1],
        )
        assert.deepEqual(
          found.slice(0, 2).map(({ dup, messageId }) => [dup, messageId]),
          ids.map((id) => [true, id]),
        )
        if (version === 5) assert.equal(found[0]!.properties?.subscriptionIdentifier, 7)
        await gateway.gateway.publish('down/x', Buffer.from('four'), { qos: 1 })
        assert.equal(said(await client.expect('publish')), 'four')
      }))

test('a QoS 2 message that comes again after a crash is stored once, and its identifier is free after PUBREL, also after the next crash', () =>
  withKept(async (open, kept) => {
    const message = (seq: number, dup: boolean): Buffer =>
      publishPacket(5, uplink, telemetry(seq), { qos: 2, packetId: 3, dup })
    {
      await using gateway = await open()
      const { client } = await resume(gateway, 5, 'acme/car-1')
      client.send(message(1, false))
      assert.equal((await client.expect('pubrec')).reasonCode ?? 0, 0)
      await gateway.crash()
    }
    {
      await using gateway = await open()
      const { client } = await resume(gateway, 5, 'acme/car-1')
      client.send(message(1, true))
      await client.expect('pubrec')
      client.send(ack(5, 'pubrel', 3))
      assert.equal((await client.expect('pubcomp')).reasonCode ?? 0, 0)
      await gateway.crash()
    }
    await using gateway = await open()
    const { client } = await resume(gateway, 5, 'acme/car-1')
    client.send(message(2, false))
    await client.expect('pubrec')
    const stored = (await gateway.stored('telemetry')).map(
      ({ value }) => JSON.parse(Buffer.from(value).toString()) as { seq: number },
    )
    assert.deepEqual(
      stored.map(({ seq }) => seq),
      [1, 2],
    )
    assert.ok(entries(kept).some((key) => key.startsWith('r/')))
  }))

for (const version of [4, 5] as const)
  test(`a QoS 2 delivery goes on after a crash where it was: what the client has is released, not sent again (version ${version})`, () =>
    withKept(async (open) => {
      let packetId = 0
      {
        await using gateway = await open()
        const { client } = await resume(gateway, version, 'car')
        await subscribe(client, version, 'd', 2)
        await gateway.gateway.publish('d', Buffer.from('once'), { qos: 2 })
        packetId = (await client.expect('publish')).messageId!
        client.send(ack(version, 'pubrec', packetId))
        await client.expect('pubrel')
        await gateway.crash()
      }
      await using gateway = await open()
      const { client } = await resume(gateway, version, 'car')
      assert.equal((await client.expect('pubrel')).messageId, packetId)
      client.send(ack(version, 'pubcomp', packetId), pingRequest)
      await client.expect('pingresp')
      await gateway.gateway.publish('d', Buffer.from('next'), { qos: 2 })
      assert.equal(said(await client.expect('publish')), 'next')
    }))

test('SUBACK, PUBREC, PUBREL and PUBCOMP wait until what they say is stored, and so does the PUBACK of a message for one who is away', () =>
  withKept(async (open) => {
    await using gateway = await open()
    const { client } = await resume(gateway, 5, 'car')
    await using other = await openConnected(gateway.port, 5, 'other')
    const answeredOnlyWhenStored = async (
      client: RawClient,
      bytes: Buffer,
      answer: 'suback' | 'pubrec' | 'pubrel' | 'pubcomp' | 'puback',
    ) => {
      gateway.log.hold()
      client.send(bytes, pingRequest)
      await client.expect('pingresp')
      gateway.log.release()
      return client.expect(answer)
    }
    const subscriptions = [
      { filter: 'd', qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 },
    ] as const
    await answeredOnlyWhenStored(
      client,
      encodeSubscribe(5, { packetId: 1, subscriptions, subscriptionId: undefined }),
      'suback',
    )
    await answeredOnlyWhenStored(client, publishPacket(5, 'x', Buffer.from('m'), { qos: 2, packetId: 2 }), 'pubrec')
    await answeredOnlyWhenStored(client, ack(5, 'pubrel', 2), 'pubcomp')
    await answeredOnlyWhenStored(other, publishPacket(5, 'd', Buffer.from('m'), { qos: 1, packetId: 3 }), 'puback')
    const { messageId } = await client.expect('publish')
    assert.ok(messageId !== undefined)
    client.send(ack(5, 'puback', messageId))
    await answeredOnlyWhenStored(other, publishPacket(5, 'd', Buffer.from('m'), { qos: 2, packetId: 4 }), 'pubrec')
    await answeredOnlyWhenStored(client, ack(5, 'pubrec', (await client.expect('publish')).messageId!), 'pubrel')
  }))

test('PUBCOMP of a PUBREL that comes again waits for what the first one stands for: the identifier is free when the client is told', () =>
  withKept(async (open, kept) => {
    {
      await using gateway = await open()
      const { client } = await resume(gateway, 5, 'acme/car-1')
      client.send(publishPacket(5, uplink, telemetry(1), { qos: 2, packetId: 3 }))
      await client.expect('pubrec')
      gateway.log.hold()
      client.send(ack(5, 'pubrel', 3), ack(5, 'pubrel', 3), pingRequest)
      await client.expect('pingresp')
      gateway.log.release()
      for (const code of [0, 0x92]) assert.equal((await client.expect('pubcomp')).reasonCode ?? 0, code)
      assert.deepEqual(entries(kept), ['s/acme/car-1'])
      await gateway.crash()
    }
    await using gateway = await open()
    const { client } = await resume(gateway, 5, 'acme/car-1')
    client.send(publishPacket(5, uplink, telemetry(2), { qos: 2, packetId: 3, dup: true }))
    await client.expect('pubrec')
    assert.equal((await gateway.stored('telemetry')).length, 2)
  }))

test('a session that ends leaves nothing behind, whichever way it ends', () =>
  withKept(async (open, kept) => {
    const ways: readonly ((gateway: TestGateway, client: RawClient) => Promise<unknown>)[] = [
      (gateway) => openConnected(gateway.port, 5, 'car', { cleanStart: true }),
      (gateway) => openConnected(gateway.port, 5, 'car', { cleanStart: false }),
      async (gateway, client) => {
        client.send(encodeDisconnect(5, { reason: 0, properties: { sessionExpiryS: 0 } }))
        while ((await client.next()) !== undefined);
        return gateway
      },
      async (gateway, client) => {
        await gateway.lose(client)
        gateway.clock.advance(2 * hour)
        await gateway.untilMetric('roadstream_gateway_sessions', (value) => value === 0)
      },
    ]
    for (const endIt of ways) {
      await using gateway = await open()
      const { client } = await resume(gateway, 5, 'car')
      await subscribe(client, 5, 'd/#', 2)
      for (let n = 0; n < 100; n++)
        void gateway.gateway.publish('d/x', Buffer.from(String(n)), { qos: n % 2 === 0 ? 1 : 2 })
      for (let n = 0; n < 10; n++) await client.expect('publish')
      client.send(publishPacket(5, uplink, telemetry(1), { qos: 2, packetId: 5 }))
      for (let packet = await client.next(); packet?.cmd !== 'pubrec'; packet = await client.next()) assert.ok(packet)
      assert.ok(entries(kept).length > 100)
      // Messages that are on their way to it as it ends.
      for (let n = 0; n < 10; n++) void gateway.gateway.publish('d/x', Buffer.from(String(n)), { qos: 1 })
      await endIt(gateway, client)
      await gateway.gateway.publish('nobody', Buffer.alloc(1), { qos: 0 })
      await gateway.gateway.drain()
      assert.deepEqual(entries(kept), [])
    }
  }))

test('retained messages are there after a crash, but not those that were removed or have expired', () =>
  withKept(async (open, kept) => {
    {
      await using gateway = await open()
      for (const [topic, text, expiryS] of [
        ['r/1', 'one', 100],
        ['r/2', 'two', 1],
        ['r/3', 'three', 100],
        ['r/3', '', 100],
      ] as const)
        await gateway.gateway.publish(topic, Buffer.from(text), { qos: 1, retain: true, expiryS })
      await gateway.crash()
    }
    await using gateway = await open()
    gateway.clock.advance(20_000)
    await using client = await openConnected(gateway.port, 5, 'car')
    await subscribe(client, 5, 'r/#', 1)
    const found = await client.expect('publish')
    assert.deepEqual(
      [found.topic, said(found), found.retain, found.properties?.messageExpiryInterval],
      ['r/1', 'one', true, 80],
    )
    client.send(pingRequest)
    await client.expect('pingresp')
    await until('what has expired is removed', () => entries(kept).length <= 1)
  }))

test('a retained message that had to go for want of room is not there again after a restart', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  const open = () => openTestGateway({ kept, limits: { retainedBytes: 755 } })
  {
    await using gateway = await open()
    await gateway.gateway.publish('r/1', Buffer.from('short'), { qos: 1, retain: true })
    await gateway.gateway.publish('r/1', Buffer.from('much too long'), { qos: 1, retain: true })
  }
  await using gateway = await open()
  await using client = await openConnected(gateway.port, 5, 'car')
  await subscribe(client, 5, 'r/#', 1)
  client.send(pingRequest)
  await client.expect('pingresp')
})

test('what waited for a member of a share group goes to another one when its session ends after a restart', () =>
  withKept(async (open) => {
    {
      await using gateway = await open()
      const { client } = await resume(gateway, 5, 'first')
      await subscribe(client, 5, '$share/g/t', 1)
      await gateway.lose(client)
      await gateway.gateway.publish('t', Buffer.from('for the group'), { qos: 1 })
      await gateway.crash()
    }
    await using gateway = await open()
    await using second = await openConnected(gateway.port, 5, 'second', { keepAliveS: 3600 })
    await subscribe(second, 5, '$share/g/t', 1)
    gateway.clock.advance(hour + 1000)
    assert.equal(said(await second.expect('publish')), 'for the group')
  }))

for (const returns of [true, false])
  test(`the will of a client that was connected when we were killed ${returns ? 'is taken away when it returns' : 'goes out after the grace'}`, () =>
    withKept(async (open) => {
      const will = {
        topic: 'wills/car',
        payload: Buffer.from('gone'),
        qos: 1,
        retain: false,
        properties: noProperties,
      } as const
      {
        await using gateway = await open()
        await openConnected(gateway.port, 5, 'car', { ...lasting(5), will })
        await gateway.gateway.publish('any', Buffer.alloc(1), { qos: 1 })
        await gateway.crash()
      }
      await using gateway = await open()
      await using watcher = await openConnected(gateway.port, 5, 'watcher')
      await subscribe(watcher, 5, 'wills/#', 1)
      if (returns) assert.equal((await resume(gateway, 5, 'car')).isPresent, true)
      gateway.clock.advance(1500)
      if (!returns) assert.equal(said(await watcher.expect('publish')), 'gone')
      await gateway.gateway.publish('wills/end', Buffer.from('end'), { qos: 1 })
      assert.equal(said(await watcher.expect('publish')), 'end')
    }))

test('a client that was told just before a crash that its session goes on finds it, and its will unsent, although the row says that both are over', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  const options = { kept, limits: { willGraceMs: 1000 } }
  const brief = { cleanStart: false, properties: { sessionExpiryS: 60 } } as const
  const will = {
    topic: 'wills/car',
    payload: Buffer.from('gone'),
    qos: 1,
    retain: false,
    properties: { willDelayS: 50 },
  } as const
  {
    await using gateway = await openTestGateway(options)
    await gateway.lose(await openConnected(gateway.port, 5, 'car', { ...brief, will }))
    await gateway.gateway.publish('any', Buffer.alloc(1), { qos: 1 })
    gateway.log.hold()
    const client = await openRawClient(gateway.port)
    client.send(connectPacket(5, 'car', brief))
    assert.equal((await client.expect('connack')).sessionPresent, true)
    await gateway.crash()
  }
  await using gateway = await openTestGateway({ ...options, wallClock: { now: () => 1_700_000_000_000 + hour } })
  await using watcher = await openConnected(gateway.port, 5, 'watcher', { keepAliveS: 3600 })
  await subscribe(watcher, 5, 'wills/#', 1)
  gateway.clock.advance(900)
  const client = await openRawClient(gateway.port)
  client.send(connectPacket(5, 'car', brief))
  assert.equal((await client.expect('connack')).sessionPresent, true)
  gateway.clock.advance(50_000)
  await gateway.gateway.publish('wills/end', Buffer.from('end'), { qos: 1 })
  assert.equal(said(await watcher.expect('publish')), 'end')
  await gateway.lose(client)
  gateway.clock.advance(61_000)
  await gateway.untilMetric('roadstream_gateway_sessions', (value) => value <= 1)
})
