// Whatever clients do on whichever thread, whenever the log is slow or refuses, and whenever all is
// killed: what was acknowledged comes to every session that subscribed and to one of each share
// group, at QoS 2 once, in the order each publisher sent it; and all threads agree on what is
// retained.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { encodeAcknowledgement, encodeSubscribe, pingRequest } from '../../mqtt/encode-packet.ts'
import { packetType, type Will } from '../../mqtt/packet.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  until,
  type RawClient,
  type TestGateway,
} from '../gateway.testing.ts'

const plain = ['one', 'two', 'three'] as const
const members = ['four', 'five'] as const
const subscribers = [...plain, ...members] as const
const publishers = ['left', 'right'] as const
const topics = ['t/x', 'g/x', 'r/x'] as const
type Name = (typeof subscribers)[number]
type Publisher = (typeof publishers)[number]
type Topic = (typeof topics)[number]

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('connect' as const),
      who: fc.constantFrom(...subscribers),
      answers: fc.nat(6),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('anew' as const), who: fc.constantFrom(...plain) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lose' as const), who: fc.constantFrom(...subscribers) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      by: fc.constantFrom(...publishers),
      topic: fc.constantFrom(...topics),
      qos: fc.constantFrom<1 | 2>(1, 2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('settle', 'hold', 'release', 'outage', 'crash') }) },
)
type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never

/** A subscriber as a client keeps it: what it got, and the QoS 2 identifiers it has not seen
 *  released. */
type Subscriber = {
  client: RawClient | undefined
  readonly got: string[]
  readonly unreleased: Set<number>
  answersLeft: number
  /** Messages sent before its session began need not come. */
  sinceSent: number
  onSuback: () => void
}

/** Answers as long as it may; without answers what was sent comes again. */
async function receive(subscriber: Subscriber, client: RawClient): Promise<void> {
  for (;;) {
    const packet = await client.next()
    if (packet === undefined) return
    const answer = (type: 'puback' | 'pubrec' | 'pubcomp', packetId: number): void => {
      if (subscriber.answersLeft-- > 0) client.send(encodeAcknowledgement(packetType[type], 5, packetId))
    }
    // A new session, and no refusal of a gateway that ends.
    if (packet.cmd === 'connack' && packet.reasonCode === 0 && !packet.sessionPresent) subscriber.unreleased.clear()
    if (packet.cmd === 'suback') subscriber.onSuback()
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
const turns = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left--) await turn()
}
const filterOf = (who: Name): string => ((members as readonly Name[]).includes(who) ? '$share/g/g/#' : 't/#')
let connections = 0

type Connected = { readonly client: RawClient; readonly ended: Promise<void> }

async function connect(
  gateway: TestGateway,
  who: Name,
  subscriber: Subscriber,
  answers: number,
  cleanStart = false,
): Promise<Connected> {
  const client = await openRawClient(gateway.port)
  const text = `will-of-${who} ${++connections} 2`
  const will: Will = { topic: 't/will', payload: Buffer.from(text), qos: 2, retain: false, properties: {} }
  client.send(connectPacket(5, who, { cleanStart, will, properties: { sessionExpiryS: 3600 } }))
  subscriber.client = client
  subscriber.answersLeft = answers
  return { client, ended: receive(subscriber, client) }
}

/** Gives false when the connection ends before: one that came earlier, on another thread, may be
 *  served later, and takes over. */
async function subscribe({ client, ended }: Connected, subscriber: Subscriber, filter: string): Promise<boolean> {
  const request = { filter, qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 2 } as const
  const subscribed = new Promise<boolean>((resolve) => (subscriber.onSuback = () => resolve(true)))
  client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [request], subscriptionId: undefined }))
  return Promise.race([subscribed, ended.then(() => false)])
}

/** The retained messages a client that comes now gets, on each thread. */
async function retainedOn(gateway: TestGateway, threads: number): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = []
  for (let thread = 0; thread < threads; thread++) {
    await using client = await openConnected(gateway.port, 5, `reader-${thread}`)
    const request = { filter: 'r/#', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
    client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [request], subscriptionId: undefined }))
    await client.expect('suback')
    // Behind what follows the SUBACK, which is stored first where there is something to store.
    await gateway.gateway.publish('none', Buffer.of(1), { qos: 1 })
    await turns(5)
    client.send(pingRequest)
    const packet = await client.next()
    found.push(packet?.cmd === 'publish' ? String(packet.payload) : undefined)
  }
  return found
}

async function run(steps: readonly Step[], threads: number): Promise<void> {
  await using kept = openMemoryLog({ partitions: 1 })
  const open = (): Promise<TestGateway> => openTestGateway({ kept, threads })
  const all = new Map<Name, Subscriber>(
    subscribers.map((who) => [
      who,
      {
        client: undefined,
        got: [],
        unreleased: new Set<number>(),
        answersLeft: 0,
        sinceSent: 0,
        onSuback: () => undefined,
      },
    ]),
  )
  const sentAt = new Map<string, number>()
  const acknowledged = new Map<Topic, string[]>(topics.map((topic) => [topic, []]))
  const senders = new Map<Publisher, RawClient>()
  const counts = new Map<Publisher, number>(publishers.map((name) => [name, 0]))
  /** One message at a time of each publisher, so that its order is known. */
  const unanswered = new Map<Publisher, Promise<void>>()
  let gateway = await open()
  await using _last = { [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() }

  const answered = (): Promise<unknown> => {
    gateway.log.release()
    return Promise.all(unanswered.values())
  }
  const sender = async (name: Publisher): Promise<RawClient> => {
    const found = senders.get(name) ?? (await openConnected(gateway.port, 5, name))
    senders.set(name, found)
    return found
  }
  const publish = async (name: Publisher, topic: Topic, qos: 1 | 2): Promise<void> => {
    if (unanswered.has(name)) gateway.log.release()
    await unanswered.get(name)
    const client = await sender(name)
    const count = counts.get(name)! + 1
    counts.set(name, count)
    const text = `${name} ${count} ${qos}`
    sentAt.set(text, sentAt.size + 1)
    client.send(publishPacket(5, topic, Buffer.from(text), { qos, packetId: count, retain: topic === 'r/x' }))
    const exchange = (async () => {
      const packet = await client.next()
      if (packet?.cmd === 'puback' || packet?.cmd === 'pubrec') acknowledged.get(topic)!.push(text)
      if (packet?.cmd === 'pubrec') {
        client.send(encodeAcknowledgement(packetType.pubrel, 5, packet.messageId!))
        await client.next()
      }
      unanswered.delete(name)
    })()
    unanswered.set(name, exchange)
  }
  const beginAnew = async (who: Name, cleanStart: boolean): Promise<void> => {
    gateway.log.release()
    const subscriber = all.get(who)!
    while (
      !(await subscribe(await connect(gateway, who, subscriber, everything, cleanStart), subscriber, filterOf(who)))
    );
    subscriber.sinceSent = sentAt.size
  }
  const crash = async (): Promise<void> => {
    await gateway.crash()
    for (const client of senders.values()) client.socket.destroy()
    senders.clear()
    await Promise.all(unanswered.values())
    gateway = await open()
  }
  const perform = async (each: Step): Promise<unknown> => {
    switch (each.kind) {
      case 'publish':
        return publish(each.by, each.topic, each.qos)
      case 'connect':
        return connect(gateway, each.who, all.get(each.who)!, each.answers)
      case 'anew':
        return beginAnew(each.who, true)
      case 'lose':
        return all.get(each.who)!.client?.socket.destroy()
      case 'turns':
        return turns(each.count)
      case 'settle':
        return answered()
      case 'hold':
        return gateway.log.hold()
      case 'release':
        return gateway.log.release()
      case 'outage':
        gateway.log.isFull = true
        await turns(8)
        gateway.log.isFull = false
        return undefined
      case 'crash':
        return crash()
    }
  }

  for (const who of subscribers) await beginAnew(who, false)
  for (const each of steps) await perform(each)
  await answered()
  // A client that came earlier, on another thread, may be served later: who is taken over by it
  // comes again.
  const present = new Map<Name, RawClient>()
  const comeAgain = async (): Promise<void> => {
    for (const [who, subscriber] of all)
      if (present.get(who)?.socket.closed !== false)
        present.set(who, (await connect(gateway, who, subscriber, everything)).client)
  }
  const gotOf = (who: Name): readonly string[] => all.get(who)!.got
  const ofGroup = (): readonly string[] => members.flatMap(gotOf)
  const missing = (): readonly string[] => [
    ...plain.flatMap((who) =>
      acknowledged
        .get('t/x')!
        .filter((text) => sentAt.get(text)! > all.get(who)!.sinceSent && !gotOf(who).includes(text))
        .map((text) => `${text} to ${who}`),
    ),
    ...acknowledged.get('g/x')!.filter((text) => !ofGroup().includes(text)),
  ]
  await until(
    () => `what was acknowledged arrives; missing: ${JSON.stringify(missing())}`,
    async () => {
      await comeAgain()
      return missing().length === 0
    },
  )
  // A repeated message may come behind it.
  await turns(20)
  for (const got of [...plain.map(gotOf), ofGroup()]) {
    const once = got.filter((text) => text.endsWith(' 2'))
    assert.deepEqual(once, [...new Set(once)])
  }
  for (const who of plain) {
    const first = [...new Set(gotOf(who))]
    for (const name of publishers) {
      const order = first.filter((text) => text.startsWith(name)).map((text) => Number(text.split(' ')[1]))
      assert.deepEqual(
        order,
        order.toSorted((one, other) => one - other),
      )
    }
  }
  const [retained, ...others] = await retainedOn(gateway, threads)
  for (const other of others) assert.equal(other, retained)
  const lastOf = (name: string | undefined): string | undefined =>
    acknowledged.get('r/x')!.findLast((text) => text.startsWith(name!))
  if (retained === undefined) assert.deepEqual(acknowledged.get('r/x'), [])
  else
    assert.ok(
      (sentAt.get(lastOf(retained.split(' ')[0]) ?? '') ?? 0) <= sentAt.get(retained)!,
      `${retained} is retained`,
    )
}

test('nothing acknowledged is lost, nothing at QoS 2 comes twice, and the order of each publisher holds, wherever sessions move', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), fc.integer({ min: 2, max: 4 }), run),
    {
      numRuns: process.env['CI'] === 'true' ? 100 : 15,
      includeErrorInReport: true,
      // A run that hangs is a failure like another; what it fails by is shrunk for a while and then
      // told.
      timeout: 60_000,
      interruptAfterTimeLimit: 240_000,
      markInterruptAsFailure: true,
    },
  )
})
