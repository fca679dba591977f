// Simple rings for tests, counter-clockwise, as [x, y] in degrees with the six digits that maps
// write.
import * as fc from 'fast-check'

export type TestRing = readonly (readonly [number, number])[]

const digits = (degrees: number): number => Math.round(degrees * 1e6) / 1e6

/** Corners in the order of their direction from `center`, with less than half a turn between
 *  neighbours: no two edges meet. */
export const starRing = (center: readonly [number, number] = [0, 0], sizeMax = 30): fc.Arbitrary<TestRing> =>
  fc
    .array(
      fc.record({
        turn: fc.double({ min: 0, max: 0.4, noNaN: true }),
        size: fc.double({ min: 0.01, max: 1, noNaN: true }),
      }),
      {
        minLength: 3,
        maxLength: 40,
      },
    )
    .map((corners) =>
      corners.map(({ turn, size }, index): readonly [number, number] => {
        const angle = ((index + turn) * 2 * Math.PI) / corners.length
        return [
          digits(center[0] + size * sizeMax * Math.cos(angle)),
          digits(center[1] + size * sizeMax * Math.sin(angle)),
        ]
      }),
    )

/** A straight edge at 170° of longitude, and one that goes to and fro over 180° as it goes north,
 *  some corners on it. */
export const combRing: fc.Arbitrary<TestRing> = fc
  .array(fc.constantFrom(171, 175.5, 179.999_999, 180, 180, 180.000_001, 184, 188.25), { minLength: 2, maxLength: 30 })
  .map((tips): TestRing => [
    [170, tips.length - 0.5],
    [170, -0.25],
    ...tips.map((x, y): readonly [number, number] => [x, y]),
  ])

/** The same with the straight edge at 190°, so that what is between the teeth is to the west. */
export const combRingFromEast: fc.Arbitrary<TestRing> = combRing.map((ring) =>
  ring.map(([x, y]): readonly [number, number] => [digits(360 - x), y]).toReversed(),
)
