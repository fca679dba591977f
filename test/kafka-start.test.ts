// The whole system in one process with its logs on Kafka, killed while cars drive: what writers put
// into the tables is what is in the topics.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { openDerivedLog, openLogs, openStorage } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { openDrivingFleet, resultsByTopic, tablesOf } from './support/driving-fleet.ts'
import { recordsOf } from './support/log-records.ts'
import { allRows, writeOut } from './support/read-out.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const cars = 10

test(
  'with Kafka: a system killed twice has in its tables what is in the topics, once',
  { skip: noKafka, timeout: 290_000 },
  async () => {
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    const [mqttPort, httpPort] = [await freePort(), await freePort()]
    const settings = {
      ROADSTREAM_DATA: folder.path,
      ROADSTREAM_LOG_PARTITIONS: '3',
      ...settingsOn(kafka.brokers),
    }
    const begin = () => startSystem({ dataDir: folder.path, mqttPort, httpPort, settings })
    await using fleet = openDrivingFleet(folder.path, mqttPort, cars)
    for (let kill = 0; kill < 2; kill += 1) {
      await using system = await begin()
      fleet.drive()
      // The load itself is the point: it runs for a while before the kill.
      await wait(2_000)
      await system.kill()
    }
    {
      await using system = await begin()
      fleet.park()
      await fleet.flush()
      assert.equal(await system.stop(), 0)
    }

    const config = readConfig(settings)
    assert.ok(config.ok)
    await using uplink = await openLogs(config.value, 'uplink', silentLogger)
    await using derived = await openDerivedLog(config.value, silentLogger)
    await using storage = await openStorage(config.value, silentLogger)
    await writeOut(config.value, { uplink: uplink.log, derived: derived.log, storage })
    const tables = await tablesOf(storage)
    assert.deepEqual(tables, await resultsByTopic(derived.log))
    assert.equal(tables.twin.length, cars)
    const records = await recordsOf(uplink.log, ['telemetry'])
    for (let car = 0; car < cars; car += 1) {
      const ref = { tenant: 'demo', vehicle: `car-${car}` }
      const stored = await allRows((page) => storage.messages.list(ref, { stream: 'telemetry' }, page))
      const said = records
        .filter(({ key }) => key === `demo/car-${car}`)
        .map(({ value }) => Buffer.from(value).toString())
      assert.equal(stored.length, new Set(said).size, 'each message is one document')
      assert.equal(stored.length, fleet.cars[car]!.stats.sent)
    }
  },
)
