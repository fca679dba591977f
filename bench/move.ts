// A folder of a million messages moved to Kafka and PostgreSQL and back: once undisturbed, for the
// time that a system stands still, and once with ten kills on each way. Afterwards every record,
// row, user and session is held against what was there before.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openLogs, openMovableTables, openStorage } from '../src/compose/adapters.ts'
import { readConfig, type Config } from '../src/config/config.ts'
import { openGatewayStore } from '../src/gateway/gateway-store.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import { noKafka, settingsOn, startKafka } from '../test/engines/kafka.ts'
import { noPostgres, startPostgres } from '../test/engines/postgres.ts'
import { moveThroughKills, killsOverSteps, writeEngineFiles } from '../test/support/moving.ts'
import { runJobsToEnd, writeOut } from '../test/support/read-out.ts'
import { temporaryFolder } from '../test/support/running-system.ts'
import { wholeGrant } from '../src/rights/grant.ts'
import { sumPartition } from '../src/move/copy-topic.ts'
import { derivedTopics, uplinkTopics } from '../src/eventlog/topics.ts'

export const title = 'a folder moved to Kafka and PostgreSQL and back, undisturbed and with kills'

const messagesUsually = 1_000_000
const cars = 1_000
const perCommit = 2_000
const users = 20
const sessions = 500
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

export type MoveOptions = { readonly times?: number; readonly rate?: number }

/** `rate`: messages of the folder; `times`: kills on each way. */
export async function run({ times = 10, rate: messages = messagesUsually }: MoveOptions = {}): Promise<void> {
  const unable = noKafka || noPostgres
  if (unable !== false) {
    process.stdout.write(`  ${unable}\n`)
    return
  }
  const random = seeded(seed)
  using folder = temporaryFolder()
  const base = { ROADSTREAM_DATA: folder.path }
  const config = configOf(base)
  process.stdout.write(`  SEED=${seed}; filling a folder with ${messages.toLocaleString('en')} messages …\n`)
  await fill(config, messages)
  const before = await contentsOf(config)
  await using kafka = await startKafka({ nodes: 1 })
  await using postgres = await startPostgres()
  {
    await using sql = openPgSql({ server: postgres.server('postgres'), logger: silentLogger })
    await sql.query('create database again')
  }
  const lines: string[] = []
  const undisturbed: Record<string, string> = {}
  for (const [index, database] of ['postgres', 'again'].entries()) {
    const engines = {
      ...settingsOn(kafka.brokers),
      ROADSTREAM_KAFKA_PREFIX: `${database}.`,
      ROADSTREAM_POSTGRES: postgres.url(database),
    }
    const { there, back } = writeEngineFiles(folder.path, engines)
    for (const [way, file, settings] of [
      ['there', there, base],
      ['back', back, { ...base, ...engines }],
    ] as const) {
      const kills = index === 0 ? [] : killsOverSteps(times, undisturbed[way] ?? '', random)
      const began = performance.now()
      const moved = await moveThroughKills(file, settings, kills)
      const s = ((performance.now() - began) / 1000).toFixed(1)
      undisturbed[way] ??= moved.said
      const line = `${way.padEnd(6)} ${String(moved.kills).padStart(5)} ${s.padStart(9)} s ${(moved.tookMs / 1000).toFixed(1).padStart(9)} s`
      lines.push(line)
      process.stdout.write(`${moved.said.replaceAll(/^/gm, '    ')}\n  ${line}\n`)
      for (const said of moved.killedAt) process.stdout.write(`    killed after: ${said}\n`)
    }
    assert.deepEqual(await contentsOf(config), before, 'what came back is what went')
  }
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
  process.stdout.write(
    `\n  at ${revision.trim()}, SEED=${seed}; records, rows, users and sessions are the same after each round\n  way    kills    in all    last try\n`,
  )
  for (const line of lines) process.stdout.write(`  ${line}\n`)
}

function configOf(settings: Readonly<Record<string, string>>): Config {
  const config = readConfig(settings)
  assert.ok(config.ok, config.ok ? '' : config.detail)
  return config.value
}

async function fill(config: Config, messages: number): Promise<void> {
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  const begun = uplink.log.now() - (messages / cars) * 1_000
  for (let sent = 0; sent < messages;) {
    const batch = Array.from({ length: Math.min(perCommit, messages - sent) }, (_, index) =>
      record(sent + index, begun),
    )
    await uplink.log.append(batch)
    sent += batch.length
  }
  const store = openGatewayStore(uplink)
  const entries = Array.from({ length: sessions }, (_, index) => ({
    key: `s/${index}`,
    value: Buffer.alloc(200, index),
  }))
  await store.commit([], entries)
  await using derived = await openLogs(config, 'derived', silentLogger)
  await runJobsToEnd(uplink.log, derived)
  await using storage = await openStorage(config, silentLogger)
  await writeOut(config, { uplink: uplink.log, derived: derived.log, storage })
  for (let n = 0; n < users; n += 1)
    await storage.users.add({
      id: `u${n}`,
      name: `user ${n}`,
      passwordHash: `hash ${n}`,
      identity: null,
      grants: [wholeGrant('viewer')],
      tenant: 'demo',
    })
}

function record(n: number, begun: number) {
  const car = n % cars
  const seq = Math.floor(n / cars)
  const at = Math.floor(begun + seq * 1_000)
  const message = {
    boot: car.toString(16).padStart(16, '0'),
    seq,
    samples: [
      {
        at,
        signals: {
          'Vehicle.LowVoltageSystemState': 'ON',
          'Vehicle.Speed': 20 + ((seq + car) % 50),
          'Vehicle.CurrentLocation.Latitude': -34.9 + seq * 1e-4,
          'Vehicle.CurrentLocation.Longitude': -56.1 - car * 1e-3,
        },
      },
    ],
  }
  return { topic: 'telemetry', key: `demo/car-${car}`, value: Buffer.from(JSON.stringify(message)), at, receivedAt: at }
}

/** Digests of all that there is, but for offsets. */
async function contentsOf(config: Config) {
  const contents: Record<string, unknown> = {}
  for (const [name, topics] of [
    ['uplink', uplinkTopics.map((topic) => topic.name)],
    ['derived', derivedTopics],
  ] as const) {
    await using opened = await openLogs(config, name, silentLogger, { moving: 'from' })
    for (const topic of topics)
      for (let partition = 0; partition < opened.log.partitionsOf(topic); partition += 1) {
        const { records, digest } = await sumPartition(opened.log, topic, partition)
        contents[`${name} ${topic}/${partition}`] = `${records} ${digest}`
      }
    if (name === 'uplink')
      contents['sessions'] = Array.from(
        openGatewayStore(opened).entries(''),
        ([key, value]) => `${key} ${value.join()}`,
      )
  }
  await using tables = await openMovableTables(config, silentLogger)
  contents['tables'] = await tables.sums()
  return contents
}
