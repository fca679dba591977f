// Positions in a log as positions in one with another number of partitions, which has its records
// in another order. Nobody can stand somewhere in the middle of it: whoever has a position is to
// have read to the end, and reads on at the end.
import { Outage } from '../base/errors.ts'
import { epochKey, epochPrefix, positionKey, type Bounds, type Positions, type Topic } from '../eventlog/event-log.ts'
import { markTopics } from '../eventlog/topics.ts'

export type RegroupedLog = {
  /** Of the log that is moved. */
  readonly id: string
  readonly epochs: readonly number[]
  /** By topic, where each partition begins and ends. */
  readonly bounds: ReadonlyMap<Topic, readonly Bounds[]>
  /** The same of the log that was filled; its newest life. */
  readonly newId: string
  readonly newEpoch: number
  readonly newBounds: ReadonlyMap<Topic, readonly Bounds[]>
}

/** Records that say nothing but that time passes. */
const marks: ReadonlySet<Topic> = new Set(Object.values(markTopics))

/** `who` has them, for people. `partition`: of a task of one partition, as it is numbered in the
 *  log that is moved (`was`, several that become one) and in the one that was filled. Positions of
 *  another log stay as they are. Throws Outage MOVE_UNREAD. */
export function regroupedPositions(
  who: string,
  positions: Positions,
  logs: readonly RegroupedLog[],
  partition?: { readonly was: number; readonly becomes: number },
): Positions {
  const moved: Record<string, number> = { ...positions }
  const topics = new Set(
    Object.keys(positions).flatMap((key) => (key.startsWith(epochPrefix) ? [] : [key.slice(0, key.lastIndexOf('/'))])),
  )
  const hasEpochs = Object.keys(positions).some((key) => key.startsWith(epochPrefix))
  for (const log of logs) {
    const epoch = positions[epochKey(log.id)]
    if (hasEpochs && !(epoch === 0 || (epoch !== undefined && log.epochs.includes(epoch)))) continue
    for (const topic of topics) {
      const [bounds, newBounds] = [log.bounds.get(topic), log.newBounds.get(topic)]
      if (bounds === undefined || newBounds === undefined) continue
      topics.delete(topic)
      for (const [number, { start, end }] of bounds.entries()) {
        const key = positionKey(topic, number)
        const at = Math.max(positions[key] ?? start, start)
        if ((partition === undefined || partition.was === number) && !marks.has(topic) && at < end)
          throw notDone(`${who} has read ${key} up to ${at} of ${end}`)
        delete moved[key]
      }
      for (const [number, { end }] of newBounds.entries())
        if (partition === undefined || partition.becomes === number) moved[positionKey(topic, number)] = end
    }
    if (epoch === undefined) continue
    delete moved[epochKey(log.id)]
    moved[epochKey(log.newId)] = log.newEpoch
  }
  return moved
}

/** Something is yet to be done before the number of partitions can change. */
export const notDone = (what: string): Outage =>
  new Outage(
    'MOVE_UNREAD',
    `The number of partitions changes only once everything was read: ${what}. Start \`jobs\` and \`api\` without a gateway, wait until roadstream_jobs_lag_records and roadstream_writer_lag_records are 0, stop them, and give the same move again.`,
    { retryable: false },
  )
