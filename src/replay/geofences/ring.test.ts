import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { crossingOf, signedArea, type Point } from './ring.ts'
import { combRing, starRing } from './rings.testing.ts'

const ring = (...points: readonly (readonly [number, number])[]): Point[] => points.map(([x, y]) => ({ x, y }))

test('a ring that crosses, touches or turns back on itself is told by the two edges', () => {
  assert.equal(crossingOf(ring([0, 0], [1, 0], [1, 1], [0, 1])), undefined)
  // A bow tie; a corner on another edge; a spike; an edge that goes back; all on a line, but for
  // what doubles hold of it.
  assert.deepEqual(crossingOf(ring([0, 0], [1, 1], [1, 0], [0, 1])), [0, 2])
  assert.deepEqual(crossingOf(ring([0, 0], [4, 0], [4, 4], [2, 0], [3, 4])), [0, 2])
  assert.notEqual(crossingOf(ring([0, 0], [4, 0], [4, 4], [4, 9], [4, 4], [0, 4])), undefined)
  assert.deepEqual(crossingOf(ring([0, 0], [9, 0], [4, 0], [4, 4])), [0, 1])
})

test('decimal places that are on a line touch it, though they are not on it as doubles', () => {
  for (const y of [52.6, 52.9, 53.2, 53.5, 53.8]) {
    const third = Number((52.3 + (y - 52.3) / 3).toFixed(1))
    // A way there and back, and a corner of a wide ring on an edge, from either side.
    assert.notEqual(crossingOf(ring([13.1, 52.3], [13.4, y], [13.2, third])), undefined)
    assert.notEqual(crossingOf(ring([13.1, 52.3], [13.4, y], [15, y], [13.2, third], [15, 52.3])), undefined)
    assert.notEqual(crossingOf(ring([13.1, 52.3], [13.4, y], [12, y], [13.2, third], [12, 52.3])), undefined)
  }
  // Upright and level edges, whose ends are all but on them.
  assert.notEqual(crossingOf(ring([0, 0], [4, 0], [4, 4], [2, 1e-10], [0, 4])), undefined)
  assert.notEqual(crossingOf(ring([0, 0], [4, 0], [4, 4], [1e-10, 2], [0, 4])), undefined)
  assert.notEqual(crossingOf(ring([0, 8], [0, 0], [-4, 0], [-4, 3], [-1e-10, 4], [-4, 5], [-4, 8])), undefined)
  assert.notEqual(crossingOf(ring([0, 0], [4, 0], [4, -4], [2, -1e-10], [0, -4])), undefined)
  assert.equal(crossingOf(ring([0, 0], [4, 0], [4, 4], [2, 1e-8], [0, 4])), undefined)
})

/** By whole numbers, every edge against every other. */
function isSimple(points: readonly Point[]): boolean {
  const corner = (index: number): Point => points[index % points.length] ?? { x: Number.NaN, y: Number.NaN }
  const cross = (o: Point, a: Point, b: Point): number =>
    Math.sign((a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x))
  const isOn = (a: Point, b: Point, p: Point): boolean =>
    cross(a, b, p) === 0 && (a.x - p.x) * (b.x - p.x) + (a.y - p.y) * (b.y - p.y) <= 0
  for (let i = 0; i < points.length; i++)
    for (let j = i + 1; j < points.length; j++) {
      const [a, b, c, d] = [corner(i), corner(i + 1), corner(j), corner(j + 1)]
      const isNext = j === i + 1
      const isAround = i === 0 && j === points.length - 1
      if (isNext && (isOn(a, b, d) || isOn(c, d, a))) return false
      if (isAround && (isOn(c, d, b) || isOn(a, b, c))) return false
      if (isNext || isAround) continue
      if (isOn(a, b, c) || isOn(a, b, d) || isOn(c, d, a) || isOn(c, d, b)) return false
      if (cross(a, b, c) !== cross(a, b, d) && cross(c, d, a) !== cross(c, d, b)) return false
    }
  return true
}

test('rings of whole numbers are simple or not as every edge against every other says', () => {
  let simple = 0
  const point = fc.record({ x: fc.integer({ min: 0, max: 6 }), y: fc.integer({ min: 0, max: 6 }) })
  fc.assert(
    fc.property(
      fc.uniqueArray(point, { minLength: 3, maxLength: 7, selector: ({ x, y }) => `${x} ${y}` }),
      (points) => {
        assert.equal(crossingOf(points) === undefined, isSimple(points))
        if (isSimple(points)) simple++
      },
    ),
    { numRuns: 3000 },
  )
  assert.ok(simple > 100, 'hardly any ring was simple')
})

test('a simple ring has no crossing and its way round, wherever it begins', () => {
  fc.assert(
    fc.property(fc.oneof(starRing(), combRing), fc.nat(), (corners, begin) => {
      const points = ring(...corners)
      const at = begin % points.length
      const turned = [...points.slice(at), ...points.slice(0, at)]
      assert.equal(crossingOf(turned), undefined)
      assert.equal(crossingOf(turned.toReversed()), undefined)
      assert.ok(signedArea(turned) > 0 && signedArea(turned.toReversed()) < 0)
    }),
    { numRuns: 500 },
  )
})

test('the area of a small ring far from 0, 0 is what it is there', () => {
  const area = signedArea(ring([179, 80], [179.001, 80], [179.001, 80.001], [179, 80.001]))
  assert.ok(Math.abs(area / 1e-6 - 1) < 1e-8, String(area))
})
