// A process that appends what cars say and runs jobs on it until it is killed; says `commit` for
// each commit. Run as: jobs-under-kill.main.ts <dir> <seed>
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { silentLogger } from '../../src/base/logger.ts'
import { runJobs } from '../../src/engine/runner.ts'
import type { NewRecord } from '../../src/eventlog/event-log.ts'
import type { StateStore } from '../../src/eventlog/state-store.ts'
import { encodeMessage } from '../../src/model/message-codec.ts'
import { haste, hastyClock, killedJobs, openKilledLogs } from './jobs-under-kill.ts'
import { seeded } from '../../src/base/seeded.testing.ts'

const [dir, seed] = process.argv.slice(2)
const random = seeded(Number(seed))
const clock = hastyClock(dir!)
const steady = { now: () => performance.now() * haste }
const { uplink, derived } = openKilledLogs(dir!, clock)

/** Cars that speak for a while and are silent for a while, some of it late and some of it twice. */
async function driveForEver(): Promise<void> {
  const boot = Number(seed).toString(16).padStart(16, '0')
  for (let seq = 0; ; seq += 1) {
    const records = ['car-1', 'car-2', 'car-3', 'car-4', 'car-5', 'car-6'].flatMap((car, index): NewRecord[] => {
      if (Math.floor(seq / 40 + index) % 3 === 0) return []
      const at = clock.now() - (random() < 0.1 ? Math.floor(random() * 300_000) : 0)
      const signals = {
        'Vehicle.Speed': Math.floor(random() * 6) * 10,
        'Vehicle.CurrentLocation.Latitude': -34.9 + seq * 1e-5,
      }
      const value = encodeMessage({ boot, seq, samples: [{ at, signals }] })
      const record: NewRecord = { topic: 'telemetry', key: `demo/${car}`, value, at }
      return random() < 0.05 ? [record, record] : [record]
    })
    await uplink.log.append(records)
    await wait(seq % 60 === 59 ? 1_500 : 4)
  }
}

const state: StateStore = {
  ...derived.state,
  async commit(...commit) {
    await derived.state.commit(...commit)
    writeSync(1, 'commit\n')
  },
}

await Promise.all([
  driveForEver(),
  runJobs({
    jobs: killedJobs,
    uplink: uplink.log,
    derived: { log: derived.log, state },
    clock,
    steady,
    logger: silentLogger,
    registry: new Registry(),
    signal: new AbortController().signal,
  }),
])
