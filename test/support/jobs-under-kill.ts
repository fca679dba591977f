// Jobs with windows, timers and keys of their own, in a process that is killed again and again; and
// what they amount to beside a run that nobody disturbed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../src/base/clock.ts'
import { counting } from '../../src/engine/accumulator.ts'
import { silenceOf } from '../../src/engine/example-jobs.testing.ts'
import type { AnyJob } from '../../src/engine/job.ts'
import { itemsOf, keyedTopic, rekeyed } from '../../src/engine/rekey.ts'
import { passTime, resultsIn, runToEnd } from '../../src/engine/runner.testing.ts'
import { windowJob } from '../../src/engine/window-job.ts'
import { session, tumbling } from '../../src/engine/windows.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import { derivedLogTopics, markTopics, uplinkTopics } from '../../src/eventlog/topics.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { readWhole } from '../../src/eventlog/read-whole.testing.ts'

export const partitions = 3
/** Seconds of the log's time in one of ours, so that minutes pass between two kills. */
export const haste = 60

const silence = silenceOf(60_000, ['telemetry'])

const samplesOf = (input: Parameters<typeof itemsOf>[0]) =>
  input.message !== null && 'samples' in input.message ? input.message.samples.map(({ at }) => ({ at, value: 1 })) : []

const sessions = windowJob<'vehicle', number, number>({
  name: 'sessions',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'session-window' }],
  windows: session(30_000),
  allowedLatenessMs: 3_600_000,
  take: samplesOf,
  accumulator: counting,
  topic: 'session-window',
  result: (key, window, samples) => ({ key, ...window, samples }),
})

const bySpeed = rekeyed(
  windowJob<'text', number, number>({
    name: 'speeds',
    version: 1,
    keyedBy: 'text',
    reads: [keyedTopic('speeds')],
    writes: [{ name: 'speed' }],
    windows: tumbling(60_000),
    // None is to be late, as who is late depends on how the partitions of the cars come together.
    allowedLatenessMs: 86_400_000,
    take: (input) => itemsOf<number>(input).map(({ at, item }) => ({ at, value: item })),
    accumulator: counting,
    topic: 'speed',
    result: (speed, { startAt }, samples) => ({ speed, startAt, samples }),
  }),
  {
    version: 1,
    reads: ['telemetry'],
    of: ({ message }) =>
      message === null || 'event' in message
        ? []
        : message.samples.map(({ at, signals }) => ({ key: `speed ${Number(signals['Vehicle.Speed'])}`, at, item: 1 })),
  },
)

export const killedJobs: readonly AnyJob[] = [...jobs, silence, sessions, ...bySpeed]

/** The clock of the logs in a folder: in haste since they were made. */
export function hastyClock(dir: string): Clock {
  const file = join(dir, 'made-at')
  if (!existsSync(file)) writeFileSync(file, String(Date.now()))
  const madeAt = Number(readFileSync(file, 'utf8'))
  return { now: () => madeAt + (Date.now() - madeAt) * haste }
}

/** Both clocks of the logs are `clock`. */
export function openKilledLogs(dir: string, clock: Clock) {
  const written = killedJobs.flatMap(({ writes }) => writes)
  const topics = new Map([...written, ...derivedLogTopics].map((topic) => [topic.name, topic]))
  const options = { partitions, clock, steady: clock, clockJump: 'accept' as const }
  return {
    uplink: openLmdbLog({ ...options, dir: join(dir, 'log'), topics: uplinkTopics }),
    derived: openLmdbLog({ ...options, dir: join(dir, 'derived'), topics: [...topics.values()] }),
  }
}

const child = fileURLToPath(new URL('jobs-under-kill.main.ts', import.meta.url))

/** Runs the jobs in a process that appends what they read, and kills it after so many commits. */
export async function runAndKill(dir: string, seed: number, commits: number): Promise<void> {
  const running = spawn(process.execPath, [child, dir, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(running, 'exit')
  let seen = 0
  for await (const line of createInterface({ input: running.stdout })) {
    if (line === 'commit') seen += 1
    if (seen >= commits) running.kill('SIGKILL')
  }
  const [code, signal] = (await ended) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`The jobs ended by themselves, with ${code}.`)
}

export type Outcome = {
  readonly records: number
  readonly results: number
  /** Of those that the jobs appended. */
  readonly marks: number
  /** Results that differ from the undisturbed run, by name. */
  readonly wrong: readonly string[]
  /** Records that came more often under their other key than they had come. */
  readonly doubled: number
}

/** Marks of the passing of time among what came. */
export async function marksIn(dir: string): Promise<number> {
  const { uplink, derived } = openKilledLogs(dir, hastyClock(dir))
  await using _uplink = uplink
  await using _derived = derived
  return (await readWhole(uplink.log, markTopics.uplink)).length
}

/** Lets all that waits be said, and compares with what a fresh run over the same log derives. */
export async function compare(dir: string): Promise<Outcome> {
  const clock = { at: hastyClock(dir).now(), now: () => clock.at }
  const { uplink, derived } = openKilledLogs(dir, clock)
  await using _uplink = uplink
  await using _derived = derived
  await using fresh = openMemoryLog({ partitions, clock })
  const marks = (await readWhole(uplink.log, markTopics.uplink)).length
  await passTime(uplink.log, clock, 2 * 86_400_000)
  for (const each of [derived, fresh]) {
    await runToEnd(killedJobs, uplink.log, each)
    // Windows by speed go by the time of their own log.
    await passTime(each.log, clock, 2 * 86_400_000, markTopics.derived)
    await runToEnd(killedJobs, uplink.log, each)
  }
  const [killed, straight] = [await resultsIn(derived.log, own), await resultsIn(fresh.log, own)]
  const names = new Set([...killed.keys(), ...straight.keys()])
  const keyed = await readWhole(derived.log, keyedTopic('speeds'))
  const records = await readWhole(uplink.log, 'telemetry')
  return {
    records: records.length,
    results: names.size,
    marks,
    wrong: [...names].filter((name) => !isDeepStrictEqual(killed.get(name), straight.get(name))),
    doubled: keyed.length - records.length,
  }
}

/** Records between two jobs are no result. */
const own = killedJobs.filter(({ name }) => name !== 'speeds-keys')
