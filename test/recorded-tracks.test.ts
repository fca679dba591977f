// Drives of real cars, from their samples to the track that the API gives and its GPX, by way of
// the embedded database: to the digit what the cars told, and what a record and a row of before,
// which had the values themselves, are read as.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './support/running-system.ts'
import type { TrackColumns } from '../src/api/contract.ts'
import { gpxOf } from '../src/api/gpx.ts'
import { readTrack, readWholeTrack } from '../src/api/routes/read-track.ts'
import { silentLogger } from '../src/base/logger.ts'
import { driveJobs, messagesOf, recordsOf } from '../src/engine/job-driver.ts'
import type { DriveSample } from '../src/jobs/trips/drive-sample.ts'
import { readingsIn, tracksIn } from '../src/jobs/trips/drives.testing.ts'
import { rawSets, skip } from '../src/jobs/trips/raw-rows.testing.ts'
import { samplesOf } from '../src/jobs/trips/recordings.testing.ts'
import { trips } from '../src/jobs/trips/trips.ts'
import type { Sample } from '../src/model/message.ts'
import type { TrackPoints } from '../src/model/track-steps.ts'
import { tracksModel, type Track } from '../src/read-models/tracks/tracks.ts'
import { rowCheck } from '../src/read-models/row-check.ts'
import { shippedMapping } from '../src/replay/mapping-catalogue.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import { wholeReach } from '../src/storage/reach.ts'

/** One with places, one with speeds alone. */
const sets = ['nds-drives', 'bev-bmw-i3'] as const
const drivesMax = 12
const samplesMax = 6_000

/** A recorded drive by what the job says of it, and by the samples. */
type Drive = {
  readonly vehicle: string
  readonly minutes: ReturnType<typeof tracksIn>
  readonly told: ReadonlyMap<number, DriveSample>
}

async function drivesOf(set: (typeof sets)[number]): Promise<Drive[]> {
  const segments: Sample[][] = []
  for (const file of rawSets[set].files())
    if (segments.length < drivesMax) segments.push(...(await samplesOf(file, shippedMapping(set))).values())
  return segments.slice(0, drivesMax).map((samples, index) => {
    const driver = driveJobs([trips])
    const records = recordsOf(messagesOf(samples.slice(0, samplesMax)))
    driver.feed(records)
    driver.pass(Number.MAX_SAFE_INTEGER)
    const told = new Map(readingsIn(records).map((reading) => [reading.at, reading]))
    return { vehicle: `${set}-${index}`, minutes: tracksIn(driver), told }
  })
}

/** A number as it was told, or null where it was not or is doubted. */
const isAsTold = (shown: number | null | undefined, told: number): boolean =>
  shown === null || Object.is(shown, told + 0)

const check = rowCheck('track', tracksModel.shape)

/** The row of a minute that was said by its values. */
function rowOf(vehicle: string, minute: TrackPoints & Pick<Track, 'minuteAt'>): Track {
  const record = JSON.parse(JSON.stringify({ tenant: 'acme', vehicle, ...minute })) as Record<string, unknown>
  const row = check(tracksModel.ofToday?.(record) ?? record)
  assert.ok(row.ok)
  return row.value
}

const joined = (minutes: readonly TrackPoints[], from: number, to: number): Omit<TrackColumns, 'truncated'> => {
  const points = minutes.flatMap(({ at, lat, lon, speedKmh }) =>
    at.map((instant, index) => ({
      at: instant,
      lat: lat[index] ?? null,
      lon: lon[index] ?? null,
      kmh: speedKmh[index] ?? null,
    })),
  )
  const asked = points.filter(({ at }) => at >= from && at <= to)
  return {
    at: asked.map(({ at }) => at),
    lat: asked.map(({ lat }) => lat),
    lon: asked.map(({ lon }) => lon),
    speedKmh: asked.map(({ kmh }) => kmh),
  }
}

async function* asOne(columns: TrackColumns): AsyncGenerator<TrackColumns> {
  yield columns
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

for (const set of sets)
  test(`tracks and GPX of recorded drives are to the digit what the cars told: ${set}`, { skip }, async () => {
    using folder = temporaryFolder()
    await using storage = await openEmbeddedStorage({ dir: join(folder.path, 'postgres'), logger: silentLogger })
    const seen = { points: 0, values: 0, unknown: 0 }
    for (const { vehicle, minutes, told } of await drivesOf(set)) {
      for (const { at, lat, lon, speedKmh } of minutes)
        for (const [index, instant] of at.entries()) {
          const sample = told.get(instant)
          assert.ok(sample !== undefined, `${instant} was never told`)
          assert.ok(isAsTold(lat[index], sample.lat) && isAsTold(lon[index], sample.lon), `place of ${instant}`)
          assert.ok(isAsTold(speedKmh[index], sample.speedKmh), `speed of ${instant}`)
          seen.points += 1
          for (const [shown, known] of [
            [lat[index], sample.lat],
            [speedKmh[index], sample.speedKmh],
          ] as const)
            if (!Number.isNaN(known)) seen[shown === null ? 'unknown' : 'values'] += 1
        }

      const rows = minutes.map((minute) => rowOf(vehicle, minute))
      await storage.tracks.put(
        rows.map((row) => ({ id: `acme/${vehicle}/${row.minuteAt}`, row })),
        {},
      )
      assert.deepEqual((await storage.tracks.list(wholeReach('acme'), { vehicle }, { limit: 1000 })).rows, rows)
      const ref = { tenant: 'acme', vehicle }
      const [from = 0, to = 0] = [minutes[0]?.at[0], minutes.at(-1)?.at.at(-1)]
      for (const [after, before] of [
        [from, to],
        [from + 90_500, to - 61_001],
      ] as const)
        assert.deepEqual(await readTrack(storage.tracks, ref, after, before), {
          ...joined(minutes, after, before),
          truncated: false,
        })
      assert.equal(
        await textOf(gpxOf(vehicle, readWholeTrack(storage.tracks, ref, from, to))),
        await textOf(gpxOf(vehicle, asOne({ ...joined(minutes, from, to), truncated: false }))),
      )
    }
    assert.ok(seen.points > 2_000 && seen.unknown * 50 < seen.values, JSON.stringify(seen))
  })
