// How large a log on a disk of this machine is, told without a look at its records.
import type { Topic } from './event-log.ts'

export type TopicSize = {
  readonly topic: Topic
  /** Of its batches as they are stored, packed or not: what retention counts. */
  readonly bytes: number
  /** Offsets given so far, which only grows; and those of them that are kept. */
  readonly appended: number
  readonly kept: number
  /** Append time of the oldest batch (of its newest record); null when nothing is kept. */
  readonly oldestAt: number | null
}

export type LogSize = {
  /** All that were ever declared. */
  readonly topics: readonly TopicSize[]
  /** Of the pages that hold the records of all topics. */
  readonly recordBytes: number
  /** Of the pages that hold the state beside the log. */
  readonly stateBytes: number
  /** Of the file. Its other pages are free, and used for what comes. */
  readonly fileBytes: number
}
