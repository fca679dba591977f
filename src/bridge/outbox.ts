// Messages for cars on their way to the other broker: a bounded queue, of which a window is
// unacknowledged. It outlives connections: what the broker has not taken is sent again on the next
// one, first and in the same order. [MQTT-4.4.0-1], [MQTT-4.6.0-1]
//
//   waiting ──sent──► in flight ──PUBACK, PUBCOMP──► taken       waiting, in flight ──► refused, expired, too-large, stopped
import type { Clock } from '../base/clock.ts'
import { encodeAcknowledgement, encodePublish } from '../mqtt/encode-packet.ts'
import { packetType, type PacketType, type ProtocolVersion, type Qos } from '../mqtt/packet.ts'
import { noProperties } from '../mqtt/properties.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import type { BridgeLimits } from './bridge-limits.ts'

/** The fate of a message: the broker has it (at QoS 0: it was written); it refused it; its
 *  time ran out here; the outbox was full; it is larger than the broker takes; the bridge
 *  stopped first. */
export type PublishOutcome = 'taken' | 'refused' | 'expired' | 'full' | 'too-large' | 'stopped'

export type OutgoingMessage = {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
  /** By the clock of the outbox; 0 is never. */
  readonly expiresAt: number
}

/** A connection of the broker, and what it said it takes. */
export type OutboxLink = {
  readonly version: ProtocolVersion
  readonly isSessionPresent: boolean
  readonly receiveMaximum: number
  readonly packetBytesMax: number
  readonly maximumQos: number
  readonly isRetainAvailable: boolean
  send(bytes: Buffer): void
}

type Entry = OutgoingMessage & {
  readonly settle: (outcome: PublishOutcome) => void
  packetId: number
  /** The QoS it was sent at: the broker may take less than was asked for. */
  sentQos: Qos
  /** Sent on this connection. */
  isSent: boolean
  /** Sent on an earlier one. */
  isRepeated: boolean
  /** QoS 2: the broker has it, and is told that we know. */
  isReleased: boolean
  /** On how many connections it was sent. */
  tries: number
}

export interface Outbox {
  readonly count: number
  /** Never rejects. */
  put(message: OutgoingMessage): Promise<PublishOutcome>
  attach(link: OutboxLink): void
  detach(): void
  handleAcknowledgement(type: PacketType, packetId: number, reason: number): void
  /** Gives up what has waited too long. */
  expire(): void
  /** Resolves when nothing is in flight any more, or no connection is there. */
  settled(): Promise<void>
  /** Gives up everything, and takes nothing more. */
  stop(): void
}

const entryOverheadBytes = 256
/** SUBSCRIBE has the last identifier (connection.ts). */
const packetIdMax = 65_534

const sizeOf = ({ payload, topic }: OutgoingMessage): number => payload.length + topic.length + entryOverheadBytes

export function createOutbox(limits: BridgeLimits, clock: Clock): Outbox {
  const waiting = new Set<Entry>()
  const inFlight = new Map<number, Entry>()
  let bytes = 0
  /** Of those in flight, how many were sent on this connection. */
  let outstanding = 0
  let lastPacketId = 0
  let link: OutboxLink | undefined
  let isStopped = false
  let onSettled: (() => void)[] = []

  function finish(entry: Entry, outcome: PublishOutcome): void {
    waiting.delete(entry)
    if (inFlight.get(entry.packetId) === entry) {
      inFlight.delete(entry.packetId)
      if (entry.isSent) outstanding--
    }
    bytes -= sizeOf(entry)
    entry.settle(outcome)
    if (inFlight.size === 0) wakeSettled()
  }

  function wakeSettled(): void {
    for (const resolve of onSettled) resolve()
    onSettled = []
  }

  function nextPacketId(): number {
    do lastPacketId = lastPacketId === packetIdMax ? 1 : lastPacketId + 1
    while (inFlight.has(lastPacketId))
    return lastPacketId
  }

  const isExpired = ({ expiresAt }: Entry): boolean => expiresAt !== 0 && expiresAt <= clock.now()

  function encode(entry: Entry, to: OutboxLink): Buffer {
    const { topic, payload, retain, packetId, expiresAt, isRepeated, sentQos: qos } = entry
    const leftS = Math.max(1, Math.ceil((expiresAt - clock.now()) / 1000))
    const properties = expiresAt === 0 ? noProperties : { messageExpiryS: leftS }
    return encodePublish(to.version, { topic, payload, qos, dup: isRepeated && qos > 0, retain, packetId, properties })
  }

  /** Sends what was in flight on an earlier connection, in its order. */
  function repeat(entry: Entry, to: OutboxLink): void {
    if (entry.isReleased) to.send(encodeAcknowledgement(packetType.pubrel, to.version, entry.packetId))
    // At QoS 2 the broker may hold the identifier: that exchange must end as it began.
    else if (isExpired(entry) && entry.sentQos < 2) return finish(entry, 'expired')
    else {
      to.send(encode(entry, to))
      entry.tries++
    }
    entry.isSent = true
    outstanding++
  }

  function sendFirst(entry: Entry, to: OutboxLink): void {
    if (isExpired(entry)) return finish(entry, 'expired')
    if (entry.retain && !to.isRetainAvailable) return finish(entry, 'refused')
    entry.sentQos = Math.min(entry.qos, to.maximumQos) as Qos
    entry.packetId = entry.sentQos === 0 ? 0 : nextPacketId()
    const packet = encode(entry, to)
    if (packet.length > to.packetBytesMax) return finish(entry, 'too-large')
    to.send(packet)
    if (entry.sentQos === 0) return finish(entry, 'taken')
    waiting.delete(entry)
    entry.tries = 1
    entry.isSent = true
    outstanding++
    inFlight.set(entry.packetId, entry)
  }

  function pump(): void {
    if (link === undefined) return
    const [oldest] = inFlight.values()
    // Two connections have ended over it, or something behind it: which one it is shows when they
    // go one by one.
    const window = oldest !== undefined && oldest.tries > 1 ? 1 : Math.min(limits.outboxWindow, link.receiveMaximum)
    for (const entry of inFlight.values()) {
      if (outstanding >= window) return
      if (!entry.isSent) repeat(entry, link)
    }
    for (const entry of waiting) {
      if (outstanding >= window) return
      sendFirst(entry, link)
    }
  }

  return {
    get count() {
      return waiting.size + inFlight.size
    },
    put(message) {
      if (isStopped) return Promise.resolve('stopped')
      const size = sizeOf(message)
      if (waiting.size + inFlight.size >= limits.outboxMessages || bytes + size > limits.outboxBytes)
        return Promise.resolve('full')
      bytes += size
      return new Promise((settle) => {
        waiting.add({
          ...message,
          settle,
          packetId: 0,
          sentQos: message.qos,
          isSent: false,
          isRepeated: false,
          isReleased: false,
          tries: 0,
        })
        pump()
      })
    },
    attach(to) {
      link = to
      for (const entry of inFlight.values()) {
        // A session that is gone has forgotten the identifier, and took the message when it
        // answered PUBREC.
        if (entry.isReleased && !to.isSessionPresent) finish(entry, 'taken')
        // A broker may end the connection over a PUBLISH it does not allow, and has no other way to
        // say so by 3.1.1.
        else if (!entry.isReleased && entry.tries >= limits.outboxTries) finish(entry, 'refused')
        entry.isRepeated = to.isSessionPresent // [MQTT-3.3.1-1]
      }
      pump()
    },
    detach() {
      link = undefined
      outstanding = 0
      for (const entry of inFlight.values()) entry.isSent = false
      wakeSettled()
    },
    handleAcknowledgement(type, packetId, reason) {
      const entry = inFlight.get(packetId)
      if (entry === undefined) return
      if (reason >= 0x80) finish(entry, 'refused')
      else if (type === packetType.pubrec) {
        entry.isReleased = true
        link?.send(encodeAcknowledgement(packetType.pubrel, link.version, packetId, reasonCode.success))
      } else finish(entry, 'taken')
      pump()
    },
    expire() {
      for (const entry of waiting) if (isExpired(entry)) finish(entry, 'expired')
    },
    settled: () =>
      inFlight.size === 0 || link === undefined ? Promise.resolve() : new Promise((resolve) => onSettled.push(resolve)),
    stop() {
      isStopped = true
      for (const entry of [...inFlight.values(), ...waiting]) finish(entry, 'stopped')
    },
  }
}
