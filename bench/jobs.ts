// How fast the four jobs take messages in, with the runner, the parsing of messages and the
// commits, on one core. The first row is of a process that has just started: a second of it is V8's
// compiling, which goes on through the next five runs. The rows behind it are what a message costs
// for good, of few cars and read as fast as can be. The last row is of a fleet under way as the
// pipeline bench has it: 10,000 cars, a message of five signals a second each, in batches and with
// checkpoints as they come at that rate.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GCProfiler, getHeapStatistics } from 'node:v8'
import { Registry } from 'prom-client'
import { systemClock, type Clock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/logger.ts'
import type { EventLog, NewRecord } from '../src/eventlog/event-log.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { jobs } from '../src/jobs/jobs.ts'
import { laneLimits, type LaneLimits } from '../src/engine/lane.ts'
import { runJobs } from '../src/engine/runner.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import type { LogAndState } from '../src/eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../src/eventlog/topics.ts'
import { drivingSignals } from './support/telemetry.ts'
import { ownMicros } from './support/own-cpu.ts'

export const title = 'messages through twin, trips, crash and ledger: parse, apply, commit'

const partitions = 8
const cars = 2_000
const secondsOfDriving = 60

/** Records of a car of the simulated city each second: nine signals or so. */
function records(second: number, startAt: number): NewRecord[] {
  return Array.from({ length: cars }, (_, car): NewRecord => {
    const at = startAt + second * 1000 + (car % 1000)
    const signals = {
      'Vehicle.CurrentLocation.Latitude': -34.9 + (car % 100) * 1e-3 + second * 1e-4,
      'Vehicle.CurrentLocation.Longitude': -56.2 + Math.floor(car / 100) * 1e-3,
      'Vehicle.CurrentLocation.Heading': (car * 7 + second) % 360,
      'Vehicle.Speed': 40 + ((car + second) % 20) + 0.1,
      'Vehicle.Acceleration.Longitudinal': ((car + second) % 7) / 10,
      'Vehicle.Acceleration.Lateral': ((car + second) % 5) / 10,
      'Vehicle.Powertrain.CombustionEngine.Speed': 1800 + ((car * second) % 900),
      'Vehicle.Chassis.Accelerator.PedalPosition': (car + second) % 100,
      'Vehicle.Powertrain.FuelSystem.InstantConsumption': 6 + ((car + second) % 30) / 10,
    }
    const value = encodeMessage({ boot: '00000000000000aa', seq: second, samples: [{ at, signals }] })
    return { topic: 'telemetry', key: `demo/car-${car}`, value, at }
  })
}

/** A log with what cars published, and how it is read. */
type Load = {
  readonly messages: number
  readonly append: (log: EventLog) => Promise<void>
  readonly clock: Clock
  readonly limits?: Partial<LaneLimits>
}

const backlog: Load = {
  messages: cars * secondsOfDriving,
  clock: systemClock,
  async append(log) {
    const startAt = systemClock.now() - secondsOfDriving * 1000
    for (let second = 0; second < secondsOfDriving; second += 1) await log.append(records(second, startAt))
  },
}

const fleetCars = 10_000
/** A batch of one partition at this rate, as rests between rounds leave it (gathering.ts). */
const fleetBatch = 107
const slicesOfSecond = 100

/** So that minutes end, trips are said and checkpoints are made as on the road, the log's time goes
 *  on with the cars. */
function fleetUnderWay(): Load {
  const startAt = Math.floor(systemClock.now() / 60_000 - 2) * 60_000
  let now = startAt
  const recordOf = (car: number, second: number): NewRecord => {
    const slice = second * slicesOfSecond + (car % slicesOfSecond)
    const at = startAt + slice * (1000 / slicesOfSecond)
    const boot = (0xaa_0000_0000 + car).toString(16).padStart(16, '0')
    const value = encodeMessage({ boot, seq: second, samples: [{ at, signals: drivingSignals(car, slice) }] })
    return { topic: 'telemetry', key: `demo/car-${car}`, value, at }
  }
  return {
    messages: fleetCars * secondsOfDriving,
    clock: { now: () => now },
    limits: {
      batchRecords: fleetBatch,
      checkpointMs: Infinity,
      checkpointRecords: (fleetCars / partitions) * (laneLimits.checkpointMs / 1000),
    },
    async append(log) {
      for (let second = 0; second < secondsOfDriving; second += 1)
        for (let from = 0; from < slicesOfSecond; from += 10) {
          now = startAt + second * 1000 + (from + 10) * (1000 / slicesOfSecond)
          const inTurn = Array.from({ length: fleetCars }, (_, car) => car).filter(
            (car) => Math.floor((car % slicesOfSecond) / 10) * 10 === from,
          )
          await log.append(inTurn.map((car) => recordOf(car, second)))
        }
    },
  }
}

type Figures = {
  readonly perSecond: number
  readonly us: number
  /** Of all threads, and of the one that runs the jobs. */
  readonly cpuUs: number
  readonly ownUs: number
  readonly allocatedBytes: number
  /** Of all state, and of the parts that take most: bytes a message, keys included. */
  readonly state: ReadonlyMap<string, number>
}

async function measure({ log, state }: LogAndState, { messages, append, clock, limits }: Load): Promise<Figures> {
  await append(log)
  const allocated = countAllocated()
  const cpu = process.cpuUsage()
  const own = process.threadCpuUsage()
  const started = performance.now()
  await runJobs({
    jobs,
    uplink: log,
    derived: { log, state },
    clock,
    logger: silentLogger,
    registry: new Registry(),
    signal: new AbortController().signal,
    untilRead: true,
    ...(limits && { limits }),
  })
  const seconds = (performance.now() - started) / 1000
  const micros = ownMicros(cpu)
  const { user: ownUser, system: ownSystem } = process.threadCpuUsage(own)
  return {
    perSecond: messages / seconds,
    us: (seconds * 1e6) / messages,
    cpuUs: micros / messages,
    ownUs: (ownUser + ownSystem) / messages,
    allocatedBytes: allocated() / messages,
    state: stateOf(state, messages),
  }
}

/** Gives, when called, the bytes that V8 has allocated since: what its heap grew by between two
 *  collections. */
function countAllocated(): () => number {
  const profiler = new GCProfiler()
  let used = getHeapStatistics().used_heap_size
  profiler.start()
  return () => {
    let bytes = 0
    for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
      bytes += Math.max(0, beforeGC.heapStatistics.usedHeapSize - used)
      used = afterGC.heapStatistics.usedHeapSize
    }
    return bytes
  }
}

function stateOf(state: LogAndState['state'], messages: number): Map<string, number> {
  const parts = new Map<string, number>()
  for (const task of state.tasks())
    for (const [key, value] of state.range(task, '')) {
      const [kind, , , family = kind] = key.split('/')
      const part = `${task.split('@')[0]} ${family}`
      const bytes = task.length + key.length + value.byteLength
      for (const each of ['all', part]) parts.set(each, (parts.get(each) ?? 0) + bytes / messages)
    }
  return new Map([...parts].sort(([, a], [, b]) => b - a).slice(0, 5))
}

function print(name: string, { perSecond, us, cpuUs, ownUs, allocatedBytes, state }: Figures): void {
  process.stdout.write(
    `  ${name.padEnd(8)} ${Math.round(perSecond).toLocaleString('en')} messages/s, ${us.toFixed(1)} µs each; ` +
      `${cpuUs.toFixed(1)} µs of processor time each, ${ownUs.toFixed(1)} without other threads', ` +
      `and ${Math.round(allocatedBytes).toLocaleString('en')} bytes of garbage\n` +
      `    state, bytes a message: ${[...state].map(([part, bytes]) => `${part} ${bytes.toFixed(1)}`).join(', ')}\n`,
  )
}

async function measureOnMemory(): Promise<Figures> {
  await using memory = openMemoryLog({ partitions, clock: systemClock })
  return await measure(memory, backlog)
}

async function measureOnLmdb(load = backlog): Promise<Figures> {
  const dir = await mkdtemp(join(tmpdir(), 'roadstream-bench-'))
  try {
    await using lmdb = openLmdbLog({
      dir,
      partitions,
      topics: [...uplinkTopics, ...derivedLogTopics],
      bytesMax: 4 * 2 ** 30,
      clock: load.clock,
      steady: load.clock,
    })
    return await measure(lmdb, load)
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** The median by cost of some runs, behind some that V8 still compiles in. */
async function warm(measureOnce: () => Promise<Figures>, before: number): Promise<Figures> {
  for (let run = 0; run < before; run += 1) await measureOnce()
  const runs = [await measureOnce(), await measureOnce(), await measureOnce()]
  return runs.sort((a, b) => a.us - b.us)[1]!
}

export async function run(): Promise<void> {
  print('started', await measureOnMemory())
  print('memory', await warm(measureOnMemory, 5))
  print('LMDB', await warm(() => measureOnLmdb(), 2))
  print('fleet', await measureOnLmdb(fleetUnderWay()))
}
