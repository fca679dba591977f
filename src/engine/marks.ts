// Log time passes with what is appended. Where nothing comes, the runner appends a mark now and
// then, so that timers on log time, and the time of keys that fell silent, depend on the log alone:
// reading it again says the same as the day itself.
import type { Clock } from '../base/clock.ts'
import type { EventLog, NewRecord, Topic } from '../eventlog/event-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import { markTopics } from '../eventlog/topics.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'

/** A partition that brought nothing for so long gets a mark. By the steady clock, which decides
 *  only when to append: what time it is, is the append time that the log gives it. */
const markEveryMs = 10_000

const names: ReadonlySet<Topic> = new Set(Object.values(markTopics))
export const isMark = (topic: Topic): boolean => names.has(topic)

/** Not empty, which would delete the key in a compacted topic. */
const value = Uint8Array.of(1)

/** A mark for a partition; its key is one that falls there. */
export const markFor = (log: EventLog, topic: Topic, partition: number, now: number): NewRecord => ({
  topic,
  key: keyIn(partition, log.partitionsOf(topic)),
  value,
  at: now,
})

const keys = new Map<string, string>()

/** The first of `0`, `1`, `2` … that falls into the partition. */
function keyIn(partition: number, partitions: number): string {
  const name = `${partition}/${partitions}`
  let key = keys.get(name)
  for (let n = 0; key === undefined; n += 1) if (partitionOf(String(n), partitions) === partition) key = String(n)
  keys.set(name, key)
  return key
}

export type Marks = {
  /** Appends a mark to every partition that was quiet for `markEveryMs` and in which a timer waits.
   *  Rejects with the log's Outage. */
  give(): Promise<void>
}

type MarksOptions = {
  readonly uplink: EventLog
  readonly derived: EventLog
  readonly lanes: Lanes
  readonly clock: Clock
  readonly steady: Clock
}

export function createMarks({ uplink, derived, lanes, clock, steady }: MarksOptions): Marks {
  /** When a lane was last heard, or given a mark. */
  const heardAt = new WeakMap<Lane, number>()
  return {
    async give() {
      const now = steady.now()
      const marks = { uplink: new Set<number>(), derived: new Set<number>() }
      for (const lane of lanes.main) {
        const since = heardAt.get(lane)
        if (since !== undefined && !lane.heard && (now - since < markEveryMs || !lane.waits())) continue
        heardAt.set(lane, now)
        if (since === undefined || lane.heard) continue
        const readsUplink = lanes.seats.topicsOf(lane.tasks.map(({ job }) => job)).uplink.length > 0
        marks[readsUplink ? 'uplink' : 'derived'].add(lane.partition)
      }
      await append(uplink, markTopics.uplink, marks.uplink, clock.now())
      await append(derived, markTopics.derived, marks.derived, clock.now())
    },
  }
}

async function append(log: EventLog, topic: Topic, partitions: ReadonlySet<number>, now: number): Promise<void> {
  if (partitions.size > 0) await log.append([...partitions].map((partition) => markFor(log, topic, partition, now)))
}
