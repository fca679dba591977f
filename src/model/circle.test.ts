import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { boxesAround, circlePattern, isInCircle, parseCircle, type Box, type Circle } from './circle.ts'

const place = fc.record({
  lat: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, -89.999, 0, 89.999, 90)),
  lon: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-180, -179.999, 0, 179.999, 180)),
})
const radiusM = fc.oneof(fc.integer({ min: 1, max: 10_000_000 }), fc.constantFrom(1, 500, 200_000, 10_000_000))

const holds = ({ south, north, west, east }: Box, { lat, lon }: { lat: number; lon: number }): boolean =>
  south <= lat && lat <= north && west <= lon && lon <= east

test('every place of a circle is in one of its boxes, over the antimeridian and the poles too', () => {
  fc.assert(
    fc.property(place, radiusM, place, fc.double({ min: 0, max: 1, noNaN: true }), (centre, metres, other, share) => {
      const circle: Circle = { ...centre, radiusM: metres }
      // Places near the rim as well: on the way from the centre to any other.
      const degrees = (metres / 111_195) * share
      const turned = (degrees * Math.sign(other.lon)) / Math.max(0.01, Math.cos((centre.lat * Math.PI) / 180))
      const near = {
        lat: Math.max(-90, Math.min(90, centre.lat + degrees * Math.sign(other.lat))),
        lon: ((((centre.lon + turned) % 360) + 540) % 360) - 180,
      }
      for (const each of [centre, other, near])
        if (isInCircle(circle, each))
          assert.ok(
            boxesAround(circle).some((box) => holds(box, each)),
            JSON.stringify({ circle, each }),
          )
    }),
    { numRuns: 2_000 },
  )
})

test('a box is no wider than it must be', () => {
  const [box, ...others] = boxesAround({ lat: 60, lon: 10, radiusM: 1_000 })
  assert.deepEqual(others, [])
  assert.ok(box !== undefined && Math.abs(box.north - box.south - 0.017_986) < 1e-5, JSON.stringify(box))
  assert.ok(Math.abs(box.east - box.west - 0.035_973) < 1e-5, JSON.stringify(box))
  assert.deepEqual(
    boxesAround({ lat: 0, lon: 179.999, radiusM: 1_000 }).map(({ west, east }) => [Math.sign(west), Math.sign(east)]),
    [
      [1, 1],
      [-1, -1],
    ],
  )
  assert.deepEqual(
    boxesAround({ lat: 89.999, lon: 0, radiusM: 1_000 }).map(({ west, east }) => [west, east]),
    [[-180, 180]],
  )
})

test('a circle is read from a text of its form, and other texts have not got it', () => {
  const form = new RegExp(circlePattern)
  for (const [text, circle] of [
    ['-34.9055,-56.19,500', { lat: -34.9055, lon: -56.19, radiusM: 500 }],
    ['90,180,1', { lat: 90, lon: 180, radiusM: 1 }],
    ['-90.0,-180.00,10000000', { lat: -90, lon: -180, radiusM: 10_000_000 }],
    ['0,179.9999999,9999999', { lat: 0, lon: 179.9999999, radiusM: 9_999_999 }],
  ] as const) {
    assert.match(text, form)
    assert.deepEqual(parseCircle(text), circle)
  }
  for (const text of [
    '90.1,0,1',
    '91,0,1',
    '0,180.5,1',
    '0,181,1',
    '0,0,0',
    '0,0,10000001',
    '0,0,1.5',
    '0,0',
    '1e1,0,1',
    ' 0,0,1',
    '0,0,1,',
    'NaN,0,1',
  ])
    assert.doesNotMatch(text, form)
})
