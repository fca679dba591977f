// The event log under 10,000 messages a second, or another `--rate`, for `--minutes`: CPU of the
// process for each record, that of libuv's threads apart (in which LMDB commits), how long an
// append takes, and how large the file becomes, while a thread follows and the log packs itself.
import { statSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { cpuMicrosByName, threadTimes } from './support/process-family.ts'
import { ownMicros } from './support/own-cpu.ts'

export const title = 'Event log (LMDB) under 10,000 messages a second: CPU, latency and file, with packing'

const partitions = 8
const recordsEach = 100
const cars = 10_000
/** Long enough for a sweep to fall into it with a minute of records before it. */
const minutesUsually = 1.5
const rateUsually = 10_000
const startAt = 1_767_877_200_000

/** About 300 bytes each, with numbers that are as hard to pack as those of cars. */
function messages(): Buffer[] {
  const random = seeded(7)
  const number = (from: number, to: number, digits: number): number =>
    Number((from + random() * (to - from)).toFixed(digits))
  return Array.from({ length: 2 * cars }, (_, seq) => {
    const signals = {
      'Vehicle.Speed': number(0, 60, 2),
      'Vehicle.CurrentLocation.Latitude': number(-34.95, -34.8, 6),
      'Vehicle.CurrentLocation.Longitude': number(-56.3, -56, 6),
      'Vehicle.TraveledDistance': number(10_000, 100_000, 3),
      'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed': number(0, 100, 1),
    }
    const samples = [{ at: startAt + 13 * seq, signals }]
    return Buffer.from(JSON.stringify({ boot: '0123456789abcdef', seq, samples }))
  })
}

const libuvMicros = (): number => cpuMicrosByName(new Map(), threadTimes()).get('libuv-worker') ?? 0

export async function run({
  minutes = minutesUsually,
  rate = rateUsually,
}: { readonly minutes?: number; readonly rate?: number } = {}): Promise<void> {
  await using folder = await mkdtempDisposable(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-'))
  const values = messages()
  const latencies: number[] = []
  await using opened = openLmdbLog({ dir: folder.path, partitions, topics: uplinkTopics })
  const follower = new Worker(new URL('log-flood.follower.ts', import.meta.url), {
    workerData: { dir: folder.path, partitions },
  })
  const count = Math.floor((minutes * 60 * rate) / recordsEach) * recordsEach
  const [cpu, libuv, began] = [process.cpuUsage(), libuvMicros(), performance.now()]
  for (let n = 0; n < count; n += recordsEach) {
    const records = Array.from({ length: recordsEach }, (_, i) => ({
      topic: 'telemetry',
      key: `acme/v-${((n + i) % cars).toString(16).padStart(12, '0')}`,
      value: values[(n + i) % values.length]!,
      at: startAt + n + i,
      receivedAt: Date.now(),
    }))
    const appendedAt = performance.now()
    await opened.log.append(records)
    latencies.push(performance.now() - appendedAt)
    await wait(Math.max(0, began + ((n + recordsEach) / rate) * 1_000 - performance.now()))
  }
  const micros = ownMicros(cpu)
  const libuvEach = (libuvMicros() - libuv) / count
  await follower.terminate()
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): string => sorted[Math.floor(sorted.length * share)]!.toFixed(1)
  const fileMb = statSync(join(folder.path, 'data.mdb')).size / 2 ** 20
  process.stdout.write(
    `  ${count.toLocaleString('en')} records: ${(micros / count).toFixed(2)} µs CPU each, ${libuvEach.toFixed(2)} of it in threads of libuv; ` +
      `append p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; file ${fileMb.toFixed(0)} MB\n`,
  )
}
