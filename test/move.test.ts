// The whole of an installation moved to Kafka and PostgreSQL and back, killed on each way, with
// cars that drive before, between and after.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openDerivedLog, openLogs, openStorage } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { assertWhole, openDrivingFleet, resultsByTopic, tablesOf } from './support/driving-fleet.ts'
import { recordsOf } from './support/log-records.ts'
import { moveThroughKills, soonKills, tryMove, writeEngineFiles } from './support/moving.ts'
import { allRows, messagesOf, runJobsToEnd, writeOut } from './support/read-out.ts'
import { signIn } from './support/api-client.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'

const cars = 8
/** Writers and jobs that take the log for one that they have never seen. */
const readAnew = /came from another log|the log is another one/
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

test(
  'moved to Kafka and PostgreSQL and back, killed on each way: nothing acknowledged is missing, nothing is doubled',
  { skip: noKafka || noPostgres, timeout: 480_000 },
  async (t) => {
    t.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    await using postgres = await startPostgres()
    const [mqttPort, httpPort] = [await freePort(), await freePort()]
    const base = { ROADSTREAM_DATA: folder.path, ROADSTREAM_LOG_PARTITIONS: '3' }
    const engines = {
      ...settingsOn(kafka.brokers),
      ROADSTREAM_POSTGRES: postgres.url('postgres'),
    }
    const { there, back } = writeEngineFiles(folder.path, engines)
    const grown = { ...base, ...engines }
    const begin = (settings: Readonly<Record<string, string>>) =>
      startSystem({ dataDir: folder.path, mqttPort, httpPort, settings })
    const moments = () => soonKills(3, 4_000, random)
    await using fleet = openDrivingFleet(folder.path, mqttPort, cars)
    {
      await using system = await begin(base)
      await signIn(system.setupUrl ?? assert.fail('no setup link'))
      fleet.drive()
      // The load itself is the point: it runs for a while before the kill.
      await wait(3_000)
      await system.kill()
    }

    const moved = await moveThroughKills(there, base, moments())
    t.diagnostic(`there: ${moved.kills} kills\n${moved.said}`)
    const refused = await runCommand(['start'], base)
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      /went to (Kafka|a PostgreSQL server) with the move of .* ROADSTREAM_(KAFKA|POSTGRES) names the embedded/,
    )
    assert.ok(!existsSync(join(folder.path, 'derived', 'data.mdb')), 'a start that was refused made no log')
    {
      await using system = await begin(grown)
      assert.equal(system.setupUrl, undefined, 'the administrator is there')
      await wait(3_000)
      fleet.park()
      await fleet.flush()
      assert.equal(await system.stop(), 0)
      assert.doesNotMatch(system.said(), readAnew)
    }
    const config = readConfig(grown)
    assert.ok(config.ok)
    {
      await using uplink = await openLogs(config.value, 'uplink', silentLogger)
      await using jobs = await openLogs(config.value, 'derived', silentLogger)
      await using derived = await openDerivedLog(config.value, silentLogger)
      await using storage = await openStorage(config.value, silentLogger)
      await runJobsToEnd(uplink.log, jobs)
      await writeOut(config.value, { uplink: uplink.log, derived: derived.log, storage })
      assert.deepEqual(await tablesOf(storage), await resultsByTopic(derived.log))
      const messages = messagesOf(config.value, uplink.log, storage)
      const records = await recordsOf(uplink.log, ['telemetry'])
      for (const [car, { stats }] of fleet.cars.entries()) {
        const ref = { tenant: 'demo', vehicle: `car-${car}` }
        const stored = await allRows((page) => messages.list(ref, { stream: 'telemetry' }, page))
        const said = records
          .filter(({ key }) => key === `demo/car-${car}`)
          .map(({ value }) => Buffer.from(value).toString())
        assert.equal(stored.length, new Set(said).size, 'each message is one document')
        assert.equal(stored.length, stats.sent)
      }
    }

    const used = await tryMove(there, base)
    assert.equal(used.code, 1)
    assert.match(used.said, /went to Kafka with the move of/)
    const returned = await moveThroughKills(back, grown, moments())
    t.diagnostic(`back: ${returned.kills} kills\n${returned.said}`)
    {
      await using system = await begin(base)
      assert.equal(system.setupUrl, undefined, 'the administrator is back')
      fleet.drive()
      await wait(2_000)
      fleet.park()
      await fleet.flush()
      assert.equal(await system.stop(), 0)
      assert.doesNotMatch(system.said(), readAnew)
    }
    const own = readConfig(base)
    assert.ok(own.ok)
    await assertWhole(own.value, fleet)
  },
)
