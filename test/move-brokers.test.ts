// An installation that takes publishers' messages, moved to three brokers of Kafka and a
// PostgreSQL, both with TLS and signed in to, into more partitions, and back into another number of
// them; killed on each way. Cars drive and a publisher tells before, between and after.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { issueServer, makeAuthority } from '../src/certificates/authority.ts'
import { openDerivedLog, openLogs, openStorage } from '../src/compose/adapters.ts'
import { readConfig, type Config } from '../src/config/config.ts'
import { partitionOf } from '../src/eventlog/partition.ts'
import { said } from '../src/translate/translator.testing.ts'
import { kafkaUser, noKafka, startKafka } from './engines/kafka.ts'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { assertWhole, openDrivingFleet } from './support/driving-fleet.ts'
import { recordsOf } from './support/log-records.ts'
import { moveThroughKills, soonKills, writeEngineFiles } from './support/moving.ts'
import { runJobsToEnd, writeOut } from './support/read-out.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const cars = 8
const [atFirst, between, atLast] = [3, 5, 4]
const secret = 'c0ffee'.repeat(8)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const days = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * 86_400_000),
  notAfter: new Date(Date.now() + to * 86_400_000),
})

function configOf(settings: Readonly<Record<string, string>>): Config {
  const config = readConfig(settings)
  assert.ok(config.ok, JSON.stringify(config))
  return config.value
}

/** Has jobs and writers of a stopped system read all there is. */
async function readRest(config: Config): Promise<void> {
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  await using jobs = await openLogs(config, 'derived', silentLogger)
  await using derived = await openDerivedLog(config, silentLogger)
  await using storage = await openStorage(config, silentLogger)
  await runJobsToEnd(uplink.log, jobs)
  await writeOut(config, { uplink: uplink.log, derived: derived.log, storage })
}

/** Messages told of the publisher's vehicle, with the numbers of the translator. */
async function toldOf(config: Config): Promise<readonly (readonly [boot: string, seq: number, speed: unknown])[]> {
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  return (await said(uplink))
    .filter(({ key }) => key === 'demo/leaf')
    .map(({ boot, seq, samples: [sample] }) => [boot, seq, sample?.signals['Vehicle.Speed']] as const)
}

test(
  'moved to three brokers and PostgreSQL by TLS into more partitions, and back into fewer, with a translator: all goes on',
  { skip: noKafka || noPostgres, timeout: 590_000 },
  async (t) => {
    t.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    const authority = makeAuthority('Test engines', days(-30, 30))
    const tls = issueServer(authority, ['localhost'], days(-2, 10))
    await using kafka = await startKafka({ nodes: 3, tls })
    await using postgres = await startPostgres([], tls)
    const [mqttPort, httpPort, publishersPort] = [await freePort(), await freePort(), await freePort()]
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder.path, name), text, { mode: 0o600 })
      return join(folder.path, name)
    }
    const dataDir = join(folder.path, 'data')
    mkdirSync(dataDir)
    const common = {
      ROADSTREAM_DATA: dataDir,
      ROADSTREAM_MAPPINGS: 'owntracks',
      ROADSTREAM_SENDERS: file('senders.json', JSON.stringify({ owntracks: { 'ana/phone': 'leaf' } })),
      ROADSTREAM_PUBLISHERS_HTTP: `127.0.0.1:${publishersPort}`,
      ROADSTREAM_PUBLISHERS_SECRETS: file('secrets.json', JSON.stringify({ owntracks: { secret } })),
    }
    const engines = {
      ROADSTREAM_KAFKA: kafka.nodes.map(({ signed }) => `localhost:${signed.port}`).join(','),
      ROADSTREAM_KAFKA_TLS: 'on',
      ROADSTREAM_KAFKA_CA: file('ca.pem', authority.cert),
      ROADSTREAM_KAFKA_SASL: 'SCRAM-SHA-512',
      ROADSTREAM_KAFKA_USER: kafkaUser.name,
      ROADSTREAM_KAFKA_PASSWORD_FILE: file('password', kafkaUser.password),
      ROADSTREAM_POSTGRES: `${postgres.url('postgres').replace('127.0.0.1', 'localhost')}?sslmode=verify-full`,
      ROADSTREAM_POSTGRES_CA: join(folder.path, 'ca.pem'),
    }
    const before = { ...common, ROADSTREAM_LOG_PARTITIONS: String(atFirst) }
    const grown = { ...common, ...engines, ROADSTREAM_LOG_PARTITIONS: String(between) }
    const after = { ...common, ROADSTREAM_LOG_PARTITIONS: String(atLast) }
    const { there, back } = writeEngineFiles(folder.path, engines)
    appendFileSync(there, `ROADSTREAM_LOG_PARTITIONS=${between}\n`)
    appendFileSync(back, `ROADSTREAM_LOG_PARTITIONS=${atLast}\n`)
    await using fleet = openDrivingFleet(dataDir, mqttPort, cars)

    /** Cars drive for a while, the publisher tells of one speed, and all is stopped in order. */
    const live = async (settings: Readonly<Record<string, string>>, speed: number): Promise<void> => {
      await using system = await startSystem({ dataDir, mqttPort, httpPort, settings })
      fleet.drive()
      const location = { _type: 'location', lat: -34.9, lon: -56.2, tst: Math.floor(Date.now() / 1000), vel: speed }
      const response = await fetch(`http://127.0.0.1:${publishersPort}/owntracks/${secret}/?u=ana&d=phone`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-limit-u': 'ana', 'x-limit-d': 'phone' },
        body: JSON.stringify({ ...location, topic: 'owntracks/ana/phone' }),
      })
      assert.equal(response.status, 200, await response.text())
      await wait(2_000)
      fleet.park()
      await fleet.flush()
      assert.equal(await system.stop(), 0)
      assert.doesNotMatch(system.said(), /came from another log|the log is another one/)
    }

    await live(before, 40)
    await readRest(configOf(before))
    const moments = () => soonKills(1, 4_000, random)
    const moved = await moveThroughKills(there, before, moments())
    t.diagnostic(`there: ${moved.kills} kills\n${moved.said}`)
    await live(grown, 50)
    await readRest(configOf(grown))
    {
      await using uplink = await openLogs(configOf(grown), 'uplink', silentLogger)
      for (const { key, partition } of await recordsOf(uplink.log, ['telemetry', 'foreign']))
        assert.equal(partition, partitionOf(key, between))
    }
    const returned = await moveThroughKills(back, grown, moments())
    t.diagnostic(`back: ${returned.kills} kills\n${returned.said}`)
    await live(after, 60)

    const told = await toldOf(configOf(after))
    const [boot] = told[0] ?? assert.fail('the publisher was not heard')
    assert.deepEqual(
      told,
      [40, 50, 60].map((speed, seq) => [boot, seq, speed]),
    )
    await assertWhole(configOf(after), fleet)
  },
)
