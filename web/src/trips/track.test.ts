import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { advance, extend, initialReplay, seek, toggle } from './replay.ts'
import { chartColumns, gapMs, indexAt, instantNear, pointAt, routeBySpeed, type Columns } from './track.ts'

const track: Columns = {
  at: [1000, 2000, 3000, 4000, 4000 + gapMs + 1],
  lat: [-34.9, -34.9, null, -34.9, -34.9],
  lon: [-56.19, -56.188, null, -56.186, -56.184],
  speedKmh: [5, 40, null, 55, 20],
}

test('between two samples the car is on the line between them, heading along it', () => {
  const point = pointAt(track, 1500)
  assert.ok(point)
  assert.ok(Math.abs(point.lon - -56.189) < 1e-9)
  assert.equal(Math.round(point.bearing ?? -1), 90)
  assert.equal(point.speedKmh, 5)
})

test('a gap stays a gap: in it, before the first sample and long after the last, nothing is known', () => {
  assert.equal(pointAt(track, 3500), null)
  assert.equal(pointAt(track, 999), null)
  assert.deepEqual(pointAt(track, 4500), { lat: -34.9, lon: -56.186, bearing: null, speedKmh: 55 })
  assert.equal(pointAt(track, 4000 + gapMs + 0.5), null)
})

test('the index is that of the last sample at or before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 30 }), fc.nat(1100), (instants, at) => {
      const sorted = instants.sort((a, b) => a - b)
      assert.equal(
        indexAt({ at: sorted }, at),
        sorted.findLastIndex((instant) => instant <= at),
      )
    }),
  )
})

test('pointing at the way finds the nearest sample that has a position', () => {
  assert.equal(instantNear(track, -34.9001, -56.1879), 2000)
  assert.equal(instantNear({ at: [1], lat: [null], lon: [null], speedKmh: [3] }, 0, 0), undefined)
})

test('the route is cut at gaps and coloured by steps of speed', () => {
  const { features } = routeBySpeed(track)
  assert.deepEqual(
    features.map(({ properties }) => properties),
    [{ step: 2 }],
  )
  const whole = routeBySpeed({
    at: [0, 1000, 2000, 3000],
    lat: [0, 0, 0, 0],
    lon: [0, 1, 2, 3],
    speedKmh: [35, 35, 45, null],
  })
  assert.deepEqual(whole.features[0]?.geometry, {
    type: 'MultiLineString',
    coordinates: [
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
      ],
    ],
  })
})

test('the chart has a hole where time has one', () => {
  const [seconds, speeds] = chartColumns(track)
  assert.deepEqual(speeds, [5, 40, null, 55, null, 20])
  assert.ok(seconds.every((second, index) => index === 0 || second > (seconds[index - 1] ?? 0)))
})

test('a replay runs at its rate, stops at the end, and starts over', () => {
  const replay = { ...initialReplay(1000, 61_000), rate: 10 }
  assert.equal(advance(replay, 500), replay, 'it stands until it is started')
  const running = advance(toggle(replay), 1000)
  assert.equal(running.at, 11_000)
  const ended = advance(running, 60_000)
  assert.deepEqual([ended.at, ended.playing], [61_000, false])
  assert.deepEqual([toggle(ended).at, toggle(ended).playing], [1000, true])
})

test('seeking stays within the trip, also when the trip grows', () => {
  const replay = initialReplay(1000, 2000)
  assert.equal(seek(replay, 0).at, 1000)
  assert.equal(seek(replay, 9000).at, 2000)
  assert.equal(extend(seek(replay, 1500), 1000, 5000).at, 1500)
  assert.equal(extend(replay, 1000, 2000), replay)
})
