// An embedded log moved into another number of partitions where it is: refused while something of
// it is unread, and with its records where their keys fall afterwards.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../src/base/logger.ts'
import { openDerivedLog, openLogs, openStorage } from '../src/compose/adapters.ts'
import { readConfig, type Config } from '../src/config/config.ts'
import { partitionOf } from '../src/eventlog/partition.ts'
import { recordsOf } from './support/log-records.ts'
import { tryMove } from './support/moving.ts'
import { readOut, runJobsToEnd, writeOut } from './support/read-out.ts'
import { temporaryFolder } from './support/running-system.ts'
import { wholeReach } from '../src/storage/reach.ts'

const cars = Array.from({ length: 12 }, (_, car) => `demo/car-${car}`)

function configOf(settings: Readonly<Record<string, string>>): Config {
  const config = readConfig(settings)
  assert.ok(config.ok)
  return config.value
}

/** Appends a message of each car, numbered so, and has all read where that is asked for. */
async function tell(config: Config, seq: number, isRead: boolean): Promise<void> {
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  await using jobs = await openLogs(config, 'derived', silentLogger)
  await using derived = await openDerivedLog(config, silentLogger)
  await using storage = await openStorage(config, silentLogger)
  const at = uplink.log.now()
  const samples = [{ at, signals: { 'Vehicle.Speed': 40 + seq } }]
  const value = Buffer.from(JSON.stringify({ boot: '00000000000000aa', seq, samples }))
  await uplink.log.append(cars.map((key) => ({ topic: 'telemetry', key, value, at })))
  if (!isRead) return
  await runJobsToEnd(uplink.log, jobs)
  await writeOut(config, { uplink: uplink.log, derived: derived.log, storage })
}

test('an embedded log goes into more partitions once all of it was read', { timeout: 280_000 }, async () => {
  using folder = temporaryFolder()
  const base = { ROADSTREAM_DATA: join(folder.path, 'data'), ROADSTREAM_LOG_PARTITIONS: '2' }
  const file = join(folder.path, 'more.env')
  writeFileSync(file, 'ROADSTREAM_LOG_PARTITIONS=5\n')
  await tell(configOf(base), 0, true)
  await tell(configOf(base), 1, false)
  const early = await tryMove(file, base)
  assert.equal(early.code, 1, early.said)
  assert.match(early.said, /changes only once everything was read: .* has read telemetry\/\d up to \d+ of \d+/)
  await tell(configOf(base), 2, true)
  const moved = await tryMove(file, base)
  assert.equal(moved.code, 0, moved.said)
  const after = { ...base, ROADSTREAM_LOG_PARTITIONS: '5' }
  await assert.rejects(openLogs(configOf(base), 'uplink', silentLogger), { code: 'LOG_MISMATCH' })
  await tell(configOf(after), 3, true)
  await using storage = await openStorage(configOf(after), silentLogger)
  await readOut(configOf(after), storage)
  await using uplink = await openLogs(configOf(after), 'uplink', silentLogger)
  const byKey = Map.groupBy(await recordsOf(uplink.log, ['telemetry']), ({ key }) => key)
  for (const key of cars) {
    const own = byKey.get(key) ?? []
    assert.deepEqual(
      own.map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { readonly seq: number }).seq),
      [0, 1, 2, 3],
    )
    assert.ok(own.every(({ partition }) => partition === partitionOf(key, 5)))
  }
  const { rows } = await storage.ledger.list(wholeReach('demo'), {}, { limit: 100 })
  assert.deepEqual(
    rows.map(({ sent, stored, missing, duplicate }) => [sent, stored, missing, duplicate]),
    cars.map(() => [4, 4, 0, 0]),
  )
})
