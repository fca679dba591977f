import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { cutLine, cutRing, planeRing, type RingPoint } from './antimeridian.ts'
import type { Corner } from './area.ts'
import { crossingOf, signedArea } from './ring.ts'
import { combRing, starRing } from './test-rings.ts'

const corners = (...places: readonly (readonly [lon: number, lat: number])[]): Corner[] =>
  places.map(([lon, lat], index) => ({ number: index + 1, lat, lon }))
const cut = (...places: readonly (readonly [number, number])[]): unknown =>
  cutRing(planeRing(corners(...places)))?.map((piece) => piece.map(({ lon, y }) => [lon, y]))

test('a ring that is over 180° on the plane of Traccar is cut there, and no other', () => {
  assert.deepEqual(cut([170, 0], [-170, 0], [-170, 10], [170, 10]), [
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
  ])
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
    assert.deepEqual(cut(...wide), [wide])
  }
  // One corner or a side lies on the meridian, by either longitude.
  assert.deepEqual(cut([-170, 0], [-170, 9], [180, 0]), [
    [
      [-170, 0],
      [-170, 9],
      [-180, 0],
    ],
  ])
  assert.deepEqual(cut([170, 0], [-180, 0], [180, 9]), [
    [
      [170, 0],
      [180, 0],
      [180, 9],
    ],
  ])
  assert.deepEqual(cut([-170, 0], [-170, 9], [180, 9], [180, 5], [180, 0]), [
    [
      [-180, 0],
      [-170, 0],
      [-170, 9],
      [-180, 9],
    ],
  ])
  // As near as makes no piece.
  assert.deepEqual(cut([170, 0], [-179.999_999_999_99, 0], [179.999_999_999_99, 9]), [
    [
      [170, 0],
      [180, 0],
      [180, 9],
    ],
  ])
})

test('the pieces of any simple ring lie on their side, hold all corners and the whole area, and are simple', () => {
  let many = 0
  fc.assert(
    fc.property(fc.oneof(starRing([180, 10], 60), starRing([-179.5, -20], 60), combRing), fc.nat(), (ring, begin) => {
      const at = begin % ring.length
      const turned = [...ring.slice(at), ...ring.slice(0, at)]
      const plane = planeRing(corners(...turned.map(([x, y]) => [x > 180 ? x - 360 : x < -180 ? x + 360 : x, y] as const)))
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
    }),
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
