// From a record of the log to what jobs take in. A clock that runs ahead must not reach them: one instant in the year
// 2050 would stay the newest of its car for ever.
import type { StoredRecord } from '../eventlog/event-log.ts'
import { parseMessage, type MessageRefusal } from '../model/message-codec.ts'
import type { Message } from '../model/message.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Input } from './job.ts'

/** An instant further ahead of its append is not believed, and the append time is taken instead. A day, because a
 *  recording replayed at many times its speed runs ahead by hours, and time zones are mistaken by hours. */
export const clockAheadMs = 24 * 3_600_000

export const believedAt = (at: number, appendedAt: number): number => (at - appendedAt > clockAheadMs ? appendedAt : at)

export type ReadInput = {
  readonly input: Input
  /** Why the record is no message; its input is then that of a dead letter. The gateway lets no such record through. */
  readonly refusal: MessageRefusal | null
  /** Whether an instant was too far ahead to be believed. */
  readonly ahead: boolean
}

export function readInput(record: StoredRecord, ref: VehicleRef): ReadInput {
  if (record.topic === 'dead-letter') return { input: { record, ref, message: null }, refusal: null, ahead: false }
  const parsed = parseMessage(record.value)
  if (!parsed.ok) {
    const headers = { ...record.headers, stream: record.topic, reason: parsed.reason }
    return { input: { record: { ...record, topic: 'dead-letter', headers }, ref, message: null }, refusal: parsed.reason, ahead: false }
  }
  const { appendedAt } = record
  const ahead = isAhead(parsed.value, appendedAt)
  const message = ahead ? believed(parsed.value, appendedAt) : parsed.value
  return { input: { record, ref, message }, refusal: null, ahead }
}

const isAhead = (message: Message, appendedAt: number): boolean =>
  'event' in message ? message.at - appendedAt > clockAheadMs : message.samples.some((sample) => sample.at - appendedAt > clockAheadMs)

const believed = (message: Message, appendedAt: number): Message =>
  'event' in message
    ? { ...message, at: believedAt(message.at, appendedAt) }
    : { ...message, samples: message.samples.map((sample) => ({ ...sample, at: believedAt(sample.at, appendedAt) })) }
