import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { cutLine, cutRing, planeRing, type RingPoint } from './antimeridian.ts'
import type { Corner } from './area.ts'
import { crossingOf, signedArea } from './ring.ts'
import { combRing, combRingFromEast, starRing } from './rings.testing.ts'

const corners = (...places: readonly (readonly [lon: number, lat: number])[]): Corner[] =>
  places.map(([lon, lat], index) => ({ number: index + 1, lat, lon }))
type Ring = readonly (readonly [number, number])[]
/** Rings wherever they begin, in any order. */
const anyBegin = (rings: readonly Ring[]): readonly Ring[] =>
  rings
    .map((ring) => {
      const begin = ring.reduce((least, point, index) => (String(point) < String(ring[least]) ? index : least), 0)
      return [...ring.slice(begin), ...ring.slice(0, begin)]
    })
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
const assertCut = (ring: Ring, expected: readonly Ring[]): void => {
  const pieces = cutRing(planeRing(corners(...ring)))?.map((piece) => piece.map(({ lon, y }) => [lon, y] as const))
  assert.deepEqual(anyBegin(pieces ?? []), anyBegin(expected))
}

test('a ring that is over 180° on the plane of Traccar is cut there, and no other', () => {
  assertCut(
    [
      [170, 0],
      [-170, 0],
      [-170, 10],
      [170, 10],
    ],
    [
      [
        [-180, 0],
        [-170, 0],
        [-170, 10],
        [-180, 10],
      ],
      [
        [180, 10],
        [170, 10],
        [170, 0],
        [180, 0],
      ],
    ],
  )
  // From the far west to the far east, but not above 90 and below -90.
  for (const [west, east] of [
    [-80, 170],
    [-170, 80],
    [-90, 170],
    [-170, 90],
  ] as const) {
    const wide = [
      [west, 0],
      [east, 0],
      [east, 10],
    ] as const
    assertCut(wide, [wide])
  }
  // One corner or a side lies on the meridian, by either longitude.
  assertCut(
    [
      [-170, 0],
      [-170, 9],
      [180, 0],
    ],
    [
      [
        [-180, 0],
        [-170, 0],
        [-170, 9],
      ],
    ],
  )
  assertCut(
    [
      [170, 0],
      [-180, 0],
      [180, 9],
    ],
    [
      [
        [170, 0],
        [180, 0],
        [180, 9],
      ],
    ],
  )
  assertCut(
    [
      [-170, 0],
      [-170, 9],
      [180, 9],
      [180, 5],
      [180, 0],
    ],
    [
      [
        [-180, 0],
        [-170, 0],
        [-170, 9],
        [-180, 9],
      ],
    ],
  )
  // As near as makes no piece.
  assertCut(
    [
      [170, 0],
      [-179.999_999_999_99, 0],
      [179.999_999_999_99, 9],
    ],
    [
      [
        [170, 0],
        [180, 0],
        [180, 9],
      ],
    ],
  )
})

test('an edge on the meridian between what is west and what is east, and a notch whose tip is on it', () => {
  assertCut(
    [
      [179, -2],
      [180, 0],
      [180, -1],
      [-179, -1],
      [180, 2],
    ],
    [
      [
        [180, 0],
        [180, 2],
        [179, -2],
      ],
      [
        [-179, -1],
        [-180, 2],
        [-180, -1],
      ],
    ],
  )
  assertCut(
    [
      [170, 0],
      [-170, 0],
      [-170, 9],
      [170, 9],
      [170, 6],
      [180, 5],
      [170, 4],
    ],
    [
      [
        [170, 0],
        [180, 0],
        [180, 5],
        [170, 4],
      ],
      [
        [170, 6],
        [180, 5],
        [180, 9],
        [170, 9],
      ],
      [
        [-180, 0],
        [-170, 0],
        [-170, 9],
        [-180, 9],
        [-180, 5],
      ],
    ],
  )
  assertCut(
    [
      [-170, 9],
      [170, 9],
      [170, 0],
      [-170, 0],
      [-170, 4],
      [180, 5],
      [-170, 6],
    ],
    [
      [
        [-180, 0],
        [-170, 0],
        [-170, 4],
        [-180, 5],
      ],
      [
        [-180, 5],
        [-170, 6],
        [-170, 9],
        [-180, 9],
      ],
      [
        [170, 0],
        [180, 0],
        [180, 5],
        [180, 9],
        [170, 9],
      ],
    ],
  )
})

test('the pieces of any simple ring lie on their side, hold all corners and the whole area, and are simple', () => {
  let many = 0
  fc.assert(
    fc.property(
      fc.oneof(starRing([180, 10], 60), starRing([-179.5, -20], 60), combRing, combRingFromEast),
      fc.nat(),
      (ring, begin) => {
        const at = begin % ring.length
        const turned = [...ring.slice(at), ...ring.slice(0, at)]
        const plane = planeRing(
          corners(...turned.map(([x, y]) => [x > 180 ? x - 360 : x < -180 ? x + 360 : x, y] as const)),
        )
        const pieces = cutRing(plane) ?? []
        if (pieces.length > 2) many++
        for (const piece of pieces) {
          assert.equal(crossingOf(piece), undefined)
          assert.ok(signedArea(piece) > 0)
          assert.ok(piece.every(({ lon }) => lon > 90) || piece.every(({ lon }) => lon < -90))
          assert.ok(piece.every(({ x, lon }) => Math.abs(x - lon) < 1e-9 || Math.abs(x - lon - 360) < 1e-9))
        }
        const sum = pieces.reduce((area, piece) => area + signedArea(piece), 0)
        assert.ok(Math.abs(sum / signedArea(plane) - 1) < 1e-9)
        const there = new Set(pieces.flat().map(({ x, y }: RingPoint) => `${x} ${y}`))
        for (const { x, y } of plane) if (x !== 180) assert.ok(there.has(`${x} ${y}`))
      },
    ),
    { numRuns: 1500 },
  )
  assert.ok(many > 100, 'hardly any ring had more than two pieces')
})

test('a line goes the shorter way round and is cut where that is over 180°', () => {
  for (const [line, expected] of [
    [
      [
        [10, 0],
        [20, 1],
      ],
      [
        [
          [10, 0],
          [20, 1],
        ],
      ],
    ],
    [
      [
        [179, 0],
        [-179, 1],
      ],
      [
        [
          [179, 0],
          [180, 0.5],
        ],
        [
          [-180, 0.5],
          [-179, 1],
        ],
      ],
    ],
    [
      [
        [-179, 0],
        [179, 1],
        [-177, 9],
      ],
      [
        [
          [-179, 0],
          [-180, 0.5],
        ],
        [
          [180, 0.5],
          [179, 1],
          [180, 3],
        ],
        [
          [-180, 3],
          [-177, 9],
        ],
      ],
    ],
    // Corners on the meridian, at the ends and within, by either longitude.
    [
      [
        [180, 5],
        [-170, 6],
      ],
      [
        [
          [-180, 5],
          [-170, 6],
        ],
      ],
    ],
    [
      [
        [170, 5],
        [-180, 6],
      ],
      [
        [
          [170, 5],
          [180, 6],
        ],
      ],
    ],
    [
      [
        [170, 5],
        [180, 6],
        [-170, 7],
      ],
      [
        [
          [170, 5],
          [180, 6],
        ],
        [
          [-180, 6],
          [-170, 7],
        ],
      ],
    ],
    [
      [
        [180, 5],
        [-180, 6],
      ],
      [
        [
          [-180, 5],
          [-180, 6],
        ],
      ],
    ],
    [
      [
        [-90, 0],
        [90, 0],
      ],
      [
        [
          [-90, 0],
          [90, 0],
        ],
      ],
    ],
  ] as const)
    assert.deepEqual(cutLine(corners(...line)), expected)
})
