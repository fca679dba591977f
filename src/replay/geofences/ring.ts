// Rings in a plane: x to the east, y to the north, in degrees. The last point is joined to the
// first, which does not stand there twice.
export type Point = { readonly x: number; readonly y: number }

/** Points no further apart are at one place: a tenth of a millimetre, a thousand times finer than
 *  maps are drawn, and ten thousand times coarser than doubles round. Decimal places that are on a
 *  line are not on it as doubles. */
export const nearDeg = 1e-9

/** The area by the shoelace formula, in square degrees; above 0 where the ring runs
 *  counter-clockwise. */
export function signedArea(ring: readonly Point[]): number {
  const [origin] = ring
  if (origin === undefined) return 0
  let sum = 0
  for (const [index, a] of ring.entries()) {
    const b = ring[(index + 1) % ring.length] ?? origin
    // From the first point on, so that a small ring far from 0, 0 loses no digits.
    sum += (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y)
  }
  return sum / 2
}

type Edge = {
  readonly a: Point
  readonly b: Point
  readonly index: number
  readonly west: number
  readonly east: number
  readonly south: number
  readonly north: number
}

/** Two edges that cross or touch where they should not, each by the index of its first point;
 *  undefined for a simple ring. Neighbours touch where one turns back on the other. */
export function crossingOf(ring: readonly Point[]): readonly [number, number] | undefined {
  const edges = ring.flatMap((a, index): readonly Edge[] => {
    const b = ring[(index + 1) % ring.length]
    if (b === undefined) return []
    const [west, east, south, north] = [Math.min(a.x, b.x), Math.max(a.x, b.x), Math.min(a.y, b.y), Math.max(a.y, b.y)]
    return [{ a, b, index, west, east, south, north }]
  })
  const fromWest = edges.toSorted((one, other) => one.west - other.west)
  for (const [place, one] of fromWest.entries())
    for (let next = place + 1; ; next++) {
      const other = fromWest[next]
      if (other === undefined || other.west > one.east + nearDeg) break
      if (other.south > one.north + nearDeg || other.north < one.south - nearDeg) continue
      const [first, second] = one.index < other.index ? [one, other] : [other, one]
      if (isMet(first, second, ring.length)) return [first.index, second.index]
    }
  return undefined
}

function isMet(first: Edge, second: Edge, count: number): boolean {
  if (second.index - first.index === 1) return turnsBack(first.a, first.b, second.b)
  if (first.index === 0 && second.index === count - 1) return turnsBack(second.a, second.b, first.b)
  return meets(first.a, first.b, second.a, second.b)
}

const turnsBack = (a: Point, b: Point, c: Point): boolean =>
  sideOf(a, b, c) === 0 && (a.x - b.x) * (c.x - b.x) + (a.y - b.y) * (c.y - b.y) > 0

function meets(a: Point, b: Point, c: Point, d: Point): boolean {
  const [ofC, ofD, ofA, ofB] = [sideOf(a, b, c), sideOf(a, b, d), sideOf(c, d, a), sideOf(c, d, b)]
  if (ofC * ofD < 0 && ofA * ofB < 0) return true
  return (
    (ofC === 0 && isWithin(a, b, c)) ||
    (ofD === 0 && isWithin(a, b, d)) ||
    (ofA === 0 && isWithin(c, d, a)) ||
    (ofB === 0 && isWithin(c, d, b))
  )
}

/** 1 where `c` is to the left of the way from `a` to `b`, -1 to the right, 0 on it. */
function sideOf(a: Point, b: Point, c: Point): -1 | 0 | 1 {
  const area = (a.x - c.x) * (b.y - c.y) - (a.y - c.y) * (b.x - c.x)
  if (Math.abs(area) <= nearDeg * Math.hypot(b.x - a.x, b.y - a.y)) return 0
  return area > 0 ? 1 : -1
}

const isWithin = (a: Point, b: Point, { x, y }: Point): boolean =>
  Math.min(a.x, b.x) - nearDeg <= x &&
  x <= Math.max(a.x, b.x) + nearDeg &&
  Math.min(a.y, b.y) - nearDeg <= y &&
  y <= Math.max(a.y, b.y) + nearDeg
