import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { arePlacesWithin, legM } from './ellipsoid.ts'

const semiMajorM = 6_378_137
const e2 = 0.006_694_379_990_14
const radians = Math.PI / 180

/** A place in space, by the axes of the ellipsoid: nothing of radii of curvature. */
function inSpace(lat: number, lon: number): readonly [number, number, number] {
  const n = semiMajorM / Math.sqrt(1 - e2 * Math.sin(lat * radians) ** 2)
  const ring = n * Math.cos(lat * radians)
  return [ring * Math.cos(lon * radians), ring * Math.sin(lon * radians), n * (1 - e2) * Math.sin(lat * radians)]
}

const chordM = (latA: number, lonA: number, latB: number, lonB: number): number => {
  const [a, b] = [inSpace(latA, lonA), inSpace(latB, lonB)]
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

test('legs of a drive are the straight lines through the earth to within a millimetre a kilometre', () => {
  const place = fc.tuple(fc.double({ min: -70, max: 70, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
  const step = fc.double({ min: -0.01, max: 0.01, noNaN: true })
  fc.assert(
    fc.property(place, step, step, ([lat, lon], north, east) => {
      const farLon = lon + east > 180 ? lon + east - 360 : lon + east < -180 ? lon + east + 360 : lon + east
      const wanted = chordM(lat, lon, lat + north, farLon)
      assert.ok(Math.abs(legM(lat, lon, lat + north, farLon) - wanted) <= 1e-6 * wanted + 1e-4)
    }),
  )
})

test('a degree along meridian and equator has its length, and none where a place is not known', () => {
  // Of the ellipsoid: the quarter meridian is 10,001,965.729 m, a degree of the equator 111,319.491
  // m.
  const meridianM = Array.from({ length: 900 }, (_, tenth) => legM(tenth / 10, 20, (tenth + 1) / 10, 20)).reduce(
    (sum, m) => sum + m,
    0,
  )
  assert.ok(Math.abs(meridianM - 10_001_965.729) < 0.01, `${meridianM} m`)
  assert.ok(Math.abs(legM(0, 179.5, 0, -179.5) - 111_319.491) < 0.001)
  assert.ok(Number.isNaN(legM(NaN, 0, 1, 1)))
})

test('two places are within so many metres where their leg is shorter, also across the antimeridian, and not where one is not known', () => {
  const place = fc.tuple(fc.double({ min: -80, max: 80, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
  const course = fc.integer({ min: 0, max: 359 })
  const share = fc.integer({ min: 800, max: 1_200 })
  fc.assert(
    fc.property(place, course, share, fc.constantFrom(10, 30, 100, 350), ([lat, lon], degrees, thousandths, m) => {
      const away = ((thousandths / 1_000) * m) / 111_300
      const otherLat = lat + away * Math.cos(degrees * radians)
      const otherLon = lon + (away * Math.sin(degrees * radians)) / Math.cos(lat * radians)
      const otherTurned = otherLon > 180 ? otherLon - 360 : otherLon < -180 ? otherLon + 360 : otherLon
      assert.equal(arePlacesWithin(lat, lon, otherLat, otherTurned, m), legM(lat, lon, otherLat, otherTurned) < m)
    }),
    { numRuns: 1_000 },
  )
  assert.equal(arePlacesWithin(0, 179.9999, 0, -179.9999, 30), true)
  assert.equal(arePlacesWithin(NaN, 0, 0, 0, 30), false)
  assert.equal(arePlacesWithin(0, 0, 0, NaN, 30), false)
})
