// How fast the four jobs take messages in, with the runner, the parsing of messages and the
// commits, on one core. The first row is of a process that has just started: a second of it is V8's
// compiling, which goes on through the next five runs. The rows behind it are what a message costs
// for good.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { systemClock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/logger.ts'
import type { NewRecord } from '../src/eventlog/event-log.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { jobs } from '../src/jobs/jobs.ts'
import { runJobs } from '../src/engine/runner.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import type { LogAndState } from '../src/eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../src/eventlog/topics.ts'

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

type Figures = {
  readonly perSecond: number
  readonly us: number
  readonly cpuUs: number
  /** Of all state, and of the parts that take most: bytes a message, keys included. */
  readonly state: ReadonlyMap<string, number>
}

async function measure({ log, state }: LogAndState): Promise<Figures> {
  const startAt = systemClock.now() - secondsOfDriving * 1000
  for (let second = 0; second < secondsOfDriving; second += 1) await log.append(records(second, startAt))
  const total = cars * secondsOfDriving
  const cpu = process.cpuUsage()
  const started = performance.now()
  await runJobs({
    jobs,
    uplink: log,
    derived: { log, state },
    clock: systemClock,
    logger: silentLogger,
    registry: new Registry(),
    signal: new AbortController().signal,
    untilRead: true,
  })
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return {
    perSecond: total / seconds,
    us: (seconds * 1e6) / total,
    cpuUs: (user + system) / total,
    state: stateOf(state, total),
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

function print(name: string, { perSecond, us, cpuUs, state }: Figures): void {
  process.stdout.write(
    `  ${name.padEnd(8)} ${Math.round(perSecond).toLocaleString('en')} messages/s, ${us.toFixed(1)} µs each; ` +
      `${cpuUs.toFixed(1)} µs of processor time each, other threads' included\n` +
      `    state, bytes a message: ${[...state].map(([part, bytes]) => `${part} ${bytes.toFixed(1)}`).join(', ')}\n`,
  )
}

async function measureOnMemory(): Promise<Figures> {
  await using memory = openMemoryLog({ partitions, clock: systemClock })
  return await measure(memory)
}

async function measureOnLmdb(): Promise<Figures> {
  const dir = await mkdtemp(join(tmpdir(), 'roadstream-bench-'))
  try {
    await using lmdb = openLmdbLog({
      dir,
      partitions,
      topics: [...uplinkTopics, ...derivedLogTopics],
      bytesMax: 4 * 2 ** 30,
      clock: systemClock,
    })
    return await measure(lmdb)
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
  print('LMDB', await warm(measureOnLmdb, 2))
}
