// Helpers that tests of the runner share: logs in memory with clocks of their own, runs to the end,
// and what a log amounts to.
import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import type { EventLog, NewRecord, StoredRecord, Topic } from '../eventlog/event-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState, StateStore } from '../eventlog/state-store.ts'
import { markTopics } from '../eventlog/topics.ts'
import type { Sample } from '../model/message.ts'
import type { AnyJob } from './job.ts'
import { runJobs, type RunJobsOptions } from './runner.ts'

export const startAt = 1_700_000_000_000

export const clockAt = (at: number): Clock & { at: number } => ({
  at,
  now() {
    return this.at
  },
})

export const newRecord = ({ topic, key, value, headers, at }: StoredRecord): NewRecord => ({
  topic,
  key,
  value,
  at,
  ...(headers && { headers }),
})

/** A sample of a speed in each of so many seconds. */
export const drive = (from: number, seconds: number, kmh = 50): Sample[] =>
  Array.from({ length: seconds }, (_, second) => ({ at: from + second * 1000, signals: { 'Vehicle.Speed': kmh } }))

/** Small batches and checkpoints, so that a few records meet all of the machinery. Nothing is put
 *  off, so that runs that are cut at other places say the same things in the same order. */
export const smallLimits = { batchRecords: 7, checkpointRecords: 40, deferMs: 0 } as const

/** The same where outputs are put off between checkpoints from the first one on, until nothing
 *  more is to be read: the clock of these runs stands still. */
export const deferringLimits = { ...smallLimits, deferMs: 1 } as const

/** Runs jobs until all is read, and all rebuilds are done. */
export const runToEnd = (
  jobs: readonly AnyJob[],
  uplink: EventLog,
  derived: Pick<LogAndState, 'log' | 'state'>,
  more: Partial<RunJobsOptions> = {},
): Promise<void> => runJobs({ jobs, ...readingAll(uplink, derived), ...more })

/** How such a run is set up, whatever the jobs. */
export const readingAll = (
  uplink: EventLog,
  derived: Pick<LogAndState, 'log' | 'state'>,
): Omit<RunJobsOptions, 'jobs'> => ({
  uplink,
  derived,
  clock: clockAt(startAt),
  steady: clockAt(0),
  logger: silentLogger,
  registry: new Registry(),
  signal: new AbortController().signal,
  untilRead: true,
  limits: smallLimits,
})

/** Appends marks to every partition after log time has passed, so that all that waited is said. */
export async function passTime(
  log: EventLog,
  clock: { at: number },
  ms: number,
  topic: Topic = markTopics.uplink,
): Promise<void> {
  clock.at += ms
  const keys = Array.from({ length: 20 * log.partitions }, (_, n) => String(n))
  await log.append(keys.map((key) => ({ topic, key, value: Uint8Array.of(1), at: clock.at })))
}

/** The results in the topics of jobs: the newest value of each id, as `topic id`. */
export async function resultsIn(log: EventLog, jobs: readonly AnyJob[]): Promise<Map<string, object>> {
  const results = new Map<string, object>()
  for (const topic of new Set(jobs.flatMap(({ writes }) => writes.map(({ name }) => name)))) {
    const patches = jobs.find((job) => job.patches?.topic === topic)?.patches
    for (const { value, headers } of await readWhole(log, topic)) {
      const name = `${topic} ${headers!['id']}`
      const before = results.get(name)
      if (value.byteLength === 0) results.delete(name)
      else {
        const row = JSON.parse(Buffer.from(value).toString()) as object
        results.set(name, patches === undefined || before === undefined ? row : patches.add(before, row))
      }
    }
  }
  return results
}

/** The results in two logs once so much time has passed that nothing waits to be said. */
export async function assertSameInTheEnd(
  jobs: readonly AnyJob[],
  clock: { at: number },
  [one, other]: readonly [LogAndState, LogAndState],
): Promise<void> {
  const { at } = clock
  for (const { log, state } of [one, other]) {
    clock.at = at
    await passTime(log, clock, 86_400_000)
    await runToEnd(jobs, log, { log, state })
  }
  assert.deepEqual(await resultsIn(one.log, jobs), await resultsIn(other.log, jobs))
}

/** A store whose process dies at its `at`th commit, before or after it took effect. */
export function dying(derived: Pick<LogAndState, 'log' | 'state'>, at: number, after: boolean) {
  let commits = 0
  const dead = (): never => {
    throw new Outage('KILLED', 'The process is gone.', { retryable: false })
  }
  const state: StateStore = {
    ...derived.state,
    async commit(...commit) {
      commits += 1
      if (commits >= at && !after) dead()
      await derived.state.commit(...commit)
      if (commits >= at) dead()
    },
  }
  return { log: derived.log, state }
}

/** Rejects with anything but the death of a `dying` store. */
export async function untilDeath(running: Promise<void>): Promise<'died' | 'ended'> {
  try {
    await running
    return 'ended'
  } catch (error) {
    if (error instanceof Outage && error.code === 'KILLED') return 'died'
    throw error
  }
}
