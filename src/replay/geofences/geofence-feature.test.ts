import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { geofenceFeature, type GeofenceRow } from './geofence-feature.ts'
import { signedArea } from './ring.ts'
import { starRing } from './rings.testing.ts'

const featureOf = (area: unknown, row: Partial<GeofenceRow> = {}) =>
  geofenceFeature({ id: '7', name: 'Yard', description: '', attributes: {}, ...row, area })
const told = (area: unknown, row?: Partial<GeofenceRow>): unknown => {
  const feature = featureOf(area, row)
  return feature.ok ? { ...feature.value.geometry, ...feature.value.properties } : feature.detail
}

test('a circle is its centre and radius, a corridor its middle and half its width, a polygon itself', () => {
  assert.deepEqual(featureOf('CIRCLE (52.5 13.4, 250.5)', { description: 'by the "gate"' }), {
    ok: true,
    value: {
      type: 'Feature',
      id: 'traccar:7',
      geometry: { type: 'Point', coordinates: [13.4, 52.5] },
      properties: { name: 'Yard', description: 'by the "gate"', radiusM: 250.5 },
    },
  })
  const line = {
    type: 'LineString',
    coordinates: [
      [2, 1],
      [4, 3],
    ],
    name: 'Yard',
  }
  assert.deepEqual(told('LINESTRING (1 2, 3 4)'), { ...line, halfWidthM: 25 })
  assert.deepEqual(told('LINESTRING (1 2, 3 4)', { attributes: { polylineDistance: 40.5 } }), {
    ...line,
    halfWidthM: 40.5,
  })
  assert.deepEqual(told('LINESTRING (1 2, 3 4)', { attributes: { polylineDistance: '40' } }), {
    ...line,
    halfWidthM: 40,
  })
  assert.deepEqual(told('POLYGON ((0 0, 1 0, 1 1))', { name: '' }), {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ],
    ],
  })
})

test('a shape over 180° has several parts', () => {
  assert.deepEqual(told('LINESTRING (0 179, 1 -179)'), {
    type: 'MultiLineString',
    coordinates: [
      [
        [179, 0],
        [180, 0.5],
      ],
      [
        [-180, 0.5],
        [-179, 1],
      ],
    ],
    name: 'Yard',
    halfWidthM: 25,
  })
  assert.deepEqual(told('POLYGON ((0 179, 2 -179, 2 179))'), {
    type: 'MultiPolygon',
    coordinates: [
      [
        [
          [180, 2],
          [179, 2],
          [179, 0],
          [180, 1],
          [180, 2],
        ],
      ],
      [
        [
          [-180, 1],
          [-179, 2],
          [-180, 2],
          [-180, 1],
        ],
      ],
    ],
    name: 'Yard',
  })
})

test('floor and ceiling are taken where they are some, and 0 is none', () => {
  const area = 'CIRCLE (1 2, 3)'
  const circle = { type: 'Point', coordinates: [2, 1], name: 'Yard', radiusM: 3 }
  assert.deepEqual(told(area, { attributes: { floor: -2.5, ceiling: '120' } }), {
    ...circle,
    floorM: -2.5,
    ceilingM: 120,
  })
  assert.deepEqual(
    told(area, { attributes: { floor: 0, ceiling: null, polylineDistance: 'x', color: '#f00' } }),
    circle,
  )
})

test('what would make another geofence of it is refused', () => {
  for (const [area, attributes, expected] of [
    ['CIRCLE (1 2, 3)', { floor: 'low' }, /attribute floor "low", which is no number\. Say it in metres/],
    ['CIRCLE (1 2, 3)', { ceiling: [1] }, /attribute ceiling \[1\], which is no number/],
    ['LINESTRING (1 2, 3 4)', { polylineDistance: '' }, /attribute polylineDistance "", which is no number/],
    [
      'LINESTRING (1 2, 3 4)',
      { polylineDistance: 0 },
      /polylineDistance of 0 m, within which nothing is\. Say one above 0 in Traccar, or none for 25 m/,
    ],
    ['LINESTRING (1 2, 3 4)', { polylineDistance: -5 }, /polylineDistance of -5 m/],
    [
      'POLYGON ((0 0, 1 1, 0 1, 1 0))',
      {},
      /crosses or touches itself: the edges that begin at corners 1 and 3 meet\. Put its corners/,
    ],
    // A repeated corner is passed over, and counts.
    ['POLYGON ((0 0, 0 0, 1 1, 0 1, 1 0))', {}, /at corners 2 and 4 meet|at corners 1 and 4 meet/],
    ['POLYGON ((0 170, 1 -170, 0 -170, 1 170))', {}, /crosses or touches itself/],
    // A notch whose tip is all but on the meridian.
    [
      'POLYGON ((0 170, 0 -170, 9 -170, 9 170, 6 170, 5 -179.999999998, 4 170))',
      {},
      /cannot be cut at 180° of longitude.* Move its corner there a little/,
    ],
  ] as const) {
    const detail = told(area, { attributes })
    assert.equal(typeof detail, 'string', area)
    assert.match(detail as string, expected)
  }
})

test('any polygon that Traccar may have comes back with its corners, closed and counter-clockwise', () => {
  const blank = fc.constantFrom(', ', ',', ' ,  ')
  fc.assert(
    fc.property(starRing([20, 10], 70), fc.boolean(), fc.boolean(), blank, (ring, isClosed, isClockwise, between) => {
      const written = isClockwise ? ring.toReversed() : ring
      const text = [...written, ...written.slice(0, isClosed ? 1 : 0)]
        .map(([lon, lat]) => `${lat} ${lon}`)
        .join(between)
      const feature = featureOf(`POLYGON ((${text}))`)
      assert.ok(feature.ok && feature.value.geometry.type === 'Polygon')
      const [outer = [], ...holes] = feature.value.geometry.coordinates
      assert.deepEqual(holes, [])
      assert.deepEqual(outer.at(-1), outer[0])
      assert.ok(signedArea(outer.slice(0, -1).map(([x, y]) => ({ x, y }))) > 0)
      const begin = ring.findIndex(([lon, lat]) => lon === outer[0]?.[0] && lat === outer[0][1])
      assert.deepEqual(outer.slice(0, -1), [...ring.slice(begin), ...ring.slice(0, begin)])
    }),
    { numRuns: 500 },
  )
})

test('those over 180° too, in parts that are each on one side of it', () => {
  const about = (lon: number): number => (lon > 180 ? Number((lon - 360).toFixed(6)) : lon)
  fc.assert(
    fc.property(starRing([180, -10], 70), fc.boolean(), (ring, isClockwise) => {
      const written = (isClockwise ? ring.toReversed() : ring).map(([lon, lat]) => [about(lon), lat] as const)
      const feature = featureOf(`POLYGON ((${written.map(([lon, lat]) => `${lat} ${lon}`).join(', ')}))`)
      assert.ok(feature.ok && feature.value.geometry.type === 'MultiPolygon')
      const rings = feature.value.geometry.coordinates.map(([outer = []]) => outer)
      const corners = new Set(rings.flat().map(String))
      for (const place of written) if (Math.abs(place[0]) !== 180) assert.ok(corners.has(String(place)), String(place))
      for (const outer of rings) {
        assert.deepEqual(outer.at(-1), outer[0])
        assert.ok(outer.every(([lon]) => lon >= -180 && lon <= 0) || outer.every(([lon]) => lon >= 0 && lon <= 180))
      }
    }),
    { numRuns: 500 },
  )
})
