// What a vehicle published becomes a record: as it came when it is a message, a dead letter with its reason when it is not.
import type { NewRecord } from '../eventlog/event-log.ts'
import { messageAt } from '../model/message-check.ts'
import { parseMessage } from '../model/message-codec.ts'
import { scanMessage } from '../model/scan-message.ts'
import type { UplinkStream } from '../model/topic.ts'
import { reasonCode, type ReasonCode } from './codec/reason-code.ts'

const detailChars = 200

export type UplinkRecord = { readonly record: NewRecord; readonly reason: ReasonCode; readonly refusal: string | undefined }

/** `receivedAt` is the log's time when the PUBLISH was read. Never throws. A refused payload is acknowledged all the same, with a reason that tells the car not to send it again. */
export function uplinkRecord(stream: UplinkStream, key: string, payload: Buffer, receivedAt: number): UplinkRecord {
  const scannedAt = scanMessage(payload)
  if (scannedAt !== undefined) return asItCame(stream, key, payload, scannedAt, receivedAt)
  const parsed = parseMessage(payload)
  if (parsed.ok) return asItCame(stream, key, payload, messageAt(parsed.value, receivedAt), receivedAt)
  const headers = { reason: parsed.reason, stream, detail: parsed.detail.slice(0, detailChars) }
  const reason = parsed.reason === 'too-large' ? reasonCode.implementationSpecific : reasonCode.payloadFormatInvalid
  const record = { topic: 'dead-letter', key, value: payload, headers, at: receivedAt, receivedAt }
  return { record, reason, refusal: parsed.reason }
}

const asItCame = (topic: UplinkStream, key: string, value: Buffer, at: number, receivedAt: number): UplinkRecord => ({
  record: { topic, key, value, at, receivedAt },
  reason: reasonCode.success,
  refusal: undefined,
})
