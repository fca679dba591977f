import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placedEnds, trackFeature } from './overlay.ts'

test('a track is cut where it has no position and where nothing came for a while', () => {
  const track = {
    at: [0, 1000, 2000, 3000, 4000, 5000, 90_000, 91_000],
    lat: [0, 0, null, 0, 0, 0, 5, 5],
    lon: [0, 1, null, 3, 4, 5, 6, 7],
  }
  assert.deepEqual(trackFeature(track).geometry, {
    type: 'MultiLineString',
    coordinates: [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [3, 0],
        [4, 0],
        [5, 0],
      ],
      [
        [6, 5],
        [7, 5],
      ],
    ],
  })
})

test('the ends of a track are its first and last whole positions: half of one is none', () => {
  const table = [
    { lat: [], lon: [], ends: undefined },
    { lat: [null, 1], lon: [2, null], ends: undefined },
    { lat: [1, 2, null], lon: [null, 3, 4], ends: [1, 1] },
    { lat: [1, null, 5, 6], lon: [1, 2, 5, null], ends: [0, 2] },
  ]
  for (const { lat, lon, ends } of table) assert.deepEqual(placedEnds({ lat, lon }), ends)
})
