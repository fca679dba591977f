// Shapes that go over the meridian of 180°, cut there, as RFC 7946, 3.1.9 asks. Positions are
// [longitude, latitude] in degrees; in pieces to the west of the meridian it is 180, in those to
// the east -180.
import type { Corner } from './area.ts'
import { nearDeg, signedArea, type Point } from './ring.ts'

export type LonLat = readonly [lon: number, lat: number]

/** `x` is the longitude from -180 to 270, on which a ring over the meridian has no gap; `lon` as it
 *  was written. */
export type RingPoint = Point & { readonly lon: number }

/** The ring on the plane on which Traccar takes it (`GeofencePolygon`): where some of its
 *  longitudes are above 90 and some below -90, it goes over 180°, and those below count on. */
export function planeRing(corners: readonly Corner[]): readonly RingPoint[] {
  const isOver = corners.some(({ lon }) => lon > 90) && corners.some(({ lon }) => lon < -90)
  return corners.map(({ lat, lon }) => {
    const x = isOver && lon < -90 ? lon + 360 : lon
    return Math.abs(x - 180) <= nearDeg ? { x: 180, y: lat, lon: lon < 0 ? -180 : 180 } : { x, y: lat, lon }
  })
}

/** Corners in a row on one side of the meridian. */
type Run = { readonly isEast: boolean; readonly points: readonly RingPoint[] }
/** Where the ring goes from a run to the next: `run` is the latter. Two at the same latitude leave
 *  the meridian at one corner, and are told apart by `lean`, greater to the north. */
type Crossing = { readonly y: number; readonly lean: number; readonly run: number }

/** The pieces of a simple ring, each simple and running the same way, by its longitudes; undefined
 *  where they cannot be told apart. A ring that is not over 180° is its only piece. Along the
 *  meridian, every second stretch between two crossings is within the ring. */
export function cutRing(ring: readonly RingPoint[]): readonly (readonly RingPoint[])[] | undefined {
  if (ring.every(({ x }) => x <= 180)) return [onSide(ring, false)]
  const runs = runsOf(ring)
  const crossings = runs.map((run, index) => crossingBetween(runs.at(index - 1) ?? run, run, index))
  const alongMeridian = crossings.toSorted((a, b) => a.y - b.y || a.lean - b.lean)
  const partners = new Map(alongMeridian.map(({ run }, place) => [run, alongMeridian[place ^ 1]]))
  const pieces: (readonly RingPoint[])[] = []
  const taken = new Set<number>()
  for (const [start, { isEast }] of runs.entries()) {
    if (taken.has(start)) continue
    const piece: RingPoint[] = []
    const onMeridian = (y: number | undefined): RingPoint => ({ x: 180, y: y ?? Number.NaN, lon: 180 })
    let at = start
    do {
      const run = runs[at]
      if (run?.isEast !== isEast || taken.has(at)) return undefined
      taken.add(at)
      const end = (at + 1) % runs.length
      piece.push(onMeridian(crossings[at]?.y), ...run.points, onMeridian(crossings[end]?.y))
      at = partners.get(end)?.run ?? start
    } while (at !== start)
    const straight = withoutTurns(piece)
    // A corner or an edge on the meridian, and nothing beyond it.
    if (signedArea(straight) !== 0) pieces.push(onSide(straight, isEast))
  }
  return pieces
}

const onSide = (piece: readonly RingPoint[], isEast: boolean): readonly RingPoint[] =>
  piece.map((point) => (point.x === 180 ? { ...point, lon: isEast ? -180 : 180 } : point))

/** Corners on the meridian count as east where the ring comes to them from the west and goes back
 *  there, so that what is east of them ends at them; else as west. */
function runsOf(ring: readonly RingPoint[]): readonly Run[] {
  const begin = ring.findIndex(({ x }) => x !== 180)
  const stretches: { side: number; points: RingPoint[] }[] = []
  for (const point of [...ring.slice(begin), ...ring.slice(0, begin)]) {
    const side = Math.sign(point.x - 180)
    const stretch = stretches.at(-1)
    if (stretch?.side === side) stretch.points.push(point)
    else stretches.push({ side, points: [point] })
  }
  const runs: { isEast: boolean; points: RingPoint[] }[] = []
  for (const [index, { side, points }] of stretches.entries()) {
    const around = [stretches.at(index - 1), stretches[(index + 1) % stretches.length]]
    const isEast = side > 0 || (side === 0 && around.every((other) => other !== undefined && other.side < 0))
    const run = runs.at(-1)
    if (run?.isEast === isEast) run.points.push(...points)
    else runs.push({ isEast, points })
  }
  const [first, last] = [runs[0], runs.at(-1)]
  if (first === undefined || last === undefined || first === last || first.isEast !== last.isEast) return runs
  return [{ isEast: first.isEast, points: [...last.points, ...first.points] }, ...runs.slice(1, -1)]
}

function crossingBetween(before: Run, after: Run, run: number): Crossing {
  const [a, b] = [before.points.at(-1), after.points[0]]
  if (a === undefined || b === undefined) return { y: Number.NaN, lean: 0, run }
  const [west, east] = before.isEast ? [b, a] : [a, b]
  const slope = (east.y - west.y) / (east.x - west.x)
  return east.x === 180 ? { y: east.y, lean: -slope, run } : { y: west.y + slope * (180 - west.x), lean: slope, run }
}

/** Without points that are there twice, and without ways along the meridian and back, which a ring
 *  with an edge on it leaves in a piece. */
function withoutTurns(piece: readonly RingPoint[]): readonly RingPoint[] {
  const left = [...piece]
  for (let at = 0; at < left.length;) {
    const [before, point, after] = [left.at(at - 1), left[at], left[(at + 1) % left.length]]
    const isTurn =
      [before, point, after].every((one) => one?.x === 180) &&
      ((point?.y ?? 0) - (before?.y ?? 0)) * ((after?.y ?? 0) - (point?.y ?? 0)) <= 0
    const isTwice = point?.x === before?.x && point?.y === before?.y
    if ((isTurn || isTwice) && left.length > 1) {
      left.splice(at, 1)
      at = 0
    } else at++
  }
  return left
}

/** The pieces of a line. It goes the shorter way round between two corners, as Traccar measures it
 *  (`DistanceCalculator`). */
export function cutLine(corners: readonly Corner[]): readonly (readonly LonLat[])[] {
  const lines: LonLat[][] = []
  let line: LonLat[] = []
  const add = (lon: number, lat: number): void => {
    const last = line.at(-1)
    if (last?.[0] !== lon || last[1] !== lat) line.push([lon, lat])
  }
  for (const [index, { lat, lon }] of corners.entries()) {
    const before = corners[index - 1]
    if (before !== undefined && Math.abs(lon - before.lon) > 180) {
      const edge = before.lon > 0 ? 180 : -180
      const span = lon + 2 * edge - before.lon
      const cutLat = before.lon === edge ? before.lat : before.lat + ((edge - before.lon) / span) * (lat - before.lat)
      add(edge, cutLat)
      lines.push(line)
      line = []
      add(-edge, cutLat)
    }
    add(lon, lat)
  }
  return [...lines, line].filter(({ length }) => length > 1)
}
