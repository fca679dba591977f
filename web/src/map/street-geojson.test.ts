import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { joinLines, type Line } from './join-lines.ts'
import { areaFeatures, coreOf, decodeLine, streetFeatures } from './street-geojson.ts'

test('a line is decoded from differences', () => {
  assert.deepEqual(decodeLine([-5_616_000, -3_490_000, 10, -20, 0, 5]), [
    [-56.16, -34.9],
    [-56.1599, -34.9002],
    [-56.1599, -34.900_15],
  ])
  assert.deepEqual(decodeLine([1, 2, 3]), [[0.000_01, 0.000_02]])
})

test('pieces of a street become one line, whichever way each was drawn', () => {
  const pieces: Line[] = [
    [
      [2, 0],
      [1, 0],
    ],
    [
      [0, 0],
      [1, 0],
    ],
    [
      [2, 0],
      [3, 0],
      [4, 1],
    ],
  ]
  const [line, ...others] = joinLines(pieces)
  assert.deepEqual(others, [])
  const forward = line?.[0]?.[0] === 0 ? line : line?.toReversed()
  assert.deepEqual(forward, [
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 1],
  ])
})

test('a ring stays one closed ring', () => {
  const [ring, ...others] = joinLines([
    [
      [0, 0],
      [1, 0],
      [1, 1],
    ],
    [
      [1, 1],
      [0, 1],
      [0, 0],
    ],
  ])
  assert.deepEqual(others, [])
  assert.equal(ring?.length, 5)
  assert.deepEqual(ring?.[0], ring?.at(-1))
})

test('joining loses and invents no piece of any street', () => {
  const point = fc.tuple(fc.nat(4), fc.nat(4))
  const segments = (lines: readonly Line[]): string[] =>
    lines
      .flatMap((line) =>
        line
          .slice(1)
          .map((end, index) => [line[index]?.join() ?? '', end.join()].sort((a, b) => a.localeCompare(b)).join(' ')),
      )
      .sort((a, b) => a.localeCompare(b))
  fc.assert(
    fc.property(fc.array(fc.array(point, { minLength: 2, maxLength: 4 }), { maxLength: 12 }), (lines) => {
      assert.deepEqual(segments(joinLines(lines)), segments(lines))
    }),
  )
})

test('streets of one name and class are one feature; areas keep their rings', () => {
  const { features } = streetFeatures({
    streets: [
      { class: 'primary', name: 'Italia', line: [0, 0, 100, 0] },
      { class: 'primary', name: 'Italia', line: [100, 0, 100, 0] },
      { class: 'residential', name: 'Italia', line: [0, 0, 0, 100] },
      { class: 'residential', name: null, line: [5, 5, 0, 100] },
    ],
  })
  assert.deepEqual(
    features.map(({ properties, geometry }) => [properties.class, properties.name, geometry.coordinates.length]),
    [
      ['primary', 'Italia', 1],
      ['residential', 'Italia', 1],
      ['residential', null, 1],
    ],
  )
  const areas = areaFeatures({ areas: [{ class: 'water', rings: [[0, 0, 1, 0, 0, 1, -1, -1]] }] })
  assert.equal(areas.features[0]?.geometry.coordinates[0]?.length, 4)
})

test('a map opens on where most streets are, not on the outskirts', () => {
  const street = (lon: number) => ({ class: 'residential' as const, name: null, line: [lon * 1e5, -34.9e5, 10, 10] })
  const bounds = [-60, -36, -50, -34] as const
  const streets = [street(-59), ...Array.from({ length: 18 }, (_, index) => street(-56.2 + index * 0.01)), street(-51)]
  const [west, , east] = coreOf({ streets, bounds })
  assert.ok(west >= -56.2 && east <= -56.02, `${west} to ${east}`)
  assert.deepEqual(coreOf({ streets: [], bounds }), bounds)
})
