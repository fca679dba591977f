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
import type { CarClock } from '../src/model/car-clock.ts'
import type { Trip } from '../src/read-models/trips/trips.ts'
import type { TwinPatch, TwinValue } from '../src/model/twin.ts'
import { vssSignals } from '../src/model/vss.ts'
import type { MessageToKeep } from '../src/storage/message-store.ts'
import { openPgliteStorage } from '../src/storage/postgres/pglite-storage.ts'
import type { Change, Projection } from '../src/storage/projection.ts'
import type { Storage } from '../src/storage/storage.ts'
import { openWriters } from '../src/writers/writers.ts'

export const title = 'Storage (PGlite): rows, the writers, and readers meanwhile'

const vehicles = 10_000
const batchRows = 1_000
const t0 = 1_760_000_000_000
const tenant = 'bench'
const paths = vssSignals.filter(({ datatype }) => datatype === 'float').map(({ path }) => path)
const vehicleOf = (n: number): string => `car-${String(n % vehicles).padStart(5, '0')}`
const figure = (n: number): number => Math.round(Math.sin(n) * 10_000) / 100

const carClock: CarClock = { boot: '00112233445566aa', offsetMs: -50, state: 'right' }

function twinPatch(n: number, at: number, signals: number): Change<TwinPatch> {
  const values: Record<string, TwinValue> = { 'Vehicle.Speed': { value: Math.abs(figure(n)), at } }
  for (let i = 0; i < signals - 1; i++) values[paths[i % paths.length]!] = { value: figure(n + i), at }
  const vehicle = vehicleOf(n)
  return { id: `${tenant}/${vehicle}`, row: { tenant, vehicle, at, receivedAt: at + 50, carClock, signals: values } }
}

function message(n: number, at: number): Change<MessageToKeep> {
  const signals = Object.fromEntries(paths.slice(0, 4).map((path, i) => [path, figure(n + i)]))
  const json = JSON.stringify({ boot: '00112233445566aa', seq: n, samples: [{ at, signals }] })
  return {
    id: `telemetry/${n % 8}/${n}`,
    row: { tenant, vehicle: vehicleOf(n), stream: 'telemetry', at, receivedAt: at, json },
  }
}

const trip = (n: number): Change<Trip> => ({
  id: `trip-${n}`,
  row: {
    tenant,
    vehicle: vehicleOf(n),
    id: `trip-${n}`,
    startAt: t0 + n,
    endAt: t0 + n + 600_000,
    status: 'ended',
    endedBy: 'ignition',
    start: { lat: figure(n), lon: figure(n) },
    end: { lat: figure(n), lon: figure(n) },
    distanceM: figure(n),
    bridgedM: 0,
    bridgedMs: 0,
    unheardM: 0,
    durationMs: 600_000,
    idleMs: 1000,
    maxSpeedKmh: 60,
    speedCovered: 1,
    fuelL: figure(n),
    fuelFrom: 'counter',
    fuelCovered: 1,
    energyKwh: null,
    energyFrom: null,
    energyCovered: null,
    energyDoubt: null,
    samples: 600,
    thinned: 0,
    receivedAt: t0 + n + 600_050,
    clock: null,
    clockDoubt: null,
  },
})

const cpuMicros = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

async function flatOut<Row>(
  name: string,
  store: Projection<Row>,
  rows: number,
  row: (n: number) => Change<Row>,
): Promise<void> {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  let longestMs = 0
  for (let from = 0; from < rows; from += batchRows) {
    const batchAt = performance.now()
    const changes = Array.from({ length: batchRows }, (_, i) => row(from + i))
    await store.put(changes, { 'bench/0': from })
    longestMs = Math.max(longestMs, performance.now() - batchAt)
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `${name.padEnd(48)} ${Math.round(rows / seconds)
      .toLocaleString('en')
      .padStart(
        8,
      )} rows/s  ${(cpuMicros(cpu) / rows).toFixed(1).padStart(6)} µs CPU a row  longest batch ${longestMs.toFixed(0)} ms`,
  )
}

async function tables(storage: Storage): Promise<void> {
  await flatOut('twins, first seen, 40 signals', storage.twins, vehicles, (n) => twinPatch(n, t0, 40))
  for (const [round, signals] of [4, 8].entries())
    await flatOut(`twins, ${signals} of 40 signals changed`, storage.twins, 2 * vehicles, (n) =>
      twinPatch(n, t0 + 1 + round, signals),
    )
  await flatOut('messages of 250 B', storage.messages, 3 * vehicles, (n) => message(n, t0 + n))
  await flatOut('trips, new', storage.trips, vehicles, trip)
  await flatOut('trips, corrected', storage.trips, vehicles, trip)
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
    retentionMs: 3_600_000,
  })
  const reads = new LatencyWindow(systemClock)
  const stopAt = performance.now() + seconds * 1000
  const read = async (): Promise<void> => {
    while (performance.now() < stopAt) {
      const startedAt = performance.now()
      await storage.twins.list(tenant, {}, { limit: 100 })
      reads.record(performance.now() - startedAt)
      await wait(50)
    }
  }
  const reader = read()
  const tickMs = 20
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
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
  const cores = cpuMicros(cpu) / ((performance.now() - startedAt) * 1000)
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
    await using storage = await openPgliteStorage({ dir, logger: silentLogger })
    console.log(`${'made and opened'.padEnd(48)} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    await tables(storage)
    for (const perSecond of [1_000, 10_000]) await load(storage, perSecond, 10)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
