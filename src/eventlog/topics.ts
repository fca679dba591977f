// The topics of the product's two logs, where a slice declares those of its own; and what can be a
// topic at all.
import { uplinkStreams } from '../model/topic.ts'
import type { Topic, TopicSpec } from './event-log.ts'

/** Topics of rows that jobs derive. */
export const derivedTopics = ['twin', 'track', 'trip', 'alert', 'ledger', 'anomaly'] as const
export type DerivedTopic = (typeof derivedTopics)[number]

/** Log time where nothing comes, in each of the two logs; positions of both stand side by side, so
 *  their names differ. */
export const markTopics = { uplink: 'mark', derived: 'derived-mark' } as const

/** Messages of publishers with forms of their own, as they came (foreign-record.ts). */
export const foreignTopic = 'foreign' satisfies Topic

/** Which of them are to be asked for their births (rebirth-record.ts). */
export const rebirthTopic = 'rebirth' satisfies Topic

/** The sessions of gateways, where several of them have one log (gateway/claims). One partition, so
 *  that there is one order of all. */
export const sessionsTopic: TopicSpec = { name: 'sessions', partitions: 1, cleanup: 'compact' }

/** Topics of what cars publish, what others publish of them, what of both was refused, and what is
 *  asked of them. */
export const uplinkTopics: readonly TopicSpec[] = [
  ...uplinkStreams,
  'dead-letter',
  markTopics.uplink,
  foreignTopic,
  rebirthTopic,
].map((name) => ({ name }))

/** Topics of what jobs derive, what they could not read, and what came too late for them. */
export const derivedLogTopics: readonly TopicSpec[] = [...derivedTopics, 'dead-letter', 'late', markTopics.derived].map(
  (name) => ({
    name,
  }),
)

export type CompactionTimes = {
  /** Younger records are not touched, so that who reads within this time sees every one. */
  readonly lagMs: number
  /** How long a tombstone stays, so that who reads within this time learns that the key is gone. */
  readonly tombstoneMs: number
}

export const compactionTimes: CompactionTimes = { lagMs: 3_600_000, tombstoneMs: 24 * 3_600_000 }
/** A copy of a compacted topic that was last as it so long ago is made again: the record that says
 *  an entry is gone may be gone itself. */
export const copyMsMax = compactionTimes.tombstoneMs / 2

export const partitionsMax = 0xffff
/** As Kafka's, so that a log can move there. */
const nameForm = /^[A-Za-z0-9._-]{1,249}$/
/** Beside positions stands the epoch they were read in, as `epoch/…`. */
const reservedNames: ReadonlySet<Topic> = new Set(['.', '..', 'epoch'])

/** Throws a RangeError for the first that can be no topic. */
export function checkTopics(specs: readonly TopicSpec[]): void {
  for (const { name, partitions = 1 } of specs) {
    if (!nameForm.test(name) || reservedNames.has(name))
      throw new RangeError(
        `${JSON.stringify(name)} can be no topic: give 1 to 249 letters, digits, ".", "_" or "-", and not "epoch".`,
      )
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > partitionsMax)
      throw new RangeError(`A topic has 1 to ${partitionsMax} partitions; ${partitions} were asked for topic ${name}.`)
  }
}

export const undeclared = (topic: Topic): RangeError =>
  new RangeError(`No topic ${JSON.stringify(topic)} was declared when this log was opened: add it to its topics.`)

export const withoutPartition = (
  { name, partitions }: { readonly name: Topic; readonly partitions: number },
  partition: number,
): RangeError => new RangeError(`Topic ${name} has ${partitions} partitions, from 0 on; ${partition} is none of them.`)
