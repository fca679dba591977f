// The whole system under load: gateway, log, jobs, writers, tables, API and live feed as `start`
// runs them, and in a process beside it the cars and a reader of the live feed. A car stamps each
// message when it publishes; rows and the feed are timed against that stamp, for each message: of
// those that a row tells together the first has waited longest.
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
import { cpuMicrosByName, threadTimes } from './support/process-family.ts'
import { ToldMessages } from './support/told-messages.ts'

export const title = "A car's message to its row and to the live feed, the whole system and the load on this machine"

const windowMs = 30_000
/** Ten thousand cars that are new begin with rows and trips to make; what is measured is the
 *  drive. */
const warmUpMs = 15_000
/** Those that took the most. */
const threadsShown = 6

type Case = {
  readonly cars: number
  /** Messages a second. */
  readonly rate: number
  /** Beside a process that takes half a core. */
  readonly isBesideOther?: boolean
}

/** As many as the demonstration says in a second, larger fleets, and cars that say more. */
const cases: readonly Case[] = [
  { cars: 245, rate: 245 },
  { cars: 1_000, rate: 1_000 },
  { cars: 10_000, rate: 10_000 },
  { cars: 10_000, rate: 10_000, isBesideOther: true },
  { cars: 2_000, rate: 20_000 },
  { cars: 1_000, rate: 20_000 },
]

type PipelineOptions = { readonly cars?: number; readonly rate?: number; readonly minutes?: number }

/** Of one fleet where its size is said: a car says something once a second, unless a rate of
 *  messages is said. A line for each half minute. */
export async function run({ cars, rate, minutes = 0.5 }: PipelineOptions = {}): Promise<void> {
  process.stdout.write(
    'cars    messages/s  row p50     row p99     feed p50    feed p99    ack p50     ack p99     CPU system  CPU load\n',
  )
  const windows = Math.max(1, Math.round((minutes * 60_000) / windowMs))
  for (const each of cars === undefined ? cases : [{ cars, rate: rate ?? cars }]) await measure(each, windows)
}

async function measure({ cars, rate, isBesideOther = false }: Case, windows: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'roadstream-bench-'))
  const config = readConfig({
    ROADSTREAM_DATA: dataDir,
    ROADSTREAM_MQTT: '127.0.0.1:0',
    ROADSTREAM_HTTP: '127.0.0.1:0',
  })
  if (!config.ok) throw new Error(config.detail)
  try {
    await using stack = new AsyncDisposableStack()
    const everyMs = Math.round((cars / rate) * 100) * 10
    const rows = new LatencyWindow(systemClock, windowMs)
    const told = new ToldMessages(everyMs, rows)
    const threads: Threads = {}
    const api = stack.use(
      await openApiRole(config.value, openLogger('error'), threads, ({ store, records }) => {
        const now = Date.now()
        if (store === 'twins') for (const { key, at } of records) told.tell(key, at, now)
      }),
    )
    threads.jobs = stack.use(await openRoleThread('jobs', config.value))
    threads.gateway = stack.use(await openRoleThread('gateway', config.value))
    const { port } = await threads.gateway.ask.report()
    const { url, cookie } = await signIn(api.setupUrl ?? '')
    const load = spawn(process.execPath, [join(import.meta.dirname, 'pipeline.cars.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const other = isBesideOther
      ? spawn(process.execPath, [join(import.meta.dirname, 'pipeline.other-work.ts')])
      : undefined
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
        windowMs,
        windows,
        feedUrl: `${url}/api/v1/live?feeds=positions`,
        cookie,
      }),
    )
    await line()
    const others = new Set([load.pid, other?.pid].flatMap((pid) => pid ?? []))
    if (other !== undefined) process.stdout.write('beside a process that takes half a core:\n')
    for (let window = 0; window < windows; window++) {
      const before = threadTimes(others)
      const from = performance.now()
      const heard = await line()
      const seconds = (performance.now() - from) / 1000
      const messages = heard['acknowledged'] ?? 0
      const cpu = Array.from(cpuMicrosByName(before, threadTimes(others)), ([name, micros]) => ({
        name,
        micros: micros / messages,
      })).toSorted((a, b) => b.micros - a.micros)
      const micros = cpu.reduce((sum, thread) => sum + thread.micros, 0)
      const row = rows.percentiles()
      const { ack } = await threads.gateway.ask.report()
      const ms = (value: number | null | undefined) => `${value ?? '-'} ms`.padEnd(12)
      process.stdout.write(
        `${String(cars).padEnd(8)}${(messages / seconds).toFixed(0).padEnd(12)}${ms(row?.p50)}${ms(row?.p99)}${ms(heard['p50'])}${ms(heard['p99'])}${ms(ack?.p50)}${ms(ack?.p99)}` +
          `${((micros * messages) / 1e4 / seconds).toFixed(0)} %`.padEnd(12) +
          `${(heard['cpuPercent'] ?? 0).toFixed(0)} %\n` +
          `  µs CPU a message: ${micros.toFixed(1)}, of it ${cpu.slice(0, threadsShown).map(shown).join(', ')}\n`,
      )
    }
    other?.kill('SIGKILL')
    load.kill('SIGKILL')
    await wait(100)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const shown = (thread: { readonly name: string; readonly micros: number }): string =>
  `${thread.name} ${thread.micros.toFixed(1)}`
