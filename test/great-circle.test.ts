// The dashboard has a distance of its own, since it imports nothing but types from the server: both
// say the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { earthRadiusM, greatCircleM } from '../src/model/geo.ts'
import { distanceM } from '../web/src/map/mercator.ts'

const place = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
})

test('server and dashboard agree how far two places are from each other', () => {
  fc.assert(
    fc.property(place, place, (from, to) => {
      const [ours, theirs] = [greatCircleM(from, to), distanceM(from.lat, from.lon, to.lat, to.lon)]
      assert.ok(Math.abs(ours - theirs) <= 1e-6 * Math.max(1, ours), `${ours} m and ${theirs} m`)
    }),
  )
})

test('a quarter of the way round the earth is the same along the equator and to a pole', () => {
  const origin = { lat: 0, lon: 0 }
  const quarterM = (Math.PI / 2) * earthRadiusM
  assert.ok(Math.abs(greatCircleM(origin, { lat: 0, lon: 90 }) - quarterM) < 0.01)
  assert.ok(Math.abs(greatCircleM(origin, { lat: 90, lon: 0 }) - quarterM) < 0.01)
})
