// Shapes that go over the meridian of 180°, cut there, as RFC 7946, 3.1.9 asks. Positions are [longitude, latitude] in degrees; in pieces to the west of the meridian it is 180,
// in those to the east -180.
import type { Corner } from './area.ts'
import { nearDeg, signedArea, type Point } from './ring.ts'

export type Position = readonly [lon: number, lat: number]

/** `x` is the longitude from -180 to 270, on which a ring over the meridian has no gap; `lon` as it was written. */
export type RingPoint = Point & { readonly lon: number }

/** The ring on the plane on which Traccar takes it (`GeofencePolygon`): where some of its longitudes are above 90 and some below -90, it goes over 180°, and those below count on. */
export function planeRing(corners: readonly Corner[]): readonly RingPoint[] {
  const isOver = corners.some(({ lon }) => lon > 90) && corners.some(({ lon }) => lon < -90)
  return corners.map(({ lat, lon }) => {
    const x = isOver && lon < -90 ? lon + 360 : lon
    return Math.abs(x - 180) <= nearDeg ? { x: 180, y: lat, lon: lon < 0 ? -180 : 180 } : { x, y: lat, lon }
  })
}

/** Corners in a row on one side of the meridian; those on it count as west. */
type Run = { readonly isEast: boolean; readonly points: RingPoint[] }
/** Where the ring goes from a run to the next: `run` is the latter. Two at the same latitude leave the meridian at one corner, and are told apart by `slope`. */
type Crossing = { readonly y: number; readonly slope: number; readonly run: number }

/** The pieces of a simple ring, each simple and running the same way, by its longitudes; undefined where they cannot be told apart within what doubles hold. A ring that is not over 180° is
 *  its only piece. Along the meridian, every second stretch between two crossings is within the ring. */
export function cutRing(ring: readonly RingPoint[]): readonly (readonly RingPoint[])[] | undefined {
  if (ring.every(({ x }) => x <= 180)) return [ring.map((point) => ({ ...point, lon: point.x }))]
  if (ring.every(({ x }) => x > 180)) return [ring]
  const runs = runsOf(ring)
  const crossings = runs.map((run, index) => crossingBetween(runs.at(index - 1) ?? run, run, index))
  const alongMeridian = crossings.toSorted((a, b) => a.y - b.y || a.slope - b.slope)
  const partners = new Map(alongMeridian.map(({ run }, place) => [run, alongMeridian[place ^ 1]]))
  const pieces: (readonly RingPoint[])[] = []
  const taken = new Set<number>()
  for (const [start, { isEast }] of runs.entries()) {
    if (taken.has(start)) continue
    const piece: RingPoint[] = []
    const onMeridian = (y: number | undefined): RingPoint => ({ x: 180, y: y ?? Number.NaN, lon: isEast ? -180 : 180 })
    let at = start
    do {
      const run = runs[at]
      if (run?.isEast !== isEast || taken.has(at)) return undefined
      taken.add(at)
      const end = (at + 1) % runs.length
      const points = isEast ? run.points : run.points.map((point) => ({ ...point, lon: point.x }))
      piece.push(onMeridian(crossings[at]?.y), ...points, onMeridian(crossings[end]?.y))
      at = partners.get(end)?.run ?? start
    } while (at !== start)
    const lean = piece.filter((point, index) => !isSame(point, piece.at(index - 1)))
    // A corner or an edge on the meridian, and nothing beyond it.
    if (signedArea(lean) !== 0) pieces.push(lean)
  }
  return pieces
}

function runsOf(ring: readonly RingPoint[]): readonly Run[] {
  const isEast = ({ x }: RingPoint): boolean => x > 180
  const begin = ring.findIndex((point, index) => isEast(point) !== isEast(ring.at(index - 1) ?? point))
  const runs: Run[] = []
  for (const point of [...ring.slice(begin), ...ring.slice(0, begin)]) {
    const run = runs.at(-1)
    if (run?.isEast === isEast(point)) run.points.push(point)
    else runs.push({ isEast: isEast(point), points: [point] })
  }
  return runs
}

function crossingBetween(before: Run, after: Run, run: number): Crossing {
  const [a, b] = [before.points.at(-1), after.points[0]]
  if (a === undefined || b === undefined) return { y: Number.NaN, slope: 0, run }
  const [west, east] = before.isEast ? [b, a] : [a, b]
  const slope = (east.y - west.y) / (east.x - west.x)
  return { y: west.y + slope * (180 - west.x), slope, run }
}

const isSame = (a: RingPoint, b: RingPoint | undefined): boolean => a.x === b?.x && a.y === b.y

/** The pieces of a line. It goes the shorter way round between two corners, as Traccar measures it (`DistanceCalculator`). */
export function cutLine(corners: readonly Corner[]): readonly (readonly Position[])[] {
  const lines: Position[][] = []
  let line: Position[] = []
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
