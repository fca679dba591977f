// From a PUBLISH of the broker to an item of ingest. One connection carries the messages of all
// cars, so what a topic means is remembered for thousands of them. Nothing is acknowledged here:
// ingest does that when the record is durable, in the order the messages came.
import type { Clock } from '../base/clock.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { foreignLimits, foreignRecord, isSender } from '../eventlog/foreign-record.ts'
import { foreignTopic } from '../eventlog/topics.ts'
import type { Translation } from '../mapping/foreign.ts'
import { parseUplinkTopic, type UplinkStream } from '../model/topic.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import { Cursor } from '../mqtt/cursor.ts'
import type { IngestMetrics } from '../ingest/ingest-metrics.ts'
import { itemOverheadBytes, type Ingest, type IngestOwner } from '../ingest/ingest.ts'
import { packetType } from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import { keptUplinkRecord, uplinkRecord } from '../ingest/uplink.ts'

/** A publisher in a form of its own, as its mapping reads it. */
export type Publisher = Pick<Translation, 'name' | 'filters' | 'senderOf'>

/** The meaning of a topic: a car's stream, a sender's messages, or why it is not taken. */
type Origin =
  | { readonly stream: UplinkStream; readonly key: string }
  | {
      readonly stream: typeof foreignTopic
      readonly mapping: string
      readonly sender: string
      readonly address: string
    }
  | { readonly stream: undefined; readonly refusal: 'topic' | 'vehicle-id' | 'tenant' }

export type IntakeOptions = {
  readonly ingest: Pick<Ingest<never>, 'add'>
  readonly metrics: Pick<IngestMetrics, 'countMessage' | 'countRefused'>
  readonly tenants: ReadonlySet<string>
  readonly publishers: readonly Publisher[]
  /** Of receipts: the log's. */
  readonly clock: Clock
  readonly knownTopics: number
  /** Of a payload larger than this, which is more than a message may have, so much is kept. */
  readonly deadLetterBytes: number
}

/** A connection, with `performance.now()` of the read under way. */
export type IntakeOwner = IngestOwner & { readonly readAt: number }

export interface Intake {
  /** Takes the PUBLISH whose body is the range. Gives what is wrong with it, if anything is: then
   *  nothing was taken. */
  take(owner: IntakeOwner, first: number, bytes: Buffer, start: number, end: number): string | undefined
}

export function createIntake(options: IntakeOptions): Intake {
  const { ingest, metrics, clock, knownTopics, deadLetterBytes } = options
  const originOf = openOrigins(options, knownTopics)
  /** Packets read in one go are received at one time. */
  let lastRead = { readAt: NaN, receivedAt: NaN }

  function receivedAtOf(readAt: number): number {
    if (lastRead.readAt !== readAt) lastRead = { readAt, receivedAt: clock.now() }
    return lastRead.receivedAt
  }

  function recordOf(
    origin: Origin,
    payload: Buffer,
    { readAt, retained }: { readAt: number; retained: boolean },
  ): NewRecord | undefined {
    if (origin.stream === undefined) {
      metrics.countRefused(origin.refusal)
      return undefined
    }
    if (origin.stream === foreignTopic) {
      const { record, refusal } = foreignRecord({ ...origin, payload, retained, receivedAt: receivedAtOf(readAt) })
      if (refusal !== undefined) metrics.countRefused(refusal)
      return record
    }
    const head = payload.length > deadLetterBytes ? payload.subarray(0, deadLetterBytes) : payload
    const uplink = uplinkRecord(origin.stream, origin.key, head, receivedAtOf(readAt), payload.length)
    const { record, refusal } = retained ? keptUplinkRecord(uplink, origin.stream) : uplink
    if (refusal !== undefined) metrics.countRefused(refusal)
    return record
  }

  return {
    take(owner, first, bytes, start, end) {
      const qos = (first >> 1) & 3
      // We asked for QoS 1, and nothing comes above what was asked for.
      if (qos > 1) return 'a PUBLISH above the QoS that was asked for'
      const nameEnd = start + 2 + ((bytes[start]! << 8) | bytes[start + 1]!)
      const idEnd = qos === 0 ? nameEnd : nameEnd + 2
      if (start + 2 > end || idEnd > end) return 'a PUBLISH that ends too early'
      const packetId = qos === 0 ? 0 : (bytes[nameEnd]! << 8) | bytes[nameEnd + 1]!
      if (qos === 1 && packetId === 0) return 'a PUBLISH without a packet identifier'
      // We allow no topic aliases, so there is always a name.
      if (nameEnd === start + 2) return 'a PUBLISH without a topic'
      const payloadAt = owner.version === 5 ? afterProperties(bytes, idEnd, end) : idEnd
      if (payloadAt > end) return 'a PUBLISH whose properties end outside it'
      // One character for each byte; topics of our cars are ASCII.
      const origin = originOf(bytes.toString('latin1', start + 2, nameEnd))
      metrics.countMessage(origin.stream ?? 'other', qos === 1 ? 1 : 0)
      const payload = bytes.subarray(payloadAt, end)
      const { readAt } = owner
      const record = recordOf(origin, payload, { readAt, retained: (first & 1) === 1 })
      // Acknowledged with success even when it was refused: it is kept or counted, and the broker,
      // which is not the car, has done its part.
      ingest.add({
        owner,
        ackFirst: qos === 1 ? packetType.puback << 4 : 0,
        packetId,
        reason: reasonCode.success,
        explanation: undefined,
        record,
        bytes: payload.length + itemOverheadBytes,
        readAt,
        message: undefined,
        step: undefined,
      })
      return undefined
    },
  }
}

/** Where the payload begins; beyond `end` when the properties do not fit. None of them changes what
 *  is stored. */
function afterProperties(bytes: Buffer, at: number, end: number): number {
  if (at < end && bytes[at] === 0) return at + 1
  const cursor = new Cursor(bytes, at, end)
  const length = cursor.varint()
  return cursor.fault === 0 ? cursor.at + length : end + 1
}

type Readers = Pick<IntakeOptions, 'tenants' | 'publishers'>

function describe(topic: string, { tenants, publishers }: Readers): Origin {
  const uplink = parseUplinkTopic(topic)
  if (!uplink.ok) return foreignOrigin(topic, publishers) ?? { stream: undefined, refusal: uplink.reason }
  if (!tenants.has(uplink.value.tenant)) return { stream: undefined, refusal: 'tenant' }
  return { stream: uplink.value.stream, key: vehicleKey(uplink.value) }
}

/** Undefined for a topic that no mapping reads. */
function foreignOrigin(topic: string, publishers: readonly Publisher[]): Origin | undefined {
  const address = publishers.length === 0 ? undefined : decodeUtf8(Buffer.from(topic, 'latin1'))
  if (address === undefined || address.length > foreignLimits.addressChars) return undefined
  for (const publisher of publishers) {
    const sender = publisher.senderOf(address)
    if (isSender(sender)) return { stream: foreignTopic, mapping: publisher.name, sender, address }
  }
  return undefined
}

/** Remembers topics in two generations: when the young one is full it becomes the old one, and what
 *  is not asked for again goes with that. */
function openOrigins(readers: Readers, generationMax: number): (topic: string) => Origin {
  let young = new Map<string, Origin>()
  let old = new Map<string, Origin>()
  return (topic) => {
    const known = young.get(topic)
    if (known !== undefined) return known
    const origin = old.get(topic) ?? describe(topic, readers)
    // A topic that means nothing may be long, and there is no end of them.
    if (origin.stream === undefined) return origin
    if (young.size >= generationMax) {
      old = young
      young = new Map<string, Origin>()
    }
    young.set(topic, origin)
    return origin
  }
}
