import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseArea } from './area.ts'

const told = (area: unknown): unknown => {
  const parsed = parseArea(area)
  return parsed.ok ? parsed.value : parsed.detail
}

test('three shapes, with latitude first, as the server and the map of Traccar write them', () => {
  assert.deepEqual(told('CIRCLE (52.5 -13.25, 250.5)'), {
    shape: 'circle',
    center: { number: 1, lat: 52.5, lon: -13.25 },
    radiusM: 250.5,
  })
  assert.deepEqual(told('LINESTRING (1 2, -3.0E-5 4)'), {
    shape: 'corridor',
    corners: [
      { number: 1, lat: 1, lon: 2 },
      { number: 2, lat: -0.000_03, lon: 4 },
    ],
  })
  const corners = [
    { number: 1, lat: 1, lon: 2 },
    { number: 3, lat: 1, lon: 3 },
    { number: 4, lat: 2, lon: 3 },
  ]
  assert.deepEqual(told('POLYGON ((1 2, 1 2, 1 3, 2 3, 1 2))'), { shape: 'polygon', corners })
  assert.deepEqual(told(' POLYGON((1 2,1 2,1 3,2 3)) '), { shape: 'polygon', corners })
})

test('both longitudes of the meridian of 180° are one place', () => {
  assert.match(String(told('POLYGON ((1 180, 1 -180, 2 170))')), /fewer than three corners that differ \(2\)/)
  assert.match(String(told('LINESTRING (1 2, 1.0000000001 2.0000000001)')), /fewer than two corners that differ/)
})

test('what is refused is told with what stands there and a remedy, and without a place', () => {
  const corners = (count: number): string =>
    Array.from({ length: count }, (_, index) => `${index / 100} ${index / 200}`).join(', ')
  for (const [area, expected] of [
    ['', /area that is empty\. Draw/],
    [null, /area that is empty\. Draw/],
    [7, /area that is no text\. Draw/],
    [{ type: 'Point' }, /area that is no text\. Draw/],
    ['MULTIPOLYGON (((48.1 11.5)))', /begins with "MULTIPOLYGON \(\(\(##\.# ##\.#\)\)\)" and is none of CIRCLE/],
    ['circle (48.1 11.5, 5)', /none of CIRCLE/],
    ['POLYGON ((48.1 11.5, 48.2', /Is it cut off\?/],
    ['CIRCLE (48.1 11.5)', /no radius\? Write numbers with a full stop/],
    ['CIRCLE (48,1 11,5, 10)', /comma in a number/],
    ['CIRCLE (48.1 11.5, 10,5)', /comma in a number/],
    ['CIRCLE (48.1 11.5, 0)', /radius of 0 m, .* above 0/],
    ['CIRCLE (48.1 11.5, -20)', /radius of -20 m/],
    ['CIRCLE (48.1 11.5, NaN)', /the radius "NaN", which is no number\. Say it in metres/],
    ['CIRCLE (48.1 11.5, 9e999)', /the radius "#e###", which is no number/],
    ['CIRCLE (48.1 11.5, )', /the radius "", which is no number/],
    [
      'CIRCLE (113.57 48.13, 5)',
      /latitude of about 114° in corner 1: latitude and longitude look swapped\. Traccar writes latitude first/,
    ],
    ['LINESTRING (1 2, -90.5 91)', /latitude of about -90° in corner 2, which is not from -90 to 90\. Draw/],
    ['LINESTRING (1 2, 1 180.5)', /longitude of about 180° in corner 2, which is not from -180 to 180\. Draw/],
    ['LINESTRING (1 2, 1e300 5)', /latitude of about 1e\+300° in corner 2/],
    ['LINESTRING (48.1 11.5, 48.1\u001b 11.5°)', /has "##\.#(\\u001b)? ##\.#°" as corner 2.* Write numbers/],
    ['LINESTRING (48.1 11.5 3, 1 2)', /as corner 1, which is not latitude and longitude/],
    ['LINESTRING ()', /has "" as corner 1/],
    ['LINESTRING (48.1 11.5, 48.1 11.5)', /line with fewer than two corners that differ\. Draw/],
    ['POLYGON ((48.1 11.5, 48.2 11.5, 48.1 11.5))', /fewer than three corners that differ \(2\)\. Draw/],
    ['POLYGON ((0 0, 0 9, 9 9), (1 1, 1 2, 2 2))', /with one ring, as Traccar reads it\. Draw it anew, a hole/],
    ['POLYGON (0 0, 0 9, 9 9)', /not of the form POLYGON \(\(/],
    [`LINESTRING (${corners(4098)})`, /more than 4096 corners\. Draw it with fewer/],
  ] as const) {
    const detail = told(area)
    assert.equal(typeof detail, 'string', JSON.stringify(area).slice(0, 60))
    assert.match(detail as string, expected)
    assert.doesNotMatch(detail as string, /\d\.\d/)
  }
  assert.equal(parseArea(`POLYGON ((${corners(4096)}, 0 0))`).ok, true)
})

test('any text is taken or refused, and refused alike when it is asked again', () => {
  const piece = fc.constantFrom(
    'CIRCLE',
    'POLYGON',
    'LINESTRING',
    ' ',
    '(',
    ')',
    '((',
    '))',
    ',',
    '1',
    '-',
    '.5',
    'e9',
    '180',
    '\n',
    '\0',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        fc.anything(),
      ),
      (area) => {
        const parsed = parseArea(area)
        if (!parsed.ok) assert.match(parsed.detail, /^(has|is) /)
      },
    ),
    { numRuns: 2000 },
  )
})
