// Whatever clients do on whichever thread, and whenever all is killed: what was acknowledged comes to every session that subscribed, at QoS 2 once, and in the
// order each publisher sent it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { encodeAcknowledgement, encodeSubscribe } from '../codec/encode-packet.ts'
import { packetType } from '../codec/packet.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  until,
  type RawClient,
  type TestGateway,
} from '../test-gateway.ts'

const subscribers = ['one', 'two', 'three'] as const
const publishers = ['left', 'right'] as const
type Name = (typeof subscribers)[number]
type Publisher = (typeof publishers)[number]

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('connect' as const), who: fc.constantFrom(...subscribers), answers: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), who: fc.constantFrom(...subscribers) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), by: fc.constantFrom(...publishers), qos: fc.constantFrom<1 | 2>(1, 2) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never

/** A subscriber as a client keeps it: what it got, and the QoS 2 identifiers it has not seen released. */
type Subscriber = { client: RawClient | undefined; readonly got: string[]; readonly unreleased: Set<number>; answersLeft: number }

/** Answers as long as it may; without answers what was sent comes again. */
async function receive(subscriber: Subscriber, client: RawClient): Promise<void> {
  for (;;) {
    const packet = await client.next()
    if (packet === undefined) return
    const answer = (type: 'puback' | 'pubrec' | 'pubcomp', packetId: number): void => {
      if (subscriber.answersLeft-- > 0) client.send(encodeAcknowledgement(packetType[type], 5, packetId))
    }
    if (packet.cmd === 'pubrel') {
      subscriber.unreleased.delete(packet.messageId!)
      answer('pubcomp', packet.messageId!)
    }
    if (packet.cmd !== 'publish') continue
    const id = packet.messageId!
    if (packet.qos === 2) {
      if (!subscriber.unreleased.has(id)) subscriber.got.push(String(packet.payload))
      subscriber.unreleased.add(id)
      answer('pubrec', id)
    } else {
      subscriber.got.push(String(packet.payload))
      answer('puback', id)
    }
  }
}

const everything = Number.MAX_SAFE_INTEGER
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function connect(gateway: TestGateway, who: Name, subscriber: Subscriber, answers: number): Promise<RawClient> {
  const client = await openRawClient(gateway.port)
  client.send(connectPacket(5, who, { cleanStart: false, properties: { sessionExpiryS: 3600 } }))
  subscriber.client = client
  subscriber.answersLeft = answers
  return client
}

async function run(steps: readonly Step[]): Promise<void> {
  await using kept = openMemoryLog({ partitions: 1 })
  const open = (): Promise<TestGateway> => openTestGateway({ kept, threads: 3 })
  const all = new Map<Name, Subscriber>(
    subscribers.map((who) => [who, { client: undefined, got: [], unreleased: new Set<number>(), answersLeft: 0 }]),
  )
  const acknowledged = new Set<string>()
  const senders = new Map<Publisher, RawClient>()
  const sent = new Map<Publisher, number>(publishers.map((name) => [name, 0]))
  /** One message at a time of each publisher, so that its order is known. */
  const unanswered = new Map<Publisher, Promise<void>>()
  const answered = (): Promise<unknown> => Promise.all(unanswered.values())
  let gateway = await open()

  const sender = async (name: Publisher): Promise<RawClient> => {
    const found = senders.get(name) ?? (await openConnected(gateway.port, 5, name))
    senders.set(name, found)
    return found
  }
  const publish = async (name: Publisher, qos: 1 | 2): Promise<void> => {
    await unanswered.get(name)
    const client = await sender(name)
    const count = sent.get(name)! + 1
    sent.set(name, count)
    const text = `${name} ${count} ${qos}`
    client.send(publishPacket(5, 't/x', Buffer.from(text), { qos, packetId: count }))
    const exchange = (async () => {
      const packet = await client.next()
      if (packet?.cmd === 'puback' || packet?.cmd === 'pubrec') acknowledged.add(text)
      if (packet?.cmd === 'pubrec') {
        client.send(encodeAcknowledgement(packetType.pubrel, 5, packet.messageId!))
        await client.next()
      }
    })()
    unanswered.set(name, exchange)
  }

  for (const [who, subscriber] of all) {
    const client = await connect(gateway, who, subscriber, everything)
    await client.expect('connack')
    const filter = { filter: 't/#', qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
    client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [filter], subscriptionId: undefined }))
    await client.expect('suback')
    void receive(subscriber, client)
  }
  for (const each of steps) {
    if (each.kind === 'publish') await publish(each.by, each.qos)
    else if (each.kind === 'connect') {
      const subscriber = all.get(each.who)!
      void receive(subscriber, await connect(gateway, each.who, subscriber, each.answers))
    } else if (each.kind === 'lose') all.get(each.who)!.client?.socket.destroy()
    else if (each.kind === 'settle') await answered()
    else if (each.kind === 'turns') for (let left = each.count; left > 0; left--) await turn()
    else {
      await gateway.crash()
      for (const client of senders.values()) client.socket.destroy()
      senders.clear()
      await answered()
      gateway = await open()
    }
  }
  await answered()
  for (const [who, subscriber] of all) void receive(subscriber, await connect(gateway, who, subscriber, everything))
  const missing = (): readonly [Name, string][] =>
    [...all].flatMap(([who, { got }]) =>
      [...acknowledged].filter((text) => !got.includes(text)).map((text) => [who, text] as [Name, string]),
    )
  await until(
    () => `what was acknowledged arrives; missing: ${JSON.stringify(missing())}`,
    () => missing().length === 0,
  )
  // What comes twice may come behind it.
  for (let turns = 0; turns < 20; turns++) await turn()
  for (const { got } of all.values()) {
    const once = got.filter((text) => text.endsWith(' 2'))
    assert.deepEqual(once, [...new Set(once)])
    const first = [...new Set(got)]
    for (const name of publishers) {
      const counts = first.filter((text) => text.startsWith(name)).map((text) => Number(text.split(' ')[1]))
      assert.deepEqual(
        counts,
        counts.toSorted((one, other) => one - other),
      )
    }
  }
  await gateway[Symbol.asyncDispose]()
}

test('nothing acknowledged is lost, nothing at QoS 2 comes twice, and the order of each publisher holds, wherever sessions move', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run), {
    numRuns: process.env['CI'] === 'true' ? 100 : 15,
    includeErrorInReport: true,
    // A run that hangs is a failure like another; what it fails by is shrunk for a while and then told.
    timeout: 60_000,
    interruptAfterTimeLimit: 240_000,
    markInterruptAsFailure: true,
  })
})
