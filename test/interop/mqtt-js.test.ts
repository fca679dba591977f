// MQTT.js against the gateway, in both versions. (What a vehicle may do with it, and what it is
// refused, is in src/gateway/gateway.interop.test.ts.)
import assert from 'node:assert/strict'
import { on, once, type EventEmitter } from 'node:events'
import { test } from 'node:test'
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { openTestGateway, type TestGateway } from '../../src/gateway/gateway.testing.ts'

type Version = 4 | 5
type Opened = AsyncDisposable & {
  readonly client: MqttClient
  readonly isResumed: boolean
  next(): Promise<IPublishPacket>
}

/** Listens before it connects: what a session has kept comes right behind CONNACK. */
async function open(
  it: TestGateway,
  protocolVersion: Version,
  clientId: string,
  options: IClientOptions = {},
): Promise<Opened> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${it.port}`, {
    protocolVersion,
    clientId,
    reconnectPeriod: 0,
    ...options,
  })
  const messages = messagesOf(client)
  const [connack] = (await once(client as unknown as EventEmitter, 'connect')) as [{ sessionPresent: boolean }]
  return {
    client,
    isResumed: connack.sessionPresent,
    async next() {
      const [topic, , packet] = await messages()
      // Its packet has no topic where an alias stands for it.
      return { ...packet, topic }
    },
    [Symbol.asyncDispose]: () => client.endAsync(),
  }
}

function messagesOf(client: MqttClient): () => Promise<[string, Buffer, IPublishPacket]> {
  const messages = on(client as unknown as EventEmitter, 'message')
  return async () => (await messages.next()).value as [string, Buffer, IPublishPacket]
}

const seen = ({ topic, payload, qos, retain }: IPublishPacket) => [topic, payload.toString(), qos, retain]
/** The session of a client that is not clean, by either version. */
const lasting = (version: Version): IClientOptions => ({
  clean: false,
  ...(version === 5 && { properties: { sessionExpiryInterval: 600 } }),
})

for (const version of [4, 5] as const) {
  const name = (what: string): string => `MQTT.js, version ${version}: ${what}`

  test(name('every QoS both ways, at the lower of what is published and what is subscribed to'), async () => {
    await using it = await openTestGateway()
    await using sender = await open(it, version, 'sender')
    for (const granted of [0, 1, 2] as const) {
      await using receiver = await open(it, version, `receiver-${granted}`)
      await receiver.client.subscribeAsync('a/+', { qos: granted })
      for (const qos of [0, 1, 2] as const) {
        await sender.client.publishAsync('a/b', `${qos}`, { qos })
        assert.deepEqual(seen(await receiver.next()), ['a/b', `${qos}`, Math.min(qos, granted), false])
      }
    }
  })

  test(name('a retained message is there for who comes later, until an empty one takes it away'), async () => {
    await using it = await openTestGateway()
    await using keeper = await open(it, version, 'keeper')
    await keeper.client.publishAsync('kept', 'it', { qos: 1, retain: true })
    await using late = await open(it, version, 'late')
    await late.client.subscribeAsync('#')
    assert.deepEqual(seen(await late.next()), ['kept', 'it', 0, true])
    await keeper.client.publishAsync('kept', '', { qos: 1, retain: true })
    await using later = await open(it, version, 'later')
    await later.client.subscribeAsync('#')
    await keeper.client.publishAsync('fence', '', { qos: 1 })
    assert.equal((await later.next()).topic, 'fence')
  })

  test(name('a will goes out when its client is lost, and not when it says goodbye'), async () => {
    await using it = await openTestGateway()
    await using heir = await open(it, version, 'heir')
    await heir.client.subscribeAsync('will/#', { qos: 2 })
    for (const [clientId, isPolite] of [
      ['polite', true],
      ['lost', false],
    ] as const) {
      const mortal = await open(it, version, clientId, {
        will: { topic: `will/${clientId}`, payload: Buffer.from('gone'), qos: 2 },
      })
      if (isPolite) await mortal.client.endAsync()
      else mortal.client.stream.destroy()
    }
    assert.deepEqual(seen(await heir.next()), ['will/lost', 'gone', 2, false])
  })

  test(name('a session takes messages while its client is away, and gives them in order'), async () => {
    await using it = await openTestGateway()
    {
      await using away = await open(it, version, 'away', lasting(version))
      assert.equal(away.isResumed, false)
      await away.client.subscribeAsync('for/away', { qos: 1 })
    }
    await using sender = await open(it, version, 'sender')
    for (let count = 0; count < 100; count++) await sender.client.publishAsync('for/away', String(count), { qos: 2 })
    await using back = await open(it, version, 'away', lasting(version))
    assert.equal(back.isResumed, true)
    for (let count = 0; count < 100; count++)
      assert.deepEqual(seen(await back.next()), ['for/away', String(count), 1, false])
  })

  test(name('each message of a shared subscription goes to one member'), async () => {
    await using it = await openTestGateway()
    await using one = await open(it, version, 'one')
    await using two = await open(it, version, 'two')
    await using sender = await open(it, version, 'sender')
    const got: number[] = []
    for (const { client } of [one, two]) {
      client.on('message', (topic, payload) => topic === 'jobs/x' && got.push(Number(payload)))
      await client.subscribeAsync(['$share/workers/jobs/#', 'fence'], { qos: 1 })
    }
    for (let count = 0; count < 20; count++) await sender.client.publishAsync('jobs/x', String(count), { qos: 1 })
    await sender.client.publishAsync('fence', '', { qos: 1 })
    for (const member of [one, two]) while ((await member.next()).topic !== 'fence');
    assert.deepEqual(
      got.sort((left, right) => left - right),
      Array.from({ length: 20 }, (_, count) => count),
    )
  })

  test(name('256,000 bytes at every QoS'), async () => {
    await using it = await openTestGateway()
    await using client = await open(it, version, 'large')
    await client.client.subscribeAsync('large', { qos: 2 })
    const payload = Buffer.from(Array.from({ length: 256_000 }, (_, index) => index % 251))
    for (const qos of [0, 1, 2] as const) {
      await client.client.publishAsync('large', payload, { qos })
      assert.ok(payload.equals(Buffer.from((await client.next()).payload)))
    }
  })
}

test('MQTT.js: a request is answered by its response topic and correlation data, and user properties arrive as they left', async () => {
  await using it = await openTestGateway()
  await using asker = await open(it, 5, 'asker')
  await using answerer = await open(it, 5, 'answerer')
  await asker.client.subscribeAsync('answers/asker', { qos: 1, properties: { subscriptionIdentifier: 300_000 } })
  await answerer.client.subscribeAsync('questions', { qos: 1 })
  const asked = {
    responseTopic: 'answers/asker',
    correlationData: Buffer.from([0, 1, 255]),
    contentType: 'text/plain',
    payloadFormatIndicator: true,
    userProperties: { a: ['1', '2'], ключ: '' },
  }
  await asker.client.publishAsync('questions', 'wie spät?', { qos: 1, properties: asked })
  const { properties } = await answerer.next()
  assert.deepEqual({ ...properties, userProperties: { ...properties?.userProperties } }, asked)
  const answer = { correlationData: properties!.correlationData! }
  await answerer.client.publishAsync(properties!.responseTopic!, 'late', { qos: 1, properties: answer })
  assert.deepEqual({ ...(await asker.next()).properties }, { ...answer, subscriptionIdentifier: 300_000 })
})

test('MQTT.js: a message that expires while its receiver is away is gone, another says how long it has left', async () => {
  await using it = await openTestGateway()
  {
    await using away = await open(it, 5, 'away', lasting(5))
    await away.client.subscribeAsync('news', { qos: 1 })
  }
  await using sender = await open(it, 5, 'sender')
  for (const [text, messageExpiryInterval] of [
    ['stale', 5],
    ['fresh', 60],
  ] as const)
    await sender.client.publishAsync('news', text, { qos: 1, properties: { messageExpiryInterval } })
  it.clock.advance(10_000)
  await using back = await open(it, 5, 'away', lasting(5))
  const { payload, properties } = await back.next()
  assert.deepEqual([payload.toString(), properties?.messageExpiryInterval], ['fresh', 50])
})

test('MQTT.js: topic aliases both ways', async () => {
  await using it = await openTestGateway()
  await using sender = await open(it, 5, 'sender', { autoAssignTopicAlias: true })
  await using receiver = await open(it, 5, 'receiver', { properties: { topicAliasMaximum: 2 } })
  await receiver.client.subscribeAsync('#')
  for (const [index, topic] of ['a', 'b', 'a', 'c', 'b', 'a', 'c'].entries()) {
    await sender.client.publishAsync(topic, String(index), { qos: 1 })
    assert.deepEqual(seen(await receiver.next()), [topic, String(index), 0, false])
  }
})
