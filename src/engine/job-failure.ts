import type { StoredRecord } from '../eventlog/event-log.ts'

/** A bug in a job: what threw, on which key, and on which record (none when it threw while
 *  emitting). */
export class JobFailure extends Error {
  override readonly name = 'JobFailure'
  readonly job: string
  readonly key: string
  readonly record: StoredRecord | undefined

  constructor(job: string, key: string, record: StoredRecord | undefined, cause: unknown) {
    super(`The job ${job} failed.`, { cause })
    this.job = job
    this.key = key
    this.record = record
  }
}
