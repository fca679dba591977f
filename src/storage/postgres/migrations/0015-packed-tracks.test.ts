import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pointsOfSteps, type TrackPoints } from '../../../model/track-steps.ts'
import { t0 } from '../../../read-models/rows.testing.ts'
import type { Statement } from '../sql.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

const minuteAt = Math.ceil(t0 / 60_000) * 60_000

const insert = (n: number, { at, lat, lon, speedKmh }: TrackPoints): Statement => ({
  text: `insert into tracks (id, tenant, vehicle, minute_at, at, lat, lon, speed_kmh)
    select id, 'acme', 'v1', "minuteAt", at, lat, lon, "speedKmh" from json_to_record($1::json) as given
      (id text, "minuteAt" bigint, at bigint[], lat double precision[], lon double precision[], "speedKmh" double precision[])`,
  params: [JSON.stringify({ id: `acme/v1/${n}`, minuteAt: minuteAt + n * 60_000, at, lat, lon, speedKmh })],
})

/** A value that was rounded, near the one before it or anywhere, or none. */
const value = (most: number, perUnit: number) =>
  fc.option(
    fc
      .oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -most * perUnit, max: most * perUnit }))
      .map((whole) => whole / perUnit),
    { freq: 4 },
  )
const rows: fc.Arbitrary<TrackPoints[]> = fc.array(
  fc
    .array(fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), value(90, 1e7), value(180, 1e7), value(650, 100)), {
      maxLength: 80,
    })
    .map((points) => ({
      at: points.map(([ms]) => minuteAt + ms),
      lat: points.map(([, lat]) => lat),
      lon: points.map(([, , lon]) => lon),
      speedKmh: points.map(([, , , speed]) => speed),
    })),
  { minLength: 60, maxLength: 60 },
)

test('tracks of the schema before are what they were, to the digit', async () => {
  const [given = []] = fc.sample(rows, { numRuns: 1, seed: Number(process.env['FC_SEED'] ?? 15) })
  const even: TrackPoints = {
    at: Array.from({ length: 300 }, (_, n) => minuteAt + n * 200),
    lat: Array.from({ length: 300 }, (_, n) => (-349_055_000 + 127 * n + Math.round(80 * Math.sin(n))) / 1e7),
    lon: Array.from({ length: 300 }, () => -56.191_388_8),
    speedKmh: Array.from({ length: 300 }, (_, n) => (n % 100 === 7 ? null : Math.round(5000 + 40 * n) / 100)),
  }
  const told = [...given, even]
  await using storage = await openFromSchema(
    14,
    told.map((points, n) => insert(n, points)),
  )
  const { rows: found } = await storage.tracks.list(wholeReach('acme'), { vehicle: 'v1' }, { limit: 1000 })
  assert.deepEqual(
    found.map((row) => pointsOfSteps(row.minuteAt, row)),
    // JSON has no minus zero.
    told.map((points) => JSON.parse(JSON.stringify(points)) as TrackPoints),
  )
  assert.equal(found[3]?.minuteAt, minuteAt + 3 * 60_000)
  assert.deepEqual(await storage.tracks.get(wholeReach('acme'), 'acme/v1/5'), found[5])
})

test('a value that no car can have told is not known, and stops no start', async () => {
  await using storage = await openFromSchema(14, [
    {
      text: `insert into tracks (id, tenant, vehicle, minute_at, at, lat, lon, speed_kmh)
        values ('t', 'acme', 'v1', 60000, '{60000,61000,62000}', '{1e300,NaN,90}', '{-Infinity,180,0.1}', '{1e18,null,0}')`,
    },
  ])
  const [row] = (await storage.tracks.list(wholeReach('acme'), {}, { limit: 9 })).rows
  assert.deepEqual(row && pointsOfSteps(row.minuteAt, row), {
    at: [60_000, 61_000, 62_000],
    lat: [null, null, 90],
    lon: [null, 180, 0.1],
    speedKmh: [null, null, 0],
  })
})
