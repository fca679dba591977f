// The system on something that is broken: a start says in one line the thing, the setting and the
// remedy, and never says damaged where nothing is. While it runs, /readyz says why nothing is
// taken, and the log holds the reason once.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Outage } from '../src/base/errors.ts'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { openDrivingFleet } from './support/driving-fleet.ts'
import { runCommand, startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'
import { noSmallDisk, openSmallDisk } from './support/small-disk.ts'

type Settings = Readonly<Record<string, string>>

/** The words of a start that cannot be. */
async function oneLine(settings: Settings, args: readonly string[] = ['start']): Promise<string> {
  const { code, stdout, stderr } = await runCommand(args, settings)
  assert.deepEqual([code, stdout], [1, ''], stderr)
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  assert.doesNotMatch(stderr, /damaged:|salvage|Move it away|moved away/)
  return stderr
}

async function startAndStop(settings: Settings, dataDir: string): Promise<void> {
  await using system = await startSystem({ dataDir, settings })
  assert.equal(await system.stop(), 0)
}

test(
  'a first start on a full disk says that it is full, with the remedy, and starts once there is room',
  { skip: noSmallDisk, timeout: 240_000 },
  async () => {
    using disk = openSmallDisk(200)
    const dataDir = join(disk.path, 'data')
    const settings = { ROADSTREAM_DATA: dataDir }
    const full =
      /The disk of \S+ is full: [\d.]+ \wB are left, and [\d.]+ \wB are needed\. Free some room .*ROADSTREAM_DATA/
    disk.fill()
    assert.match(await oneLine(settings), full)
    disk.empty()
    // Room for the log and not for the database.
    disk.fill(30e6)
    assert.match(await oneLine(settings), full)
    disk.empty()
    await startAndStop({}, dataDir)
    disk.fill()
    assert.match(await oneLine(settings), full)
    await assert.rejects(openEmbeddedStorage({ dir: join(dataDir, 'postgres'), logger: silentLogger }), (error) => {
      assert.ok(error instanceof Outage && error.code === 'STORE_UNAVAILABLE', String(error))
      assert.match(error.message, full)
      return true
    })
    disk.empty()
    // Room to open everything and to keep nothing.
    disk.fill(3e6)
    await using system = await startSystem({ dataDir })
    assert.match(await readiness(system, 503), /the event log takes nothing \(LOG_FULL\)/)
    disk.empty()
    await readiness(system, 200)
    assert.equal(await system.stop(), 0)
  },
)

async function readiness(system: RunningSystem, wanted: number): Promise<string> {
  for (;;) {
    const response = await fetch(`${system.dashboardUrl}/readyz`)
    const text = await response.text()
    if (response.status === wanted) return text
    await wait(20)
  }
}

const countOf = (text: string, part: RegExp): number => text.match(new RegExp(part, 'g'))?.length ?? 0

test(
  'a disk that fills while the system runs: nothing is acknowledged, /readyz says why, the log once, and all goes on by itself',
  { skip: noSmallDisk, timeout: 180_000 },
  async () => {
    using disk = openSmallDisk(300)
    const dataDir = join(disk.path, 'data')
    const mqttPort = await freePort()
    await using system = await startSystem({ dataDir, mqttPort, settings: { ROADSTREAM_LOG_LEVEL: 'debug' } })
    await using fleet = openDrivingFleet(dataDir, mqttPort, 5)
    const acknowledged = (): number => fleet.cars.reduce((sum, { stats }) => sum + stats.acknowledged, 0)
    fleet.drive()
    while (acknowledged() < 20) await wait(20)
    disk.fill()
    const said = await readiness(system, 503)
    assert.match(said, /the event log takes nothing \(LOG_FULL\)/)
    const refused = /the log does not take records/
    while (!refused.test(system.said())) await wait(20)
    const held = acknowledged()
    while (countOf(system.said(), refused) < 5) await wait(20)
    assert.equal(acknowledged(), held, 'messages are acknowledged that are nowhere')
    const told = system
      .said()
      .split('\n')
      .filter((line) => refused.test(line) && !line.includes('"level":20'))
    assert.equal(told.length, 1, told.join('\n'))
    assert.match(told[0] ?? '', /"reason":"The event log in [^"]* is full: [^"]*larger disk/)
    disk.empty()
    await readiness(system, 200)
    while (acknowledged() === held) await wait(20)
    assert.equal(countOf(system.said(), /the log takes records again/), 1)
    fleet.park()
    await fleet.flush()
    assert.equal(await system.stop(), 0)
  },
)

test('a folder of a newer version is refused with what to run instead, and left as it is', async () => {
  using folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  await startAndStop({}, dataDir)
  const versionFile = join(dataDir, 'postgres', 'cluster', 'PG_VERSION')
  writeFileSync(versionFile, '19\n')
  assert.match(
    await oneLine({ ROADSTREAM_DATA: dataDir }),
    /cluster was written by PostgreSQL 19, .* run the version that wrote it, or a newer one, or name another data folder \(ROADSTREAM_DATA\)/,
  )
  writeFileSync(versionFile, '18\n')
  assert.match(
    await oneLine({ ROADSTREAM_DATA: dataDir, ROADSTREAM_LOG_PARTITIONS: '3' }),
    /data\/log does not fit: it has 8 partitions, .* Set ROADSTREAM_LOG_PARTITIONS=8, or name another data folder/,
  )
})

test(
  'a server of PostgreSQL that stands: /readyz is not ready, and the log says it once',
  { skip: noPostgres, timeout: 120_000 },
  async () => {
    using folder = temporaryFolder()
    await using postgres = await startPostgres()
    const dataDir = join(folder.path, 'data')
    await using system = await startSystem({
      dataDir,
      settings: { ROADSTREAM_POSTGRES: postgres.url('postgres') },
    })
    await readiness(system, 200)
    await postgres.stop('SIGKILL')
    // Each asks the server anew.
    for (let asked = 0; asked < 10; asked++) await readiness(system, 503)
    assert.equal(countOf(system.said(), /\(ROADSTREAM_POSTGRES\) does not answer/), 1, system.said())
    await postgres.start()
    await readiness(system, 200)
    assert.equal(await system.stop(), 0)
    assert.ok(existsSync(join(dataDir, 'postgres')) && readdirSync(join(dataDir, 'postgres')).length === 0)
  },
)
