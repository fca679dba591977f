// Recorded drives through the whole system: the `replay` command plays them over MQTT, and the
// trips in the tables are those the jobs find in the recording itself (which recordings.test.ts of
// the trips holds against what the publishers say of them).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { silentLogger } from '../src/base/logger.ts'
import { openStorage } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { driveJobs, messagesOf, recordsOf } from '../src/engine/job-driver.ts'
import { trips } from '../src/jobs/trips/trips.ts'
import type { Sample } from '../src/model/message.ts'
import type { Trip } from '../src/read-models/trips/trips.ts'
import { findMapping } from '../src/replay/mapping-catalogue.ts'
import { readRecording } from '../src/replay/recording.ts'
import { allRows, readOut } from './support/read-out.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'
import { wholeReach } from '../src/storage/reach.ts'

const data = fileURLToPath(new URL('../../shared/data/', import.meta.url))
const skip = existsSync(data) ? false : 'the recordings are not beside this checkout'
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const recordings = [
  { file: `${data}nds-drives/nds_data.csv.gz`, mapping: 'nds-drives', trips: 28 },
  { file: `${data}cmap-trips/points_1hz.csv.gz`, mapping: 'cmap-trips', trips: 171 },
]

test('replayed over MQTT, recordings give the trips that are in them', { skip }, async () => {
  using folder = temporaryFolder()
  {
    await using system = await startSystem({ dataDir: folder.path })
    for (const { file, mapping } of recordings) {
      const args = [main, 'replay', file, '--mapping', mapping, '--speed', 'max', '--url', system.mqttUrl, '--json']
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { ...process.env, ROADSTREAM_DATA: folder.path, NODE_NO_WARNINGS: '1' },
      })
      const summary = JSON.parse(stdout) as { readonly messages: number; readonly acknowledged: number }
      assert.ok(summary.messages > 0)
      assert.equal(summary.acknowledged, summary.messages)
    }
    assert.equal(await system.stop(), 0)
  }
  const config = readConfig({ ROADSTREAM_DATA: folder.path })
  assert.ok(config.ok)
  await using storage = await openStorage(config.value, silentLogger)
  await readOut(config.value, storage)
  const stored = await allRows((page) => storage.trips.list(wholeReach('demo'), {}, page))
  for (const { file, mapping, trips: count } of recordings) {
    const found = stored.filter(({ vehicle }) => vehicle.startsWith(mapping)).map(essence)
    assert.equal(found.length, count)
    assert.deepEqual(new Set(found), new Set((await tripsOf(file, mapping)).map(essence)))
  }
})

/** The part of a trip that depends neither on the vehicle's name nor on how much time has passed in
 *  the log since: that ends a trip. */
const essence = ({ startAt, endAt, distanceM, durationMs, idleMs, maxSpeedKmh, samples }: Trip): string =>
  JSON.stringify({ startAt, endAt, distanceM, durationMs, idleMs, maxSpeedKmh, samples })

async function tripsOf(file: string, name: string): Promise<Trip[]> {
  const mapping = findMapping(name)
  assert.ok(mapping.ok)
  const segments = new Map<string, Sample[]>()
  for await (const { segment, at, signals } of readRecording(file, mapping.value)) {
    const samples = segments.get(segment) ?? []
    segments.set(segment, samples)
    samples.push({ at, signals })
  }
  return [...segments.values()].flatMap((samples) => {
    const driver = driveJobs([trips])
    const records = recordsOf(messagesOf(samples))
    for (let from = 0; from < records.length; from += 500)
      driver.feed(records.slice(from, from + 500), records[from]?.at)
    driver.pass(Number.MAX_SAFE_INTEGER)
    return [...driver.results()].flatMap(([id, result]) => (id.startsWith('trip ') ? [result as Trip] : []))
  })
}
