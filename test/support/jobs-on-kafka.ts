// Jobs in processes of their own whose logs are on Kafka, under cars that drive; and that what they
// derived is what one run derives that nobody disturbed.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../src/base/port.testing.ts'
import { readConfig } from '../../src/config/config.ts'
import { resultsIn } from '../../src/engine/runner.testing.ts'
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { settingsOn, startKafka } from '../engines/kafka.ts'
import { openDrivingFleet, type DrivingFleet } from './driving-fleet.ts'
import { openAllDerived, openHoursLater, runJobsToEnd } from './read-out.ts'
import { startProcess, temporaryFolder, type RunningProcess } from './running-system.ts'
import { scrape, sumIn } from './scrape.ts'

export const partitions = 4

export type JobsProcess = RunningProcess & {
  /** The sum of a gauge or counter over its labels; undefined while it does not answer. */
  sum(metric: string): Promise<number | undefined>
}

export type JobsOnKafka = AsyncDisposable & {
  readonly fleet: DrivingFleet
  /** A folder of that name, made where there is none. */
  folder(name: string): string
  startJobs(folder: string, settings?: Readonly<Record<string, string>>): Promise<JobsProcess>
  /** Ends the cars and the gateway, has the rest read by the jobs of a folder, and compares. Gives
   *  the number of results before and after the rest. */
  assertUndisturbed(folder: string): Promise<{ readonly before: number; readonly results: number }>
}

/** One broker, a gateway and cars that stand. */
export async function openJobsOnKafka(cars: number): Promise<JobsOnKafka> {
  await using opening = new AsyncDisposableStack()
  const place = opening.use(temporaryFolder())
  const kafka = opening.use(await startKafka({ nodes: 1 }))
  const mqttPort = await freePort()
  const common = {
    ROADSTREAM_LOG_PARTITIONS: String(partitions),
    ROADSTREAM_METRICS: '127.0.0.1:0',
    ...settingsOn(kafka.brokers),
    ROADSTREAM_JOBS_SESSION: '6s',
  }
  const folder = (name: string): string => {
    const path = join(place.path, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const dataDir = folder('data')
  const gateway = opening.use(
    await startProcess(['gateway'], 'running on', {
      settings: { ...common, ROADSTREAM_DATA: dataDir, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` },
    }),
  )
  const fleet = opening.use(openDrivingFleet(dataDir, mqttPort, cars))
  const opened = opening.move()
  return {
    fleet,
    folder,
    startJobs: async (own, settings = {}) => {
      const running = await startProcess(['jobs'], 'running on', {
        settings: { ...common, ...settings, ROADSTREAM_DATA: own },
      })
      const [, url] = /metrics on (http:\S+)/.exec(running.said()) ?? []
      assert.ok(url !== undefined, running.said())
      return {
        ...running,
        sum: async (metric) => {
          const text = await scrape(url)
          return text === undefined ? undefined : sumIn(text, metric)
        },
      }
    },
    assertUndisturbed: async (own) => {
      fleet.park()
      await fleet.flush()
      await gateway.kill()
      return compare({ ...common, ROADSTREAM_DATA: own })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Resolves once it holds. */
export async function untilHolds(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(50)
}

async function compare(settings: Readonly<Record<string, string>>) {
  const config = readConfig(settings)
  assert.ok(config.ok)
  await using derived = await openAllDerived(config.value)
  const before = (await resultsIn(derived.log, jobs)).size
  await using whole = await openHoursLater(config.value)
  await using fresh = openMemoryLog({ partitions })
  await runJobsToEnd(whole.later, derived, derived.share)
  await runJobsToEnd(whole.later, fresh)
  const [found, wanted] = [await resultsIn(derived.log, jobs), await resultsIn(fresh.log, jobs)]
  assert.deepEqual(found, wanted)
  return { before, results: wanted.size }
}
