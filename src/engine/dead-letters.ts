// Records that the runner appends besides outputs, as they came: dead letters, and those that came
// too late.
import { placeOf, type NewRecord, type StoredRecord } from '../eventlog/event-log.ts'
import type { LateRecord } from './engine.ts'
import type { JobFailure } from './job-failure.ts'

export const lateTopic = 'late'

/** A record that was no message, or on which a job threw, as it came. */
export const deadLetter = (record: StoredRecord, reason: string): NewRecord => ({
  topic: 'dead-letter',
  key: record.key,
  value: record.value,
  headers: { stream: record.topic, reason, position: placeOf(record) },
  at: record.at,
  receivedAt: record.receivedAt,
})

/** A dead letter; an empty one when the job threw while emitting for a key. */
export const failureLetter = ({ job, key, record }: JobFailure): NewRecord =>
  record === undefined
    ? { topic: 'dead-letter', key, value: new Uint8Array(), headers: { reason: `job-${job}` }, at: 0 }
    : deadLetter(record, `job-${job}`)

export const lateRecord = (job: string, { record, reason }: LateRecord): NewRecord => ({
  ...deadLetter(record, reason),
  topic: lateTopic,
  headers: { stream: record.topic, reason, job, position: placeOf(record) },
})
