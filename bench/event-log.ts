// The event log on this machine's disk: records a second and CPU for each record of 250 B at a
// given concurrency, the latency of an append until it is durable, how fast it is read back, and
// what a job's commits cost.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { NewRecord } from '../src/eventlog/event-log.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import type { LogAndState } from '../src/eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../src/eventlog/topics.ts'
import { ownMicros } from './support/own-cpu.ts'

export const title = 'Event log (LMDB): appends, reads and commits'

const partitions = 8
const valueBytes = 250
const measuredMs = 3_000
const vehicles = Array.from({ length: 10_000 }, (_, i) => `acme/v-${i.toString(16).padStart(12, '0')}`)

const rate = (count: number, ms: number): string => Math.round((count / ms) * 1000).toLocaleString('en')
const percentile = (sorted: Float64Array, share: number): string =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(2)

async function onFreshLog(body: (opened: LogAndState) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-'))
  try {
    await using opened = openLmdbLog({ dir, partitions, topics: [...uplinkTopics, ...derivedLogTopics] })
    await body(opened)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Appenders that each wait for one append before the next, for `measuredMs`; gives the number of
 *  records stored. */
async function appendFor({ log }: LogAndState, appenders: number, batch: number): Promise<number> {
  const value = Buffer.alloc(valueBytes, 'x')
  const latencies: number[] = []
  let stop = 0
  let stored = 0
  let next = 0
  const appender = async (): Promise<void> => {
    while (performance.now() < stop) {
      const records: NewRecord[] = []
      for (let i = 0; i < batch; i++)
        records.push({ topic: 'telemetry', key: vehicles[next++ % vehicles.length]!, value, at: 1_700_000_000_000 })
      const began = performance.now()
      await log.append(records)
      latencies.push(performance.now() - began)
      stored += batch
    }
  }
  const began = performance.now()
  const cpu = process.cpuUsage()
  stop = began + measuredMs
  await Promise.all(Array.from({ length: appenders }, appender))
  const ms = performance.now() - began
  const sorted = Float64Array.from(latencies).sort()
  console.log(
    `  ${appenders} appenders × ${batch}: ${rate(stored, ms)} records/s, ${(ownMicros(cpu) / stored).toFixed(2)} µs CPU/record, ` +
      `append p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms`,
  )
  return stored
}

async function readEverything({ log }: LogAndState): Promise<void> {
  let records = 0
  const began = performance.now()
  const cpu = process.cpuUsage()
  for (let partition = 0; partition < partitions; partition++)
    for (let offset = 0; ;) {
      const found = await log.read('telemetry', partition, offset, { records: 1_000, bytes: 1_048_576 })
      if (found.records.length === 0) break
      records += found.records.length
      offset = found.next
    }
  const ms = performance.now() - began
  console.log(`  reading back: ${rate(records, ms)} records/s, ${(ownMicros(cpu) / records).toFixed(2)} µs CPU/record`)
}

/** Commits of 2,000 state changes of 1 KB and 2,000 outputs, one after the other. */
async function commitTwenty({ state }: LogAndState): Promise<void> {
  const value = Buffer.alloc(1_000, 's')
  const commits = 20
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let n = 0; n < commits; n++) {
    const keys = Array.from({ length: 2_000 }, (_, i) => vehicles[(n * 2_000 + i * 7) % vehicles.length]!)
    await state.commit(
      [{ task: 'twin/0', positions: { 'telemetry/0': n }, state: keys.map((key) => ({ key, value })) }],
      keys.map((key) => ({ topic: 'twin', key, value: value.subarray(0, valueBytes), at: n })),
    )
  }
  const ms = performance.now() - began
  console.log(
    `  commits of 2,000 changes and 2,000 outputs: ${(ms / commits).toFixed(1)} ms each, ${(ownMicros(cpu) / commits / 1000).toFixed(1)} ms CPU each`,
  )
}

export async function run(): Promise<void> {
  for (const [appenders, batch] of [
    [1, 1],
    [64, 1],
    [64, 50],
  ] as const)
    await onFreshLog(async (opened) => {
      await appendFor(opened, appenders, batch)
      if (batch > 1) await readEverything(opened)
    })
  await onFreshLog(commitTwenty)
}

if (import.meta.main) {
  console.log(
    `${new Date().toISOString().slice(0, 10)}  ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}\n${title}`,
  )
  await run()
}
