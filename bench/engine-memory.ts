// The memory of the engine while a million keys come, speak, and go, each with state and a timer,
// on LMDB: it is to be flat, as the state of keys that are silent is on the disk.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { silentLogger } from '../src/base/logger.ts'
import type { Job } from '../src/engine/job.ts'
import { jsonCodec } from '../src/engine/part-codec.ts'
import { passTime } from '../src/engine/runner.testing.ts'
import { runJobs } from '../src/engine/runner.ts'
import type { NewRecord } from '../src/eventlog/event-log.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { derivedLogTopics, uplinkTopics } from '../src/eventlog/topics.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import { temporaryFolder } from '../test/support/running-system.ts'

export const title = 'memory of the engine while 1,000,000 keys come and go, on LMDB'

const keys = Number(process.env['KEYS'] ?? 1_000_000)
const partitions = 8
const perAppend = 2_000
const messagesOfKey = 3
/** In each partition; less than usual, so that it is reached early. */
const cacheParts = 20_000
/** Log time between two appends: the cars of a turn speak for ten minutes. */
const stepMs = 20_000
/** Keys that speak at one time. */
const active = 20_000

/** Counts the messages of a visit, which is over when a car was silent for ten minutes, and is then
 *  forgotten. */
const visits: Job<{ visit: { messages: number } }> = {
  name: 'visits',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'visit' }],
  codecs: { visit: jsonCodec() },
  apply(state, { newestAt }) {
    state.put('visit', undefined, { messages: (state.get('visit')?.messages ?? 0) + 1 })
    state.timer('over', newestAt + 600_000)
  },
  emit(state, { tenant, vehicle }, { fired }) {
    const visit = state.get('visit')
    if (fired.length === 0 || visit === undefined) return []
    state.delete('visit')
    return [{ topic: 'visit', id: `${tenant}/${vehicle}`, key: `${tenant}/${vehicle}`, at: 0, value: visit }]
  },
}

export async function run(): Promise<void> {
  using folder = temporaryFolder()
  const startedAt = 1_764_000_000_000
  const clock = { at: startedAt, now: () => clock.at }
  const options = { partitions, clock, steady: clock, bytesMax: 16 * 2 ** 30 }
  const short = { retention: { ms: 6 * 3_600_000 } }
  await using uplink = openLmdbLog({
    ...options,
    dir: `${folder.path}/log`,
    topics: uplinkTopics.map((topic) => ({ ...topic, ...short })),
  })
  const topics = [...derivedLogTopics, { name: 'visit' }].map((topic) => ({ ...topic, ...short }))
  await using derived = openLmdbLog({ ...options, dir: `${folder.path}/derived`, topics })
  const stop = new AbortController()
  const registry = new Registry()
  const running = runJobs({
    jobs: [visits],
    uplink: uplink.log,
    derived,
    clock,
    logger: silentLogger,
    registry,
    signal: stop.signal,
    limits: { cacheParts },
  })
  process.stdout.write(
    '  keys so far   heap MB   heap held MB   outside heap MB   RSS MB   without files MB   parts in memory\n',
  )
  for (let first = 0; first < keys; first += active) {
    for (let message = 0; message < messagesOfKey; message += 1)
      await appendAll(uplink.log.append.bind(uplink.log), clock, first, message)
    while (await hasLag(registry)) await wait(20)
    if ((first / active) % Math.ceil(keys / active / 10) === 0) await show(first + active, registry)
  }
  await passTime(uplink.log, clock, 86_400_000)
  await wait(40_000)
  await show(keys, registry, 'a day later')
  stop.abort()
  await running
}

async function appendAll(
  append: (records: readonly NewRecord[]) => Promise<unknown>,
  clock: { at: number },
  first: number,
  seq: number,
) {
  for (let from = first; from < first + active; from += perAppend) {
    clock.at += stepMs
    const at = clock.at
    await append(
      Array.from({ length: perAppend }, (_, index): NewRecord => {
        const value = encodeMessage({
          boot: '00000000000000aa',
          seq,
          samples: [{ at, signals: { 'Vehicle.Speed': 50 } }],
        })
        return { topic: 'telemetry', key: `demo/car-${from + index}`, value, at }
      }),
    )
  }
}

const valueOf = async (registry: Registry, name: string): Promise<number> =>
  (await registry.getSingleMetric(name)!.get()).values.reduce((sum, { value }) => sum + value, 0)

const hasLag = async (registry: Registry): Promise<boolean> =>
  (await valueOf(registry, 'roadstream_jobs_lag_records')) > 0

async function show(count: number, registry: Registry, when = ''): Promise<void> {
  globalThis.gc?.()
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage()
  // Pages of LMDB's files count as resident too, and are the system's to take back.
  const own = /RssAnon:\s+(\d+) kB/.exec(
    existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '',
  )?.[1]
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0).padStart(8)
  const parts = await valueOf(registry, 'roadstream_jobs_state_parts')
  process.stdout.write(
    `  ${String(count).padStart(11)} ${mb(heapUsed)} ${mb(heapTotal).padStart(12)} ${mb(external).padStart(15)} ${mb(rss).padStart(8)} ${mb(Number(own ?? NaN) * 1000).padStart(15)} ${String(parts).padStart(17)} ${when}\n`,
  )
}
