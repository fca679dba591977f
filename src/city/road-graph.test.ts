import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCity } from './city.ts'
import { edgeFlag } from './road-edges.ts'
import { roadGraph } from './road-graph.ts'
import { cityOf, pointsOf, way } from './city.testing.ts'

const montevideo = roadGraph(await loadCity())

test('the graph of Montevideo is 2,952 km long and 99.5 % of it is connected both ways', () => {
  let km = 0
  for (let e = 0; e < montevideo.edgeCount; e++)
    km += montevideo.edgeLengthM[e]! / (montevideo.edgeReverse[e] === -1 ? 1000 : 2000)
  assert.equal(Math.round(km), 2952)
  const share = montevideo.nodeConnected.reduce((sum, connected) => sum + connected, 0) / montevideo.nodeCount
  assert.equal(Math.round(share * 1000) / 10, 99.5)
})

test('edges join their nodes: first and last point are where the nodes are, and a reverse edge runs back', () => {
  const g = montevideo
  for (let e = 0; e < g.edgeCount; e++) {
    const [first, last] = [g.pointStart[e]!, g.pointStart[e + 1]! - 1]
    assert.ok(last > first && g.pointS[last] === g.edgeLengthM[e] && g.edgeLengthM[e]! > 0)
    assert.equal(g.pointX[first], g.nodeX[g.edgeFrom[e]!])
    assert.equal(g.pointY[last], g.nodeY[g.edgeTo[e]!])
    const back = g.edgeReverse[e]!
    if (back === -1) continue
    assert.equal(g.edgeReverse[back], e)
    assert.equal(g.edgeFrom[back], g.edgeTo[e])
    assert.ok(Math.abs(g.edgeLengthM[back]! - g.edgeLengthM[e]!) < 1e-6)
  }
})

test('ways that share a point meet there, also in the middle, and ways that only cross in the drawing do not', () => {
  const crossing = roadGraph(
    cityOf([
      way([
        [-100, 0],
        [0, 0],
        [100, 0],
      ]),
      way([
        [0, -100],
        [0, 0],
        [0, 100],
      ]),
    ]),
  )
  assert.equal(crossing.nodeCount, 5)
  assert.equal(crossing.edgeCount, 8)
  assert.ok(crossing.nodeConnected.every((connected) => connected === 1))
  const bridge = roadGraph(
    cityOf([
      way([
        [-100, 0],
        [100, 0],
      ]),
      way([
        [0, -100],
        [0, 100],
      ]),
    ]),
  )
  assert.equal(bridge.nodeCount, 4)
  assert.equal(bridge.edgeCount, 4)
})

test('a one-way street has no way back, and what only leads out of it is not connected', () => {
  const g = roadGraph(
    cityOf([
      way([
        [0, 0],
        [100, 0],
        [100, 100],
        [0, 0],
      ]),
      way(
        [
          [0, 0],
          [0, 200],
        ],
        { oneway: true },
      ),
    ]),
  )
  assert.equal(g.edgeCount, 3)
  assert.deepEqual([...g.edgeReverse].filter((e) => e === -1).length, 1)
  assert.equal(g.nodeConnected.filter((connected) => connected === 0).length, 1)
})

test('a signal in the middle of a street makes a node there; a bump marks its piece', () => {
  const g = roadGraph(
    cityOf(
      [
        way([
          [0, 0],
          [100, 0],
          [200, 0],
          [300, 0],
        ]),
      ],
      { signals: pointsOf([[100, 0]]), bumps: pointsOf([[200, 0]]) },
    ),
  )
  assert.equal(g.nodeCount, 3)
  assert.equal(g.nodeSignal.filter((signal) => signal === 1).length, 1)
  assert.deepEqual(
    [...g.edgeFlags].map((flags) => (flags & edgeFlag.bump) !== 0),
    [false, false, true, true],
  )
})

test('a stop sign holds those on their way to the near crossing, not those who come from it', () => {
  const g = roadGraph(
    cityOf(
      [
        way([
          [0, 0],
          [190, 0],
          [200, 0],
        ]),
        way([
          [200, -100],
          [200, 0],
          [200, 100],
        ]),
      ],
      { stops: pointsOf([[190, 0]]) },
    ),
  )
  const signed = [...g.edgeFlags.keys()].filter((e) => g.edgeFlags[e]! & edgeFlag.stopSign)
  assert.equal(signed.length, 1)
  assert.ok(g.edgeLengthM[signed[0]!]! > 150)
})

test('bends have the radius of the circle through them, straight points none', () => {
  const quarter = Array.from({ length: 19 }, (_, i) => (i * 5 * Math.PI) / 180)
  const circle = roadGraph(cityOf([way(quarter.map((a) => [50 * Math.sin(a), 50 * Math.cos(a)] as const))]))
  const radius = circle.pointRadiusM.filter((r) => r !== Infinity)
  assert.ok(radius.length >= 30)
  for (const r of radius) assert.ok(r > 45 && r < 55, `${r} m for a circle of 50 m`)
  const straight = roadGraph(
    cityOf([
      way([
        [0, 0],
        [50, 0],
        [100, 0],
      ]),
      way([
        [0, 10],
        [0, 60],
      ]),
    ]),
  )
  assert.ok(straight.pointRadiusM.every((r) => r === Infinity))
})
