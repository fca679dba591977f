// How fast the four jobs take messages in, with the runner, the parsing of messages and the commits, on one core. The first row is of a
// process that has just started: half a second of it is V8's compiling. The rows behind it are what a message costs for good.
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

/** What a car of the simulated city says each second: nine signals or so. */
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

async function measure(name: string, { log, state }: LogAndState): Promise<void> {
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
  process.stdout.write(
    `  ${name.padEnd(8)} ${Math.round(total / seconds).toLocaleString('en')} messages/s, ${((seconds * 1e6) / total).toFixed(1)} µs each; ` +
      `${((user + system) / total).toFixed(1)} µs of processor time each, other threads' included\n`,
  )
}

async function measureOnMemory(name: string): Promise<void> {
  await using memory = openMemoryLog({ partitions, clock: systemClock })
  await measure(name, memory)
}

export async function run(): Promise<void> {
  await measureOnMemory('started')
  await measureOnMemory('memory')
  const dir = await mkdtemp(join(tmpdir(), 'roadstream-bench-'))
  try {
    await using lmdb = openLmdbLog({
      dir,
      partitions,
      topics: [...uplinkTopics, ...derivedLogTopics],
      bytesMax: 4 * 2 ** 30,
      clock: systemClock,
    })
    await measure('LMDB', lmdb)
  } finally {
    await rm(dir, { recursive: true })
  }
}
