import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { loadCity, type Way } from './city.ts'
import { roadGraph, type RoadGraph } from './road-graph.ts'
import { openRouter } from './router.ts'
import { cityOf, way } from './city.testing.ts'

/** Without signals and side streets' weight, expected seconds are length / limit. */
const seconds = (g: RoadGraph, edges: readonly number[]): number =>
  edges.reduce((sum, e) => sum + g.edgeLengthM[e]! / g.edgeLimitMs[e]!, 0)

/** Bellman and Ford: slow, and too simple to be wrong. */
function quickest(g: RoadGraph, from: number, to: number): number {
  const time = new Float64Array(g.nodeCount).fill(Infinity)
  time[from] = 0
  for (let round = 0; round < g.nodeCount; round++)
    for (let e = 0; e < g.edgeCount; e++)
      time[g.edgeTo[e]!] = Math.min(time[g.edgeTo[e]!]!, time[g.edgeFrom[e]!]! + g.edgeLengthM[e]! / g.edgeLimitMs[e]!)
  return time[to]!
}

const side = 5
/** A town of 5 × 5 crossings: streets to the next crossing each way, with random limits, some
 *  one-way and some closed. */
const street = fc.record({
  limitKmh: fc.integer({ min: 20, max: 90 }),
  kind: fc.constantFrom('open', 'open', 'open', 'oneway', 'oneway-back', 'closed'),
})
const town = fc.array(street, { minLength: 2 * side * (side - 1), maxLength: 2 * side * (side - 1) }).map((streets) => {
  const ways: Way[] = []
  const at = (n: number): readonly [number, number] => [
    (n % side) * 100 + n * 1.7,
    Math.floor(n / side) * 100 + ((n * n) % 7),
  ]
  const pairs = Array.from({ length: side * side }, (_, n) => [
    ...(n % side < side - 1 ? [[n, n + 1]] : []),
    ...(n < side * (side - 1) ? [[n, n + side]] : []),
  ]).flat()
  for (const [i, { limitKmh, kind }] of streets.entries()) {
    const [a, b] = pairs[i]!
    if (kind === 'closed') continue
    const points = kind === 'oneway-back' ? [at(b!), at(a!)] : [at(a!), at(b!)]
    ways.push(way(points, { class: 'primary', limitKmh, oneway: kind !== 'open' }))
  }
  return ways
})

test('a route is the quickest there is, or null when there is none, in any network', () => {
  fc.assert(
    fc.property(town, fc.nat(), fc.nat(), (ways, first, second) => {
      fc.pre(ways.length > 0)
      const g = roadGraph(cityOf(ways))
      const [from, to] = [first % g.edgeCount, second % g.edgeCount]
      const route = openRouter(g).route(from, to)
      const between = quickest(g, g.edgeTo[from]!, g.edgeFrom[to]!)
      if (from === to) return assert.deepEqual([...route!], [from])
      if (route === null) return assert.equal(between, Infinity)
      for (let i = 1; i < route.length; i++) assert.equal(g.edgeFrom[route[i]!], g.edgeTo[route[i - 1]!])
      // Turning round at once leaves the first or last edge out of the middle; put the whole walk
      // back together.
      const walk = [...route]
      const turnedFirst = walk[0] === from ? [] : [from]
      const turnedLast = walk.at(-1) === to ? [] : [to]
      const middle = [...turnedFirst, ...walk, ...turnedLast].slice(1, -1)
      assert.ok(Math.abs(seconds(g, middle) - between) < 1e-6)
    }),
    { numRuns: 300 },
  )
})

test('every two connected places of Montevideo have a route', async () => {
  const g = roadGraph(await loadCity())
  const router = openRouter(g)
  const edges = [...g.edgeFrom.keys()].filter(
    (e) => g.nodeConnected[g.edgeFrom[e]!] === 1 && g.nodeConnected[g.edgeTo[e]!] === 1,
  )
  for (let i = 0; i < 500; i++) {
    const from = edges[(i * 7919) % edges.length]!
    const to = edges[(i * 104_729 + 17) % edges.length]!
    const route = router.route(from, to)
    assert.ok(route !== null && route.length > 0)
    for (let k = 1; k < route.length; k++) assert.equal(g.edgeFrom[route[k]!], g.edgeTo[route[k - 1]!])
    assert.ok([from, g.edgeReverse[from]].includes(route[0]))
    assert.ok([to, g.edgeReverse[to]].includes(route.at(-1)))
  }
})
