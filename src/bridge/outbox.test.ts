// However connections come and go, and whatever the broker answers: each message is settled once,
// sent in order, and never more than the window at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { packetType, type Qos } from '../mqtt/packet.ts'
import { defaultBridgeLimits } from './bridge-limits.ts'
import { createOutbox, type OutboxLink, type PublishOutcome } from './outbox.ts'

type Step =
  | { readonly do: 'put'; readonly qos: Qos }
  | { readonly do: 'answer' }
  | { readonly do: 'connect'; readonly isSessionPresent: boolean; readonly receiveMaximum: number }
  | { readonly do: 'lose' }

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), qos: fc.constantFrom<Qos>(0, 1, 2) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const) }) },
    fc.record({
      do: fc.constant('connect' as const),
      isSessionPresent: fc.boolean(),
      receiveMaximum: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({ do: fc.constant('lose' as const) }),
  ),
  { maxLength: 60 },
)

/** A broker of one connection: what it was sent and has not answered, and what it holds at QoS
 *  2. */
function openModel() {
  const limits = { ...defaultBridgeLimits, outboxWindow: 3, outboxTries: Number.POSITIVE_INFINITY }
  const outbox = createOutbox(limits, { now: () => 0 })
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  const outcomes = new Map<number, PublishOutcome>()
  /** The texts, each as often as it was delivered; QoS 2 once for each identifier held. */
  const delivered: number[] = []
  const held = new Set<number>()
  let unanswered: Packet[] = []
  let window = 0
  let count = 0
  let puts = Promise.resolve()
  parser.on('packet', (packet) => {
    if (packet.cmd === 'publish') {
      if (packet.qos === 2 && held.has(packet.messageId!)) assert.equal(packet.dup, true)
      else delivered.push(Number(packet.payload))
      if (packet.qos === 2) held.add(packet.messageId!)
      if (packet.qos === 0) return
    }
    unanswered.push(packet)
    const open = new Set(unanswered.map(({ messageId }) => messageId))
    assert.ok(open.size <= window, `${open.size} in flight, ${window} allowed`)
  })
  const take = {
    put({ qos }: { readonly qos: Qos }): void {
      const own = count++
      const settled = outbox
        .put({ topic: 't', payload: Buffer.from(String(own)), qos, retain: false, expiresAt: 0 })
        .then((outcome) => {
          assert.ok(!outcomes.has(own))
          outcomes.set(own, outcome)
        })
      puts = puts.then(() => settled)
    },
    answer(): void {
      const packet = unanswered.shift()
      if (packet === undefined) return
      const packetId = packet.messageId!
      if (packet.cmd === 'pubrel') {
        held.delete(packetId)
        outbox.handleAcknowledgement(packetType.pubcomp, packetId, 0)
      } else
        outbox.handleAcknowledgement(
          packet.cmd === 'publish' && packet.qos === 2 ? packetType.pubrec : packetType.puback,
          packetId,
          0,
        )
    },
    lose(): void {
      unanswered = []
      outbox.detach()
    },
    connect({ isSessionPresent, receiveMaximum }: Extract<Step, { do: 'connect' }>): void {
      take.lose()
      if (!isSessionPresent) held.clear()
      window = Math.min(limits.outboxWindow, receiveMaximum)
      const link: OutboxLink = {
        version: 5,
        isSessionPresent,
        receiveMaximum,
        packetBytesMax: 1e6,
        maximumQos: 2,
        isRetainAvailable: true,
        send: (bytes) => void parser.parse(bytes),
      }
      outbox.attach(link)
    },
  }
  return {
    outcomes,
    delivered,
    step(step: Step): void {
      if (step.do === 'put') take.put(step)
      else if (step.do === 'connect') take.connect(step)
      else take[step.do]()
    },
    /** A connection that lasts until everything is answered. */
    async end(): Promise<number> {
      take.connect({ do: 'connect', isSessionPresent: true, receiveMaximum: 4 })
      while (unanswered.length > 0) take.answer()
      await puts
      assert.equal(outbox.count, 0)
      return count
    },
  }
}

test('whatever happens to connections, each message is taken once, in order, within the window', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const model = openModel()
      for (const step of steps) model.step(step)
      const count = await model.end()
      assert.deepEqual(
        [...model.outcomes.keys()].sort((a, b) => a - b),
        [...Array(count).keys()],
      )
      assert.ok([...model.outcomes.values()].every((outcome) => outcome === 'taken'))
      // Each where it first stands: repetitions of what was unanswered come later.
      assert.deepEqual([...new Set(model.delivered)], [...Array(count).keys()])
    }),
    { numRuns: 500 },
  )
})

test('what waits too long, is too large, or may not be retained is given up with the reason', async () => {
  let now = 0
  const outbox = createOutbox({ ...defaultBridgeLimits, outboxBytes: 2000 }, { now: () => now })
  const put = (payloadBytes: number, retain: boolean, expiresAt: number) =>
    outbox.put({ topic: 't', payload: Buffer.alloc(payloadBytes), qos: 1, retain, expiresAt })
  const waiting = [put(10, false, 1000), put(900, false, 0), put(10, true, 0)]
  assert.equal(await put(900, false, 0), 'full')
  now = 1000
  outbox.expire()
  const sent: Buffer[] = []
  outbox.attach({
    version: 5,
    isSessionPresent: false,
    receiveMaximum: 10,
    packetBytesMax: 500,
    maximumQos: 1,
    isRetainAvailable: false,
    send: (bytes) => void sent.push(bytes),
  })
  assert.deepEqual(await Promise.all(waiting), ['expired', 'too-large', 'refused'])
  assert.deepEqual([sent.length, outbox.count], [0, 0])
  const refusal = put(1, false, 0)
  outbox.handleAcknowledgement(packetType.puback, 3, 0)
  outbox.handleAcknowledgement(packetType.puback, sent[0]!.readUInt16BE(5), 0x87)
  assert.equal(await refusal, 'refused')
})

test('a message over which the broker ends each connection is refused in the end, and those beside it are taken', async () => {
  const outbox = createOutbox(defaultBridgeLimits, { now: () => 0 })
  const texts = Array.from({ length: 20 }, (_, index) => (index === 7 ? 'poison' : `command ${index}`))
  const outcomes = Promise.all(
    texts.map((text, index) =>
      outbox.put({ topic: 't', payload: Buffer.from(text), qos: index % 2 === 0 ? 1 : 2, retain: false, expiresAt: 0 }),
    ),
  )
  let connections = 0
  for (; outbox.count > 0; connections++) {
    assert.ok(connections < 20, 'it goes on for ever')
    const sent: Packet[] = []
    const parser = mqttPacket.parser({ protocolVersion: 5 }).on('packet', (packet) => void sent.push(packet))
    const send = (bytes: Buffer): void => void parser.parse(bytes)
    outbox.attach({
      version: 5,
      isSessionPresent: true,
      receiveMaximum: 4,
      packetBytesMax: 1e6,
      maximumQos: 2,
      isRetainAvailable: true,
      send,
    })
    for (let packet = sent.shift(); packet !== undefined; packet = sent.shift()) {
      // Nothing of this connection is answered any more, as of a broker that reads all of it before
      // it answers.
      if (
        packet.cmd === 'publish' &&
        [packet, ...sent].some((each) => each.cmd === 'publish' && each.payload.toString() === 'poison')
      )
        break
      const answer =
        packet.cmd === 'pubrel'
          ? packetType.pubcomp
          : packet.cmd === 'publish' && packet.qos === 2
            ? packetType.pubrec
            : packetType.puback
      outbox.handleAcknowledgement(answer, packet.messageId!, 0)
    }
    outbox.detach()
  }
  assert.deepEqual(
    await outcomes,
    texts.map((text) => (text === 'poison' ? 'refused' : 'taken')),
  )
  assert.ok(connections <= 8, `${connections} connections`)
})
