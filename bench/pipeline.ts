// The whole system under load: gateway, log, jobs, writers, tables, API and live feed as `start`
// runs them, and in a process beside it the cars and a reader of the live feed. A car stamps each
// message when it publishes; rows and the feed are timed against that stamp.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../src/base/clock.ts'
import { LatencyWindow } from '../src/base/latency-window.ts'
import { openLogger } from '../src/base/logger.ts'
import { openApiRole } from '../src/compose/api.ts'
import { readConfig } from '../src/config/config.ts'
import { openRoleThread } from '../src/roles/role-thread.ts'
import type { Threads } from '../src/roles/system-state.ts'
import { signIn } from '../test/support/api-client.ts'
import { cpuMicros } from './support/process-family.ts'

export const title = "A car's message to its row and to the live feed, the whole system and the load on this machine"

const measuredMs = 30_000
/** Ten thousand cars that are new begin with rows and trips to make; what is measured is the
 *  drive. */
const warmUpMs = 15_000
const everyMs = 1_000
/** As many as the demonstration says in a second, and then larger fleets. */
const fleets = [245, 1_000, 10_000]

export async function run({ cars }: { readonly cars?: number } = {}): Promise<void> {
  process.stdout.write(
    'cars    messages/s  row p50     row p99     feed p50    feed p99    ack p50     ack p99     CPU system  CPU load\n',
  )
  for (const fleet of cars === undefined ? fleets : [cars]) await measure(fleet)
}

async function measure(cars: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'roadstream-bench-'))
  const config = readConfig({
    ROADSTREAM_DATA: dataDir,
    ROADSTREAM_MQTT: '127.0.0.1:0',
    ROADSTREAM_HTTP: '127.0.0.1:0',
  })
  if (!config.ok) throw new Error(config.detail)
  try {
    await using stack = new AsyncDisposableStack()
    const rows = new LatencyWindow(systemClock, measuredMs)
    const threads: Threads = {}
    const api = stack.use(
      await openApiRole(config.value, openLogger('error'), threads, ({ store, records }) => {
        const now = Date.now()
        if (store === 'twins') for (const { at } of records) rows.record(now - at)
      }),
    )
    threads.jobs = stack.use(await openRoleThread('jobs', config.value))
    threads.gateway = stack.use(await openRoleThread('gateway', config.value))
    const { port } = await threads.gateway.ask.report()
    const { url, cookie } = await signIn(api.setupUrl ?? '')
    const load = spawn(process.execPath, [join(import.meta.dirname, 'pipeline.cars.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]()
    const line = async (): Promise<Record<string, number>> => {
      const next = await lines.next()
      if (next.done === true) throw new Error('the load ended early')
      return JSON.parse(next.value) as Record<string, number>
    }
    load.stdin.end(
      JSON.stringify({
        mqttUrl: `mqtt://127.0.0.1:${port}`,
        dataDir,
        cars,
        everyMs,
        warmUpMs,
        measuredMs,
        feedUrl: `${url}/api/v1/live?feeds=positions`,
        cookie,
      }),
    )
    await line()
    const before = cpuMicros(load.pid)
    const from = performance.now()
    const heard = await line()
    const seconds = (performance.now() - from) / 1000
    const used = cpuMicros(load.pid) - before
    const row = rows.percentiles()
    const { ack } = await threads.gateway.ask.report()
    const ms = (value: number | null | undefined) => `${value ?? '-'} ms`.padEnd(12)
    process.stdout.write(
      `${String(cars).padEnd(8)}${((heard['acknowledged'] ?? 0) / seconds).toFixed(0).padEnd(12)}${ms(row?.p50)}${ms(row?.p99)}${ms(heard['p50'])}${ms(heard['p99'])}${ms(ack?.p50)}${ms(ack?.p99)}` +
        `${(used / 1e4 / seconds).toFixed(0)} %`.padEnd(12) +
        `${(heard['cpuPercent'] ?? 0).toFixed(0)} %\n`,
    )
    load.kill('SIGKILL')
    await wait(100)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
