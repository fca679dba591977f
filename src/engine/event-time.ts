// The watermark of one partition over its topics: the least of the topics that are not idle. When all are idle it moves on
// with processing time, so that a lone parked car's trip is shown as ended; that decides when, never what.
import type { LogTopic } from '../eventlog/event-log.ts'
import { boundedOutOfOrderness, leastWatermark, type BoundedOutOfOrderness } from './watermark.ts'

export type EventTimeOptions = {
  /** How far out of order the records of a topic are expected to be. Only when is decided by it. */
  readonly boundMs: number
  /** A topic that was read to its end and brought nothing for so long is idle. */
  readonly idleMs: number
}

export type PartitionTime = {
  observe(topic: LogTopic, at: number): void
  /** To be told after every read: when something came, and the topics that were read to their end. */
  arrived(topics: Iterable<LogTopic>, now: number): void
  /** The watermark at processing time `now`, with the topics of which the log holds more than was read. It never goes back. */
  advance(now: number, behind: readonly LogTopic[]): number
  greatestAt(): Record<string, number>
}

export function createPartitionTime(
  topics: readonly LogTopic[],
  { boundMs, idleMs }: EventTimeOptions,
  resumed: { readonly watermark: number; readonly greatestAt: Readonly<Record<string, number>> },
  startedAt: number,
): PartitionTime {
  const inputs = new Map<LogTopic, { readonly time: BoundedOutOfOrderness; arrivedAt: number }>(
    topics.map((topic) => [topic, { time: boundedOutOfOrderness(boundMs, resumed.greatestAt[topic] ?? -Infinity), arrivedAt: startedAt }]),
  )
  let watermark = resumed.watermark
  let lastArrivedAt = startedAt

  return {
    observe(topic, at) {
      inputs.get(topic)?.time.observe(at)
    },
    arrived(arrivedTopics, now) {
      for (const topic of arrivedTopics) {
        const input = inputs.get(topic)
        if (input !== undefined) input.arrivedAt = now
        lastArrivedAt = now
      }
    },
    advance(now, behind) {
      const states = [...inputs].map(([topic, { time, arrivedAt }]) => ({
        watermark: time.watermark(),
        idle: now - arrivedAt >= idleMs && !behind.includes(topic),
      }))
      const least = leastWatermark(states)
      const reached = least ?? Math.max(...states.map((state) => state.watermark)) + Math.max(0, now - lastArrivedAt)
      if (reached > watermark) watermark = reached
      return watermark
    },
    greatestAt: () =>
      Object.fromEntries([...inputs].map(([topic, { time }]) => [topic, time.greatestAt()]).filter(([, at]) => at !== -Infinity)),
  }
}
