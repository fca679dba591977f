// For sessions.model.test.ts: clients that keep to the protocol to the letter, also over crashes of
// the gateway, and note down all that happens to them; and what follows from it for what each of
// them must have heard.
import assert from 'node:assert/strict'
import {
  encodeAcknowledgement,
  encodeDisconnect,
  encodeSubscribe,
  encodeUnsubscribe,
  pingRequest,
} from '../../mqtt/encode-packet.ts'
import { packetType, type ProtocolVersion, type Qos } from '../../mqtt/packet.ts'
import { noProperties } from '../../mqtt/properties.ts'
import {
  connectPacket,
  openRawClient,
  ownHost,
  publishPacket,
  telemetry,
  until,
  type RawClient,
  type TestGateway,
} from '../gateway.testing.ts'
import { parseTopicFilter, parseTopicName } from '../../mqtt/topic-filter.ts'

/** Counts what happens, so that it can be said what was before what. */
export type Ticker = { now: number }
export type ModelMessage = {
  readonly seq: number
  readonly topic: string
  readonly qos: Qos
  readonly from: string
  readonly sentAt: number
  settledAt: number
}
type ModelSubscription = { readonly filter: string; readonly qos: Qos; sinceAt: number; untilAt: number }
type Sent = { readonly message: ModelMessage; isReceived: boolean }
export type Got = { readonly seq: number; readonly dup: boolean }

/** One session, as its client knows it. */
export type Life = {
  readonly startedAt: number
  isLasting: boolean
  /** Something of it was acknowledged, so that a crash cannot take it away. */
  isStored: boolean
  readonly subscriptions: ModelSubscription[]
  readonly got: Got[]
}

export const never = Number.POSITIVE_INFINITY
const sessionExpiryS = 3600
const receivedBytes = 'roadstream_gateway_received_bytes_total'

export type ModelClient = ReturnType<typeof createModelClient>

export function createModelClient(
  id: string,
  version: ProtocolVersion,
  ticker: Ticker,
  messages: ReadonlyMap<number, ModelMessage>,
) {
  let life: Life | undefined
  let raw: RawClient | undefined
  let isWelcome = false
  let isAutomatic = false
  let pongs = 0
  /** The first fault found. */
  let failure: unknown
  /** Answers that are held back. */
  let owed: Buffer[] = []
  /** QoS 2 messages that were received and not released: by identifier, which one it is. */
  let received = new Map<number, number>()
  let outgoing = new Map<number, Sent>()
  /** Requests that wait for SUBACK or UNSUBACK. */
  let asked = new Map<number, () => void>()

  const ack = (type: 'puback' | 'pubrec' | 'pubcomp' | 'pubrel', packetId: number): Buffer =>
    encodeAcknowledgement(packetType[type], version, packetId)
  const answer = (bytes: Buffer): void => {
    if (isAutomatic) raw!.send(bytes)
    else owed.push(bytes)
  }
  const freeId = (used: ReadonlyMap<number, unknown>): number => {
    let free = 1
    while (used.has(free)) free++
    return free
  }
  const seqOf = (payload: Buffer | string): number => {
    const said = JSON.parse(String(payload)) as number | { seq: number }
    return typeof said === 'number' ? said : said.seq
  }

  function hear(packet: {
    readonly payload: Buffer | string
    readonly qos: number
    readonly messageId?: number
    readonly dup: boolean
  }): void {
    const seq = seqOf(packet.payload)
    const message = messages.get(seq)!
    assert.ok(message.settledAt > life!.startedAt, `${id} hears ${seq}, which is of the time before its session`)
    const packetId = packet.messageId ?? 0
    const known = received.get(packetId)
    if (packet.qos < 2 || known === undefined) life!.got.push({ seq, dup: packet.dup })
    else assert.equal(known, seq, `${id} takes ${seq} for ${known}, which came under the same identifier`)
    if (packet.qos === 2) received.set(packetId, seq)
    if (packet.qos > 0) answer(ack(packet.qos === 1 ? 'puback' : 'pubrec', packetId))
  }

  function welcome(
    isPresent: boolean,
    wanted: { readonly clean: boolean; readonly lasting: boolean; readonly sentAt: number },
  ): void {
    // By 3.1.1 it may be the one of a connection that was given up before it was answered.
    if (wanted.clean || (life === undefined && version === 5))
      assert.equal(isPresent, false, `${id} wanted a new session`)
    else if (life?.isStored === true) assert.equal(isPresent, true, `the session of ${id} is lost`)
    if (!isPresent || life === undefined) {
      life = { startedAt: wanted.sentAt, isLasting: wanted.lasting, isStored: false, subscriptions: [], got: [] }
      received = new Map()
      outgoing = new Map()
    }
    life.isLasting = wanted.lasting
    isWelcome = true
    for (const [packetId, { message, isReceived }] of outgoing)
      raw!.send(isReceived ? ack('pubrel', packetId) : publish(message, packetId, true))
  }

  const publish = ({ topic, qos, seq }: ModelMessage, packetId: number, dup: boolean): Buffer =>
    publishPacket(version, topic, telemetry(seq), { qos, packetId: qos === 0 ? 0 : packetId, dup })

  async function listen(to: RawClient, wanted: Parameters<typeof welcome>[1]): Promise<void> {
    for (;;) {
      const packet = await to.next()
      if (to !== raw) return
      if (packet === undefined) return gone()
      ticker.now++
      const packetId = packet.messageId ?? 0
      if (packet.cmd === 'connack') {
        // A gateway that is about to end refuses who still waits for a session.
        if ((packet.reasonCode ?? packet.returnCode) !== 0) return gone()
        welcome(packet.sessionPresent, wanted)
      } else if (packet.cmd === 'publish') hear(packet)
      else if (packet.cmd === 'pingresp') pongs++
      else if (packet.cmd === 'puback' || packet.cmd === 'pubrec') settled(packet.cmd, packetId)
      else if (packet.cmd === 'pubcomp') outgoing.delete(packetId)
      else if (packet.cmd === 'pubrel') {
        received.delete(packetId)
        answer(ack('pubcomp', packetId))
      } else if (packet.cmd === 'suback' || packet.cmd === 'unsuback') {
        life!.isStored = true
        asked.get(packetId)!()
        asked.delete(packetId)
      }
    }
  }

  function settled(cmd: 'puback' | 'pubrec', packetId: number): void {
    const sent = outgoing.get(packetId)
    assert.ok(sent !== undefined, `${id} is answered what it has not sent`)
    sent.message.settledAt = Math.min(sent.message.settledAt, ticker.now)
    if (cmd === 'puback') outgoing.delete(packetId)
    else {
      sent.isReceived = true
      answer(ack('pubrel', packetId))
    }
  }

  /** The connection is gone; a session that ends with it ends. */
  function gone(): void {
    raw = undefined
    isWelcome = false
    owed = []
    asked = new Map()
    if (life?.isLasting === false) life = undefined
  }

  return {
    id,
    version,
    get life() {
      return life
    },
    get isConnected() {
      return raw !== undefined
    },
    get isWelcome() {
      return isWelcome
    },
    get isIdle() {
      return owed.length === 0 && outgoing.size === 0
    },
    async connect(
      gateway: TestGateway,
      { clean, lasting }: { readonly clean: boolean; readonly lasting: boolean },
    ): Promise<void> {
      // Who knows of no session wants none: an earlier one may have ended with no one to say so. By
      // 3.1.1 that would be no lasting one, so there is one all along.
      const isLasting = lasting || (version === 4 && !clean)
      const wanted = {
        clean: version === 4 ? !isLasting : clean || life === undefined,
        lasting: isLasting,
        sentAt: ++ticker.now,
      }
      if (raw !== undefined) gone()
      if (wanted.clean) life = undefined
      else if (life !== undefined) life.isLasting = isLasting
      const properties = version === 5 && isLasting ? { sessionExpiryS } : noProperties
      raw = await openRawClient(gateway.port, version, ownHost)
      const before = await gateway.metric(receivedBytes)
      raw.send(connectPacket(version, id, { cleanStart: wanted.clean, keepAliveS: 0, properties }))
      listen(raw, wanted).catch((error: unknown) => {
        failure ??= error
      })
      await until(`the CONNECT of ${id} is read`, async () => (await gateway.metric(receivedBytes)) > before)
    },
    async drop(gateway: TestGateway): Promise<void> {
      const dropped = raw
      // A connection whose CONNECT waits is not read: that it is gone is noticed later.
      const isNoticed = isWelcome
      gone()
      if (dropped !== undefined && isNoticed) await gateway.lose(dropped)
      else dropped?.socket.destroy()
    },
    /** With the end of the session, which by 3.1.1 only a clean one has. */
    leave(endsSession: boolean): void {
      raw!.send(
        encodeDisconnect(version, {
          reason: 0,
          properties: endsSession && version === 5 && life!.isLasting ? { sessionExpiryS: 0 } : noProperties,
        }),
      )
      gone()
      if (endsSession && version === 5) life = undefined
    },
    /** Its gateway is no more. */
    gone,
    expired(): void {
      if (raw === undefined && version === 5) life = undefined
    },
    stored(): void {
      if (life !== undefined && isWelcome) life.isStored = true
    },
    subscribe(filter: string, qos: Qos): void {
      const packetId = freeId(asked)
      const subscription: ModelSubscription = { filter, qos, sinceAt: never, untilAt: never }
      for (const earlier of life!.subscriptions)
        if (earlier.filter === filter) earlier.untilAt = Math.min(earlier.untilAt, ++ticker.now)
      life!.subscriptions.push(subscription)
      asked.set(packetId, () => (subscription.sinceAt = ticker.now))
      const subscriptions = [{ filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 2 }] as const
      raw!.send(encodeSubscribe(version, { packetId, subscriptions, subscriptionId: undefined }))
    },
    unsubscribe(filter: string): void {
      const packetId = freeId(asked)
      for (const earlier of life!.subscriptions)
        if (earlier.filter === filter) earlier.untilAt = Math.min(earlier.untilAt, ++ticker.now)
      asked.set(packetId, () => undefined)
      raw!.send(encodeUnsubscribe(version, { packetId, filters: [filter] }))
    },
    publish(message: ModelMessage): void {
      const packetId = message.qos === 0 ? 0 : freeId(outgoing)
      if (message.qos > 0) outgoing.set(packetId, { message, isReceived: false })
      raw!.send(publish(message, packetId, false))
    },
    answer(count: number): void {
      for (const bytes of owed.splice(0, count)) raw!.send(bytes)
    },
    answerAll(): void {
      isAutomatic = true
      if (raw !== undefined) this.answer(owed.length)
    },
    /** Everything it has sent has been read, and everything that was sent to it by then has
     *  come. */
    async served(): Promise<void> {
      const wanted = pongs + 1
      const asking = raw
      asking?.send(pingRequest)
      await until(
        `${id} has its PINGRESP`,
        () => failure !== undefined || !isWelcome || raw !== asking || pongs >= wanted,
      )
      if (failure !== undefined) throw failure
    },
  }
}

const matches = (filter: string, topic: string): boolean => {
  const wanted = parseTopicFilter(filter)!.levels
  const levels = parseTopicName(topic)!
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (levels[index] === undefined || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}

/** Checks what the client must have heard in the life it has: QoS 1 at least once, QoS 2 exactly
 *  once, in order. */
export function checkLife(id: string, { subscriptions, got }: Life, messages: Iterable<ModelMessage>): void {
  const lastOf = new Map<string, number>()
  const counts = new Map<number, number>()
  for (const { seq } of got) counts.set(seq, (counts.get(seq) ?? 0) + 1)
  const firsts = [...counts.keys()]
  for (const message of messages) {
    const { seq, topic, qos, sentAt, settledAt } = message
    const matching = subscriptions.filter(({ filter }) => matches(filter, topic))
    const count = counts.get(seq) ?? 0
    if (matching.length === 0) assert.equal(count, 0, `${id} heard ${seq} and never subscribed to it`)
    if (qos === 0) continue
    const isDue = settledAt < never && matching.some(({ sinceAt, untilAt }) => sinceAt < sentAt && untilAt > settledAt)
    if (isDue) assert.ok(count > 0, `${id} has not heard ${seq}`)
    if (qos === 2 && matching.every((subscription) => subscription.qos === 2))
      assert.ok(count <= 1, `${id} heard ${seq} ${count} times`)
    // A message first sent before the subscription, and again after it, may come behind a later
    // one.
    if (count === 0 || !isDue) continue
    const stream = `${message.from} ${topic} ${qos}`
    const at = firsts.indexOf(seq)
    assert.ok(at > (lastOf.get(stream) ?? -1), `${id} heard ${seq} too early`)
    lastOf.set(stream, at)
  }
}
