import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { copyOf, mergeSamples, readingNames, sameSample, type DriveSample } from './drive-sample.ts'
import { minuteCodec } from './minute-codec.ts'
import { SampleRows } from './sample-rows.ts'

/** A whole minute. */
const at = 1_700_000_040_000

/** Where one message told latitude or longitude alone, or neither. */
const halfOf = (lat: number, lon: number) => ({ lat, lon, apart: Number.isNaN(lat) && Number.isNaN(lon) ? 0 : 1 })

test('samples of one instant are one, the same in any order', () => {
  const names = ['lat', 'lon', 'speedKmh', ...readingNames] as const
  const value = fc.constantFrom(NaN, -1, 0, 0.5, 2)
  const sample = fc
    .tuple(
      fc.record(Object.fromEntries(names.map((name) => [name, value]))),
      fc.boolean(),
      fc.nat(3),
      fc.nat(2),
      fc.nat(3),
    )
    .map(([values, whole, ignition, fix, receivedAt]) => ({
      ...values,
      ...(whole
        ? { lat: values['lat'] || 0, lon: values['lon'] || 0, apart: 0 }
        : halfOf(values['lat'] ?? NaN, values['lon'] ?? NaN)),
      at,
      receivedAt,
      ignition,
      fix,
    })) as fc.Arbitrary<DriveSample>
  fc.assert(
    fc.property(sample, sample, sample, (a, b, c) => {
      assert.deepEqual(mergeSamples(a, b), mergeSamples(b, a))
      assert.deepEqual(mergeSamples(mergeSamples(a, b), c), mergeSamples(a, mergeSamples(b, c)))
      assert.ok(sameSample(mergeSamples(a, a), a))
    }),
  )
})

test('a minute survives being stored, whatever its values', () => {
  const value = fc.oneof(fc.constant(NaN), fc.double({ noNaN: true, noDefaultInfinity: true }))
  const sample = fc.record({
    at: fc.integer({ min: at, max: at + 59_999 }),
    receivedAt: fc.integer({ min: at - 1e11, max: at + 1e11 }),
    clock: fc.nat(3),
    ignition: fc.constantFrom(0, 1, 2, 3),
    fix: fc.nat(2),
    lat: fc.option(fc.integer({ min: -9e8, max: 9e8 })),
    lon: fc.option(fc.integer({ min: -18e8, max: 18e8 })),
    apart: fc.constantFrom(0, 1),
    speedKmh: fc.option(fc.integer({ min: 0, max: 60_000 })),
    ...Object.fromEntries(readingNames.map((name) => [name, value])),
  })
  const doubts = fc
    .array(fc.tuple(fc.nat(59_999), fc.integer({ min: 1, max: 2 ** 15 - 1 })), { minLength: 1 })
    .map((all) => new Map(all))
  const scaled = (whole: number | null, by: number): number => (whole === null ? NaN : whole / by)
  fc.assert(
    fc.property(
      fc.array(sample),
      fc.option(fc.uint8Array({ minLength: 7_500, maxLength: 7_500 })),
      fc.option(doubts),
      (rows, instants, doubted) => {
        const samples = rows.map((row) => ({
          ...row,
          lat: scaled(row.lat, 1e7),
          lon: scaled(row.lon, 1e7),
          speedKmh: scaled(row.speedKmh, 100),
        })) as unknown as DriveSample[]
        const minute = { samples: SampleRows.of(samples), instants, doubted }
        const read = minuteCodec.decode(minuteCodec.encode(minute))
        assert.deepEqual(
          { ...read, samples: read.samples.list().map(copyOf) },
          { ...minute, samples: samples.map(copyOf) },
        )
      },
    ),
  )
})
