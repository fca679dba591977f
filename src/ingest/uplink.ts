// The record of what a vehicle published: as it came when it is a message, a dead letter with
// its reason when it is not.
import type { NewRecord } from '../eventlog/event-log.ts'
import { refused } from '../base/errors.ts'
import { messageAt, messageLimits } from '../model/message-check.ts'
import { parseMessage } from '../model/message-codec.ts'
import { scanMessage } from '../model/scan-message.ts'
import type { UplinkStream } from '../model/topic.ts'
import { reasonCode, type ReasonCode } from '../mqtt/reason-code.ts'

const detailChars = 200
const keptReason = 'retained'
const tooLarge = (bytes: number): string =>
  `A message has at most ${messageLimits.bytes} bytes, and its packet little more; this one has ${bytes}.`

export type UplinkRecord = {
  readonly record: NewRecord
  readonly reason: ReasonCode
  readonly refusal: string | undefined
}

/** `receivedAt` is the log's time when the PUBLISH was read; `bytes` is the length of the whole
 *  payload where only its beginning was kept. Never throws. A refused payload is acknowledged all
 *  the same, with a reason that tells the car not to send it again. */
export function uplinkRecord(
  stream: UplinkStream,
  key: string,
  payload: Buffer,
  receivedAt: number,
  bytes = payload.length,
): UplinkRecord {
  const scannedAt = bytes === payload.length ? scanMessage(payload) : undefined
  if (scannedAt !== undefined) return asItCame(stream, key, payload, scannedAt, receivedAt)
  const parsed = bytes === payload.length ? parseMessage(payload) : refused('too-large', tooLarge(bytes))
  if (parsed.ok) return asItCame(stream, key, payload, messageAt(parsed.value, receivedAt), receivedAt)
  const headers = {
    reason: parsed.reason,
    stream,
    detail: parsed.detail.slice(0, detailChars),
    ...(bytes > payload.length && { bytes: String(bytes) }),
  }
  const reason = parsed.reason === 'too-large' ? reasonCode.quotaExceeded : reasonCode.payloadFormatInvalid
  const record = { topic: 'dead-letter', key, value: payload, headers, at: receivedAt, receivedAt }
  return { record, reason, refusal: parsed.reason }
}

const asItCame = (topic: UplinkStream, key: string, value: Buffer, at: number, receivedAt: number): UplinkRecord => ({
  record: { topic, key, value, at, receivedAt },
  reason: reasonCode.success,
  refusal: undefined,
})

/** The same of a message that a broker had kept and hands out again: received now, and said at any
 *  time before. It stands where it tells its instant; where it does not, its receipt would stand
 *  for one, and it is a dead letter. */
export function keptUplinkRecord(uplink: UplinkRecord, stream: UplinkStream): UplinkRecord {
  const { record, refusal } = uplink
  if (refusal !== undefined) return uplink
  const parsed = parseMessage(record.value)
  if (parsed.ok && !Number.isNaN(messageAt(parsed.value))) return uplink
  const headers = { reason: keptReason, stream, detail: 'A broker had kept it, and it tells no instant.' }
  return { ...uplink, record: { ...record, topic: 'dead-letter', headers }, refusal: keptReason }
}
