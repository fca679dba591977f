// Whatever clients do, and wherever the log stalls and the gateway dies: a lasting session gets
// what it subscribed to and what was acknowledged to its publisher, QoS 1 at least once and QoS 2
// exactly once, in order; the log has it too; and when all sessions have ended nothing of them is
// left.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { readWhole } from '../../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../../eventlog/state-store.ts'
import type { Qos } from '../../mqtt/packet.ts'
import {
  checkLife,
  createModelClient,
  never,
  type ModelClient,
  type ModelMessage,
  type Ticker,
} from './sessions-model.testing.ts'
import { openTestGateway, ownHost, until, type TestGateway } from '../gateway.testing.ts'

const versions = [5, 4, 5] as const
const topics = ['d/0', 'd/1'] as const
const filters = ['d/0', 'd/+', 'd/#', 'v1/acme/c0/up/telemetry'] as const

const client = fc.nat(versions.length - 1)
const qos = fc.constantFrom<Qos[]>(0, 1, 2, 1, 2)
const stored = fc.constantFrom<Qos[]>(1, 2)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('connect' as const),
      client,
      clean: fc.boolean(),
      lasting: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), client, ends: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      client,
      filter: fc.constantFrom(...filters),
      qos: stored,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), client, filter: fc.constantFrom(...filters) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), topic: fc.constantFrom(...topics), qos }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('publish' as const), client, qos }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), client, count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('hold' as const, 'release' as const, 'outage' as const, 'stop' as const, 'expire' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('vanish' as const), client, qos: stored }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('letThrough' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One run: a gateway after another on what the one before has left. */
async function run(steps: readonly Step[], batchRecords: number): Promise<void> {
  await using kept = openMemoryLog({ partitions: 1 })
  let wallAheadMs = 0
  const open = (): Promise<TestGateway> =>
    openTestGateway({
      kept,
      listeners: [{ kind: 'tcp', host: ownHost, port: 0 }],
      wallClock: { now: () => 1_700_000_000_000 + wallAheadMs },
      limits: { drainTimeoutMs: 1, deliveryWindow: 3, keepAliveMaxS: 1e6, batchRecords },
    })
  let gateway = await open()
  let isHeld = false
  let lastSeq = 0
  const ticker: Ticker = { now: 0 }
  const messages = new Map<number, ModelMessage>()
  const clients = versions.map((version, index) => createModelClient(`acme/c${index}`, version, ticker, messages))

  function newMessage(topic: string, qos: Qos, from: string): ModelMessage {
    const message = { seq: ++lastSeq, topic, qos, from, sentAt: ++ticker.now, settledAt: never }
    messages.set(message.seq, message)
    return message
  }

  /** All that can happen without the log has happened; and all that waits for it too, when it takes
   *  something. */
  async function quiet(): Promise<void> {
    for (const each of clients) await each.served()
    if (isHeld || gateway.log.isFull) return
    // A CONNACK may wait for the log; what an answer sets off comes after it.
    for (let round = 0; round < 2; round++) {
      await gateway.gateway.publish('quiet', Buffer.alloc(1), { qos: 0 })
      for (const each of clients)
        await until(`${each.id} has its CONNACK`, async () => {
          await each.served()
          return !each.isConnected || each.isWelcome
        })
    }
    for (const each of clients) each.stored()
  }

  async function reopen(end: 'stop' | 'crash'): Promise<void> {
    if (end === 'crash') await gateway.crash()
    else await gateway[Symbol.asyncDispose]()
    for (const each of clients) each.gone()
    isHeld = false
    gateway = await open()
  }

  async function perform(step: Step): Promise<void> {
    const chosen = 'client' in step ? clients[step.client]! : clients[0]!
    switch (step.kind) {
      case 'connect':
        return chosen.connect(gateway, { clean: step.clean && chosen.version === 5, lasting: step.lasting })
      case 'drop':
        return chosen.drop(gateway)
      case 'leave':
        return chosen.isWelcome ? chosen.leave(step.ends) : undefined
      case 'subscribe':
        return chosen.isWelcome ? chosen.subscribe(step.filter, step.qos) : undefined
      case 'unsubscribe':
        return chosen.isWelcome ? chosen.unsubscribe(step.filter) : undefined
      case 'publish':
        return chosen.isWelcome
          ? chosen.publish(newMessage(`v1/${chosen.id}/up/telemetry`, step.qos, chosen.id))
          : undefined
      case 'vanish':
        return chosen.isWelcome ? vanish(chosen, step.qos) : undefined
      case 'answer':
        return chosen.isWelcome ? chosen.answer(step.count) : undefined
      case 'say':
        return say(step.topic, step.qos)
      case 'expire':
        return expire()
      case 'stop':
      case 'crash':
        return reopen(step.kind)
      case 'hold':
      case 'release':
      case 'outage':
      case 'letThrough':
        return stall(step.kind)
    }
  }

  function say(topic: string, qos: Qos): void {
    const message = newMessage(topic, qos, '')
    void gateway.gateway
      .publish(topic, Buffer.from(String(message.seq)), { qos })
      .then(() => (message.settledAt = ++ticker.now))
  }

  /** Says something and is gone before it is answered; what it said is stored all the same. */
  async function vanish(chosen: ModelClient, qos: Qos): Promise<void> {
    gateway.log.hold()
    chosen.publish(newMessage(`v1/${chosen.id}/up/telemetry`, qos, chosen.id))
    await chosen.served()
    await chosen.drop(gateway)
    if (!isHeld) gateway.log.release()
  }

  /** Not while the log stalls: that a client came back is not stored then, and a crash would find
   *  its session away for longer than its expiry. */
  function expire(): void {
    if (isHeld || gateway.log.isFull) return
    wallAheadMs += 3_601_000
    gateway.clock.advance(3_601_000)
    for (const each of clients) each.expired()
  }

  async function stall(kind: 'hold' | 'release' | 'outage' | 'letThrough'): Promise<void> {
    const { log } = gateway
    if (kind === 'outage') log.isFull = true
    else if (kind === 'hold') log.hold()
    else {
      log.isFull = false
      log.release()
      if (kind === 'letThrough' && isHeld) log.hold()
    }
    isHeld = kind === 'hold' || (isHeld && kind !== 'release')
    for (let turn = 0; turn < 5; turn++) await tick()
  }

  try {
    for (const each of clients) {
      await each.connect(gateway, { clean: false, lasting: true })
      await quiet()
      each.subscribe('d/#', 2)
    }
    for (const step of steps) {
      await perform(step)
      await quiet()
    }
    await finish(clients)
  } finally {
    for (const each of clients) each.gone()
    await gateway[Symbol.asyncDispose]()
  }

  async function finish(all: readonly ModelClient[]): Promise<void> {
    await stall('release')
    for (const each of all) {
      each.answerAll()
      // Of who knows of no session there may be one all the same, of before a crash.
      if (!each.isConnected)
        await each.connect(gateway, { clean: each.life === undefined, lasting: each.life !== undefined })
    }
    await until('what is on its way has arrived', async () => {
      await quiet()
      return (
        (await gateway.metric('roadstream_gateway_queued_bytes')) === 0 &&
        all.every(({ isConnected, isIdle }) => !isConnected || isIdle)
      )
    })
    for (const { id, life } of all) if (life !== undefined) checkLife(id, life, messages.values())
    await checkLog(kept, messages)
    for (const each of all) {
      await each.connect(gateway, { clean: true, lasting: false })
      await quiet()
      each.leave(true)
    }
    await until('all sessions have ended', async () => (await gateway.metric('roadstream_gateway_sessions')) === 0)
    await gateway.gateway.publish('quiet', Buffer.alloc(1), { qos: 0 })
    await gateway.gateway.publish('quiet', Buffer.alloc(1), { qos: 0 })
    assert.deepEqual([...kept.state.range('gateway/1', '')], [], 'nothing is left of sessions that have ended')
    for (const name of ['queued_bytes', 'pending_bytes'])
      assert.equal(await gateway.metric(`roadstream_gateway_${name}`), 0, name)
  }
}

/** Messages acknowledged to a car are in the log, at QoS 2 once, and in order. */
async function checkLog({ log }: LogAndState, messages: ReadonlyMap<number, ModelMessage>): Promise<void> {
  const found = (await readWhole(log, 'telemetry')).map(
    ({ value }) => (JSON.parse(Buffer.from(value).toString()) as { seq: number }).seq,
  )
  const lastOf = new Map<string, number>()
  for (const { seq, from, qos, settledAt } of messages.values()) {
    if (from === '') continue
    const count = found.filter((each) => each === seq).length
    if (qos > 0 && settledAt < never) assert.ok(count > 0, `${seq} was acknowledged and is not in the log`)
    if (qos === 2) assert.ok(count <= 1, `${seq} is ${count} times in the log`)
    if (count === 0) continue
    const at = found.indexOf(seq)
    assert.ok(at > (lastOf.get(from) ?? -1), `${seq} is too early in the log`)
    lastOf.set(from, at)
  }
}

/** Inputs that once showed a defect, or were taken for one. */
const known: [Step[], number][] = [
  // A client that leaves for good comes again and is answered before the end of its first session
  // is durable: the crash would give it that one back.
  [
    [
      { kind: 'hold' },
      { kind: 'leave', client: 2, ends: true },
      { kind: 'letThrough' },
      { kind: 'connect', client: 2, clean: false, lasting: true },
      { kind: 'crash' },
      { kind: 'say', topic: 'd/0', qos: 2 },
    ],
    1,
  ],
  // The first message is on its way before its sender subscribes to it, and comes again behind the
  // second.
  [
    [
      { kind: 'hold' },
      { kind: 'publish', client: 0, qos: 1 },
      { kind: 'subscribe', client: 0, filter: 'v1/acme/c0/up/telemetry', qos: 1 },
      { kind: 'vanish', client: 0, qos: 1 },
    ],
    1,
  ],
]

test('what was acknowledged reaches every lasting session that subscribed to it, and nothing is left of those that have ended', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), fc.constantFrom(1, 2, 4000), run), {
    numRuns: process.env['CI'] === 'true' ? 500 : 100,
    examples: known,
    includeErrorInReport: true,
    // A run takes some 20 ms, all of them a tenth of the limit: a run that hangs is a failure like
    // another, and is told before anyone else gives up.
    timeout: 60_000,
    interruptAfterTimeLimit: 240_000,
    markInterruptAsFailure: true,
  })
})
