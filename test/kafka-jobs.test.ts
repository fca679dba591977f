// Jobs whose logs are on Kafka, in a process that is killed at random moments while cars drive, and
// that loses its data folder once: they come to what one run that nobody disturbed derives.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openLogs } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { passTime, resultsIn } from '../src/engine/runner.testing.ts'
import { settableClock, type TestClock } from '../src/eventlog/event-log-subject.testing.ts'
import type { EventLog } from '../src/eventlog/event-log.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { jobs } from '../src/jobs/jobs.ts'
import { noKafka, startKafka } from './engines/kafka.ts'
import { openDrivingFleet } from './support/driving-fleet.ts'
import { recordsOf } from './support/log-records.ts'
import { runJobsToEnd } from './support/read-out.ts'
import { startProcess } from './support/running-system.ts'
import { temporaryFolder } from './support/running-system.ts'

const partitions = 4
const cars = 12
const kills = 5
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

/** The same log in memory, where hours can pass: brokers stamp what they store. */
async function copyOf(uplink: EventLog, clock: TestClock) {
  const copy = openMemoryLog({ partitions, topics: uplinkTopics, clock })
  const records = await recordsOf(
    uplink,
    uplinkTopics.map(({ name }) => name),
  )
  for (const { topic, key, value, headers, at, receivedAt, appendedAt } of records.toSorted(
    (a, b) => a.appendedAt - b.appendedAt,
  )) {
    clock.at = appendedAt
    await copy.log.append([{ topic, key, value, at, receivedAt, ...(headers && { headers }) }])
  }
  const epochs = [...(await uplink.epochs()), ...(await copy.log.epochs())]
  const log: EventLog = { ...copy.log, id: uplink.id, epochs: async () => epochs }
  return { log, [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose]() }
}

test(
  `with Kafka: jobs killed ${kills} times, their folder lost once, come to what an undisturbed run derives`,
  { skip: noKafka, timeout: 240_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    const [broker] = kafka.brokers
    const mqttPort = await freePort()
    const dataDir = join(folder.path, 'data')
    const jobsDir = join(folder.path, 'jobs')
    for (const dir of [dataDir, jobsDir]) mkdirSync(dir)
    const settings = {
      ROADSTREAM_LOG_PARTITIONS: String(partitions),
      ROADSTREAM_METRICS: '127.0.0.1:0',
      ROADSTREAM_KAFKA: `${broker!.host}:${broker!.port}`,
      ROADSTREAM_KAFKA_REPLICATION: '1',
      ROADSTREAM_KAFKA_MIN_IN_SYNC: '1',
    }
    await using gateway = await startProcess(['gateway'], 'running on', {
      settings: { ...settings, ROADSTREAM_DATA: dataDir, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` },
    })
    await using fleet = openDrivingFleet(dataDir, mqttPort, cars)
    for (let kill = 0; kill < kills; kill += 1) {
      await using running = await startProcess(['jobs'], 'running on', {
        settings: { ...settings, ROADSTREAM_DATA: jobsDir },
      })
      fleet.drive()
      // The load itself is the point: it runs for a random while before the kill.
      await wait(300 + random() * 3_000)
      await running.kill()
      if (kill === 2) rmSync(jobsDir, { recursive: true })
      mkdirSync(jobsDir, { recursive: true })
    }
    fleet.park()
    await fleet.flush()
    await gateway.kill()

    const config = readConfig({ ...settings, ROADSTREAM_DATA: jobsDir })
    assert.ok(config.ok)
    await using uplink = await openLogs(config.value, 'uplink', silentLogger)
    const topics = jobs.flatMap(({ writes }) => writes)
    await using derived = await openLogs(config.value, 'derived', silentLogger, { topics })
    const tasks = derived.state.tasks().length
    const before = (await resultsIn(derived.log, jobs)).size
    const clock = settableClock(0)
    await using whole = await copyOf(uplink.log, clock)
    await passTime(whole.log, clock, 6 * 3_600_000)
    await using fresh = openMemoryLog({ partitions })
    await runJobsToEnd(whole.log, derived)
    await runJobsToEnd(whole.log, fresh)
    const [found, wanted] = [await resultsIn(derived.log, jobs), await resultsIn(fresh.log, jobs)]
    context.diagnostic(`${tasks} tasks, ${before} results while it was killed, ${wanted.size} at the end`)
    assert.ok(tasks > 0 && before > 0 && wanted.size > cars)
    assert.deepEqual(found, wanted)
  },
)
