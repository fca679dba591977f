// What a vehicle published becomes a record: as it came when it is a message, a dead letter with its reason when it is not.
import type { Clock } from '../base/clock.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { messageAt, parseMessage } from '../model/message-codec.ts'
import type { UplinkStream } from '../model/topic.ts'
import { reasonCode, type ReasonCode } from './reason-code.ts'

const detailChars = 200

export type UplinkRecord = { readonly record: NewRecord; readonly reason: ReasonCode; readonly refusal: string | undefined }

/** Never throws. A refused payload is acknowledged all the same, with a reason that tells the car not to send it again. */
export function uplinkRecord(stream: UplinkStream, key: string, payload: Buffer, clock: Clock): UplinkRecord {
  const parsed = parseMessage(payload)
  if (parsed.ok)
    return { record: { topic: stream, key, value: payload, at: messageAt(parsed.value) }, reason: reasonCode.success, refusal: undefined }
  const headers = { reason: parsed.reason, stream, detail: parsed.detail.slice(0, detailChars) }
  const reason = parsed.reason === 'too-large' ? reasonCode.implementationSpecific : reasonCode.payloadFormatInvalid
  return { record: { topic: 'dead-letter', key, value: payload, headers, at: clock.now() }, reason, refusal: parsed.reason }
}
