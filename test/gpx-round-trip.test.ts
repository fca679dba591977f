// A drive that goes out as GPX comes in as the same drive: instants, places, speeds and segments.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TrackColumns } from '../src/api/contract.ts'
import { gpxOf } from '../src/api/gpx.ts'
import { openMapping } from '../src/mapping/open-mapping.ts'
import { shippedMapping } from '../src/replay/mapping-catalogue.ts'
import { readGpx } from '../src/replay/readers/gpx.ts'

type Point = {
  readonly at: number
  readonly lat: number | null
  readonly lon: number | null
  readonly speedKmh: number | null
}

async function* pagesOf(points: readonly Point[], size: number): AsyncGenerator<TrackColumns> {
  for (let from = 0; from < points.length; from += size) {
    const page = points.slice(from, from + size)
    const [at, lat, lon, speedKmh] = [
      page.map((point) => point.at),
      page.map((point) => point.lat),
      page.map((point) => point.lon),
      page.map((point) => point.speedKmh),
    ]
    yield { at, lat, lon, speedKmh, truncated: from + size < points.length }
  }
}

async function* bytesOf(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text)
}

const mapping = shippedMapping('gpx')

async function throughGpx(
  points: readonly Point[],
  name = 'a drive',
  size = 3,
): Promise<{ readonly segment: string; readonly point: Point }[]> {
  const map = openMapping(mapping, { segment: 'file', startAt: 0 })
  const back: { segment: string; point: Point }[] = []
  for await (const { row } of readGpx(bytesOf(gpxOf(name, pagesOf(points, size))))) {
    const sample = map(row)
    assert.ok(sample)
    assert.equal(row['trackName'], name)
    const numberOf = (path: string): number | null => (sample.signals[path] ?? null) as number | null
    back.push({
      segment: row['segment'] ?? '',
      point: {
        at: sample.at,
        lat: numberOf('Vehicle.CurrentLocation.Latitude'),
        lon: numberOf('Vehicle.CurrentLocation.Longitude'),
        speedKmh: numberOf('Vehicle.Speed'),
      },
    })
  }
  return back
}

/** The segments that a track has, by what ends one. */
function segmentsOf(points: readonly Point[]): Point[][] {
  const segments: Point[][] = []
  let last: Point | undefined
  for (const point of points) {
    const isPlace = point.lat !== null && point.lon !== null
    if (isPlace && (last === undefined || point.at - last.at > 60_000)) segments.push([])
    if (isPlace) segments.at(-1)?.push(point)
    last = isPlace ? point : undefined
  }
  return segments
}

const coordinate = (max: number): fc.Arbitrary<number | null> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: -max, max, noNaN: true }).map((value) => Number(value.toFixed(9)) + 0) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1e-9, -1e-7, max, -max) },
  )
const track = fc
  .array(
    fc.record({
      stepMs: fc.oneof(
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 59_990, max: 60_010 }),
        fc.integer({ min: 0, max: 4_000_000 }),
      ),
      lat: coordinate(90),
      lon: coordinate(180),
      speedKmh: fc.oneof(
        fc.double({ min: 0, max: 250, noNaN: true }).map((value) => Number(value.toFixed(3))),
        fc.constant(null),
      ),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((steps) => {
    let at = Date.UTC(2026, 2, 4, 23, 59)
    return steps.map(({ stepMs, ...rest }): Point => ({ at: (at += stepMs), ...rest }))
  })

test('any track comes back from GPX with its instants, places, speeds and segments', async () => {
  await fc.assert(
    fc.asyncProperty(track, fc.integer({ min: 1, max: 10 }), async (points, size) => {
      const expected = segmentsOf(points)
      fc.pre(expected.length > 0)
      const back = await throughGpx(points, 'a drive', size)
      const numbers = [...new Set(back.map(({ segment }) => segment))]
      assert.deepEqual(
        numbers.map((number) => back.filter(({ segment }) => segment === number).map(({ point }) => point)),
        expected,
      )
    }),
  )
})

test('a name with marks of XML is the name it was', async () => {
  await throughGpx([{ at: 0, lat: 1, lon: 2, speedKmh: null }], 'car <1> & ]]> "2" é')
})
