// A message of a publisher with a form of its own as a record of the topic `foreign`: the payload
// as it came, and in headers what is needed to read it. Its key is `~MAPPING/SENDER`, so that what
// one sender says stays in order; no vehicle has such a key.
import type { NewRecord } from './event-log.ts'
import { foreignTopic } from './topics.ts'

export const foreignLimits = {
  /** As of a message of ours. */
  payloadBytes: 256 * 1024,
  /** Of a larger one so much is kept, in its dead letter. */
  keptBytes: 64 * 1024,
  /** An MQTT topic, or method, path and query of HTTP. A longer one is of no publisher that a
   *  mapping reads. */
  addressChars: 2_048,
  senderChars: 200,
  contentTypeChars: 200,
  detailChars: 200,
} as const

const prefix = '~'

/** Whether a record is of a publisher's sender that may name no vehicle: of the topic `foreign`, or
 *  a dead letter of it. */
export const isSenderKey = (key: string): boolean => key.startsWith(prefix)

export const senderKey = (mapping: string, sender: string): string => `${prefix}${mapping}/${sender}`

/** The mapping and the sender of a key made by `senderKey`; undefined for any other. */
export function parseSenderKey(key: string): { readonly mapping: string; readonly sender: string } | undefined {
  const slash = key.indexOf('/')
  if (!isSenderKey(key) || slash < 2) return undefined
  return { mapping: key.slice(1, slash), sender: key.slice(slash + 1) }
}

/** Whether a sender can be told apart from others by a key: it has a name that is not too long, and
 *  no "/" in it. */
export const isSender = (sender: string | undefined): sender is string =>
  sender !== undefined && sender !== '' && sender.length <= foreignLimits.senderChars && !sender.includes('/')

/** A message as it came, and who reads it. */
export type Arrived = {
  readonly mapping: string
  readonly sender: string
  readonly address: string
  readonly payload: Uint8Array
  readonly contentType?: string
  readonly retained: boolean
  /** By the log's clock, epoch milliseconds. */
  readonly receivedAt: number
}

/** The record to append, and why it is a dead letter, where it is one: `too-large`. */
export function foreignRecord(arrived: Arrived): {
  readonly record: NewRecord
  readonly refusal: 'too-large' | undefined
} {
  const { mapping, sender, payload, receivedAt } = arrived
  const bytes = payload.byteLength
  if (bytes > foreignLimits.payloadBytes) {
    const detail = `A publisher's message has at most ${foreignLimits.payloadBytes} bytes; this one has ${bytes}.`
    const kept = { ...arrived, payload: payload.subarray(0, foreignLimits.keptBytes) }
    return { record: foreignLetter(kept, { reason: 'too-large', detail, bytes: String(bytes) }), refusal: 'too-large' }
  }
  const record = {
    topic: foreignTopic,
    key: senderKey(mapping, sender),
    value: payload,
    headers: headersOf(arrived),
    at: receivedAt,
    receivedAt,
  }
  return { record, refusal: undefined }
}

const headersOf = ({ mapping, address, contentType, retained }: Arrived): Record<string, string> => ({
  mapping,
  address,
  ...(contentType !== undefined && { type: contentType.slice(0, foreignLimits.contentTypeChars) }),
  ...(retained && { retained: '1' }),
})

export type ForeignRefusal = {
  readonly reason: string
  readonly detail: string
  /** The record it was, as `placeOf` names it. */
  readonly position?: string
  /** Of all of it, where only its beginning is kept. */
  readonly bytes?: string
  /** The publisher's id of the vehicle, where that is what is not known. */
  readonly foreignId?: string
}

/** The dead letter of a message, or of a part of one; `key` is that of the vehicle whose it is, of
 *  the sender where none is known. */
export function foreignLetter(
  arrived: Arrived,
  { detail, ...more }: ForeignRefusal,
  key = senderKey(arrived.mapping, arrived.sender),
): NewRecord {
  const headers = {
    ...more,
    detail: detail.slice(0, foreignLimits.detailChars),
    stream: foreignTopic,
    ...headersOf(arrived),
  }
  return {
    topic: 'dead-letter',
    key,
    value: arrived.payload,
    headers,
    at: arrived.receivedAt,
    receivedAt: arrived.receivedAt,
  }
}

/** The message that `foreignRecord` made the record of; undefined for any other. The payload is the
 *  record's. */
export function arrivedOf(record: NewRecord & { readonly receivedAt: number }): Arrived | undefined {
  const { key, value, headers = {}, receivedAt } = record
  const who = parseSenderKey(key)
  const { address, type, retained } = headers
  if (who === undefined || address === undefined) return undefined
  return {
    ...who,
    address,
    payload: value,
    retained: retained === '1',
    receivedAt,
    ...(type !== undefined && { contentType: type }),
  }
}
