// The tables on this machine's disk: rows a second and CPU for each row, flat out; then the writers
// at 10,000 messages a second: the time from append to row, the CPU it takes, and how long a reader
// waits meanwhile.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { systemClock } from '../src/base/clock.ts'
import { LatencyWindow } from '../src/base/latency-window.ts'
import { silentLogger } from '../src/base/logger.ts'
import type { NewRecord } from '../src/eventlog/event-log.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import type { Storage } from '../src/storage/storage.ts'
import { openWriters } from '../src/writers/writers.ts'
import { cpuMicros } from './support/process-family.ts'
import { fillTables, message, tenant, twinPatch } from './support/table-load.ts'
import { wholeReach } from '../src/storage/reach.ts'

export const title = 'Storage (embedded PostgreSQL): rows, the writers, and readers meanwhile'

async function tables(storage: Storage): Promise<void> {
  for (const { name, rowsPerS, cpuMicrosPerRow, longestMs } of await fillTables(storage, cpuMicros))
    console.log(
      `${name.padEnd(48)} ${Math.round(rowsPerS).toLocaleString('en').padStart(8)} rows/s  ` +
        `${cpuMicrosPerRow.toFixed(1).padStart(6)} µs CPU a row  longest batch ${longestMs.toFixed(0)} ms`,
    )
}

/** Messages and the patches they lead to, as `perSecond` cars would send them, and a reader who
 *  asks for a page of the list. */
async function load(storage: Storage, perSecond: number, seconds: number): Promise<void> {
  await using opened = openMemoryLog({ partitions: 8 })
  const { log } = opened
  await using writers = await openWriters({
    uplink: log,
    derived: log,
    storage,
    clock: systemClock,
    logger: silentLogger,
    registry: new Registry(),
    messages: { retentionMs: 3_600_000, store: 'log' },
  })
  const reads = new LatencyWindow(systemClock)
  const stopAt = performance.now() + seconds * 1000
  const read = async (): Promise<void> => {
    while (performance.now() < stopAt) {
      const startedAt = performance.now()
      await storage.twins.list(wholeReach(tenant), {}, { limit: 100 })
      reads.record(performance.now() - startedAt)
      await wait(50)
    }
  }
  const reader = read()
  const tickMs = 20
  const startedAt = performance.now()
  const cpu = cpuMicros()
  for (let n = 0; performance.now() < stopAt;) {
    const at = Date.now()
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond)
    const records: NewRecord[] = []
    for (; n < due; n++) {
      const [patch, sent] = [twinPatch(n, at, 5), message(n, at)]
      records.push(
        { topic: 'twin', key: patch.id, headers: { id: patch.id }, at, value: Buffer.from(JSON.stringify(patch.row)) },
        { topic: 'telemetry', key: patch.id, at, value: Buffer.from(sent.row!.json) },
      )
    }
    await log.append(records)
    await wait(tickMs)
  }
  await reader
  const cores = (cpuMicros() - cpu) / ((performance.now() - startedAt) * 1000)
  const row = writers.latency()
  const page = reads.percentiles()
  const behind = (await writers.lag()).reduce((sum, { records }) => sum + records, 0)
  console.log(
    `${`writers at ${perSecond.toLocaleString('en')} messages/s`.padEnd(48)} append to row p50 ${row?.p50} ms, p99 ${row?.p99} ms; ` +
      `page of 100 vehicles p50 ${page?.p50} ms, p99 ${page?.p99} ms; ${(cores * 100).toFixed(0)} % of a core with this load's own making; ${behind} records behind at the end`,
  )
}

export async function run(): Promise<void> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-'))
  try {
    const startedAt = performance.now()
    await using storage = await openEmbeddedStorage({ dir, logger: silentLogger })
    console.log(`${'made and opened'.padEnd(48)} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    await tables(storage)
    for (const perSecond of [1_000, 10_000]) await load(storage, perSecond, 10)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
