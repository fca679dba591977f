// When the tables of a system have what its log had at a moment: read off the ends of the logs and
// what each reader says it has yet to read.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { Outage } from '../../src/base/errors.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { derivedTopics, uplinkTopics } from '../../src/eventlog/topics.ts'

/** Records that a reader of a topic has yet to read; the readers are the jobs, all that have any
 *  as one, and each store. */
export type Lag = { readonly consumer: string; readonly topic: string; readonly records: number }

/** The two logs of a system, to be looked at from outside. */
export type BothLogs = AsyncDisposable & { readonly uplink: EventLog; readonly derived: EventLog }

export type Followed = {
  openLogs(): Promise<BothLogs>
  /** Undefined while nobody says. */
  lag(): Promise<readonly Lag[] | undefined>
  /** All that its processes have printed. */
  said(): string
}

type Ends = ReadonlyMap<string, number>

/** Longer than all time limits of a connection and of a batch together; a reader that has not gone
 *  on by then hangs. */
const followWithinMs = 240_000
const lookEveryMs = 20

/** Resolves once the tables have all that the logs hold now, and what the jobs make of it. */
export async function untilFollowed({ openLogs, lag, said }: Followed): Promise<void> {
  await using logs = await openLogs()
  const began = performance.now()
  const ends = (): Promise<Ends> => whenAnswered(logs, began)
  /** Partitions are taken together: a reader that hangs does so in all of them. */
  const untilPast = async (wanted: Ends, isMeant: (lag: Lag) => boolean): Promise<void> => {
    for (;;) {
      // Read before the lags are, so that they may only be further by then.
      const now = await ends()
      const lags = (await lag())?.filter(isMeant) ?? []
      const behind = lags.filter(({ topic, records }) => (now.get(topic) ?? 0) - records < (wanted.get(topic) ?? 0))
      if (lags.length > 0 && behind.length === 0) return
      assert.ok(
        performance.now() - began < followWithinMs,
        `the tables do not follow the log: ${JSON.stringify(behind)}\n${said()}`,
      )
      await wait(lookEveryMs)
    }
  }
  await untilPast(await ends(), ({ consumer }) => consumer === 'jobs')
  // Lists read from the end of the log what the index of raw messages lets gather.
  const others = new Set(['jobs', 'translator', 'message-index'])
  await untilPast(await ends(), ({ consumer }) => !others.has(consumer))
}

/** The ends of all topics, once the servers of the logs say them. */
async function whenAnswered({ uplink, derived }: BothLogs, began: number): Promise<Ends> {
  for (;;)
    try {
      return new Map([
        ...(await endsOf(
          uplink,
          uplinkTopics.map(({ name }) => name),
        )),
        ...(await endsOf(derived, derivedTopics)),
      ])
    } catch (error) {
      if (!(error instanceof Outage && error.retryable) || performance.now() - began > followWithinMs) throw error
      await wait(lookEveryMs)
    }
}

async function endsOf(log: EventLog, topics: readonly string[]): Promise<Ends> {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
  const endOf = async (topic: string): Promise<readonly [string, number]> => {
    const bounds = await Promise.all(partitions.map((partition) => log.bounds(topic, partition)))
    return [topic, bounds.reduce((sum, { end }) => sum + end, 0)]
  }
  return new Map(await Promise.all(topics.map(endOf)))
}
