import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anchor, carStride, column, type CarFrame } from '../live/car-columns.ts'
import { boundsOfCars, boundsOfPlaces, boundsOfTrack, type Bounds } from './bounds.ts'
import { mercatorX, mercatorY } from './mercator.ts'

const frameOf = (
  cars: readonly { readonly lat: number; readonly lon: number; readonly shown?: boolean }[],
): CarFrame => {
  const floats = new Float32Array(cars.length * carStride)
  cars.forEach(({ lat, lon, shown = true }, slot) => {
    floats[slot * carStride + column.toX] = mercatorX(lon) - anchor.x
    floats[slot * carStride + column.toY] = mercatorY(lat) - anchor.y
    floats[slot * carStride + column.shown] = shown ? 1 : 0
  })
  return { floats, count: cars.length, epochAt: 0 }
}
const near = (actual: Bounds | undefined, expected: Bounds): void => {
  assert.ok(actual)
  actual.forEach((value, index) =>
    assert.ok(Math.abs(value - (expected[index] ?? 0)) < 1e-4, `${actual.join()} is not ${expected.join()}`),
  )
}

const montevideo = { lat: -34.9, lon: -56.2 }
const table: readonly (readonly [what: string, cars: Parameters<typeof frameOf>[0], bounds: Bounds | undefined])[] = [
  ['no car', [], undefined],
  ['one car', [montevideo], [-56.201, -34.901, -56.199, -34.899]],
  [
    'a hidden car does not count',
    [montevideo, { lat: 52, lon: 13, shown: false }],
    [-56.201, -34.901, -56.199, -34.899],
  ],
  ['a car far away', [montevideo, { lat: 52.5, lon: 13.4 }], [-56.201, -34.901, 13.401, 52.501]],
  [
    'two sides of the antimeridian',
    [
      { lat: -17.7, lon: 178 },
      { lat: -13.8, lon: -172 },
    ],
    [177.999, -17.701, 188.001, -13.799],
  ],
  [
    'two sides of the antimeridian, close to it',
    [
      { lat: 0, lon: 179.9 },
      { lat: 1, lon: -179.9 },
    ],
    [179.899, -0.001, 180.101, 1.001],
  ],
]
for (const [what, cars, bounds] of table)
  test(`the box around all cars: ${what}`, () => {
    const found = boundsOfCars(frameOf(cars))
    if (bounds === undefined) assert.equal(found, undefined)
    else near(found, bounds)
  })

test('a track has the box of its whole positions; without any there is none', () => {
  near(boundsOfTrack({ lat: [1, null, 3, 50], lon: [10, 40, 12, null] }), [9.999, 0.999, 12.001, 3.001])
  assert.equal(boundsOfTrack({ lat: [null, 1], lon: [1, null] }), undefined)
})

const degrees = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most * 10, max: most * 10 }).map((tenths) => tenths / 10)
const places = fc.array(fc.record({ lat: degrees(85), lon: degrees(180) }), { minLength: 1, maxLength: 12 })
const turned = (lon: number, west: number): number => (((lon - west) % 360) + 360) % 360

test('every place is in the box, and no box that begins at a place is narrower', () => {
  fc.assert(
    fc.property(places, (all) => {
      const lons = all.map(({ lon }) => lon)
      const box = boundsOfPlaces(
        all.map(({ lat }) => lat),
        lons,
      )
      assert.ok(box)
      const [west, south, east, north] = box
      assert.ok(east >= west && east - west < 360.002 && west >= -180.001 && west <= 180)
      for (const { lat, lon } of all) {
        assert.ok(lat > south && lat < north)
        assert.ok(turned(lon, west) <= east - west + 1e-9, `${lon} is not in ${box.join()}`)
      }
      const narrowest = Math.min(
        ...lons.map((from) => Math.max(...lons.map((lon) => turned(Number(lon.toFixed(1)), from)))),
      )
      assert.ok(east - west <= narrowest + 0.002 + 1e-9, `${east - west} degrees, and ${narrowest} would do`)
    }),
  )
})
