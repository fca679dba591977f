// The edges of the road graph: each way is cut at its nodes, and each piece gives one edge for each
// direction it is open in.
import { roadClasses, wayFlag, type RoadClass } from './city-file.ts'
import type { City, Way } from './city.ts'
import { bearing, eastM, northM, type Plane } from './plane.ts'
import type { NodeTable } from './road-nodes.ts'

/** Bits of `edgeFlags` beside those of `wayFlag`. */
export const edgeFlag = { stopSign: 32, bump: 64 } as const

/** km/h where no sign is on the map: 45 is the general limit in towns of Uruguay (Ley 18.191), main
 *  roads are signed higher. */
const defaultLimitKmh: Readonly<Record<RoadClass, number>> = {
  trunk: 75,
  trunk_link: 45,
  primary: 60,
  primary_link: 45,
  secondary: 45,
  secondary_link: 45,
  tertiary: 45,
  tertiary_link: 45,
  unclassified: 45,
  residential: 45,
  living_street: 20,
}

/** Points closer than this to the one before are drawing noise and would look like sharp bends. */
const pointSpacingM = 3

export type EdgeTable = {
  readonly edgeCount: number
  readonly edgeFrom: Uint32Array
  readonly edgeTo: Uint32Array
  readonly edgeLengthM: Float64Array
  readonly edgeLimitMs: Float64Array
  /** Place in `roadClasses`; smaller is the greater road. */
  readonly edgeClass: Uint8Array
  /** Lanes in this direction, at least 1. */
  readonly edgeLanes: Uint8Array
  /** Bits of `wayFlag` and `edgeFlag`. */
  readonly edgeFlags: Uint8Array
  /** The same street the other way, or −1. */
  readonly edgeReverse: Int32Array
  /** Place in `city.ways`. */
  readonly edgeWay: Uint32Array

  /** Points of edge e: pointStart[e] up to pointStart[e + 1], at least two. */
  readonly pointStart: Uint32Array
  readonly pointX: Float64Array
  readonly pointY: Float64Array
  /** Metres from the edge's start. */
  readonly pointS: Float64Array
  /** Direction of the piece that begins at this point (for the last: that ends). */
  readonly pointBearing: Float64Array
}

type Piece = { readonly from: number; readonly to: number; readonly bump: boolean; readonly points: readonly number[] }

export function collectEdges(city: City, plane: Plane, nodes: NodeTable): EdgeTable {
  const columns = {
    from: [] as number[],
    to: [] as number[],
    lengthM: [] as number[],
    limitMs: [] as number[],
    class: [] as number[],
    lanes: [] as number[],
    flags: [] as number[],
    reverse: [] as number[],
    way: [] as number[],
    pointStart: [0],
    x: [] as number[],
    y: [] as number[],
    s: [] as number[],
    bearing: [] as number[],
  }

  const addEdge = (way: Way, wayIndex: number, piece: Piece, reverse: number): void => {
    columns.from.push(piece.from)
    columns.to.push(piece.to)
    columns.lengthM.push(addPoints(columns, piece.points))
    columns.pointStart.push(columns.x.length)
    columns.limitMs.push((way.limitKmh ?? defaultLimitKmh[way.class]) / 3.6)
    columns.class.push(roadClasses.indexOf(way.class))
    columns.lanes.push(lanesOf(way))
    columns.flags.push(flagsOf(way) | (piece.bump ? edgeFlag.bump : 0))
    columns.reverse.push(reverse)
    columns.way.push(wayIndex)
  }

  for (const [wayIndex, way] of city.ways.entries())
    for (const line of way.lines)
      for (const piece of piecesOf(line, plane, nodes)) {
        const edge = columns.from.length
        addEdge(way, wayIndex, piece, way.oneway ? -1 : edge + 1)
        if (!way.oneway)
          addEdge(way, wayIndex, { ...piece, from: piece.to, to: piece.from, points: backwards(piece.points) }, edge)
      }

  return {
    edgeCount: columns.from.length,
    edgeFrom: Uint32Array.from(columns.from),
    edgeTo: Uint32Array.from(columns.to),
    edgeLengthM: Float64Array.from(columns.lengthM),
    edgeLimitMs: Float64Array.from(columns.limitMs),
    edgeClass: Uint8Array.from(columns.class),
    edgeLanes: Uint8Array.from(columns.lanes),
    edgeFlags: Uint8Array.from(columns.flags),
    edgeReverse: Int32Array.from(columns.reverse),
    edgeWay: Uint32Array.from(columns.way),
    pointStart: Uint32Array.from(columns.pointStart),
    pointX: Float64Array.from(columns.x),
    pointY: Float64Array.from(columns.y),
    pointS: Float64Array.from(columns.s),
    pointBearing: Float64Array.from(columns.bearing),
  }
}

/** Cuts a line at its nodes; a piece without length (two equal points in a row) is left out. */
function* piecesOf(line: Int32Array, plane: Plane, nodes: NodeTable): Generator<Piece> {
  let from = -1
  let bump = false
  let points: number[] = []
  for (let i = 0; i < line.length; i += 2) {
    const x = eastM(plane, line[i]! / 1e7)
    const y = northM(plane, line[i + 1]! / 1e7)
    const node = nodes.nodeAt(line[i]!, line[i + 1]!)
    const tooClose = points.length > 0 && Math.hypot(x - points.at(-2)!, y - points.at(-1)!) < pointSpacingM
    if (node === undefined) {
      if (!tooClose) points.push(x, y)
    } else {
      if (tooClose && points.length > 2) points.length -= 2
      points.push(x, y)
      if (from !== -1 && (node !== from || points.length > 4)) yield { from, to: node, bump, points }
      from = node
      bump = false
      points = [x, y]
    }
    bump ||= nodes.isBump(line[i]!, line[i + 1]!)
  }
}

/** Appends a piece's points and gives its length. */
function addPoints(
  columns: { x: number[]; y: number[]; s: number[]; bearing: number[] },
  points: readonly number[],
): number {
  let s = 0
  let direction = 0
  for (let i = 0; i < points.length; i += 2) {
    if (i > 0) s += Math.hypot(points[i]! - points[i - 2]!, points[i + 1]! - points[i - 1]!)
    if (i + 2 < points.length) direction = bearing(points[i + 2]! - points[i]!, points[i + 3]! - points[i + 1]!)
    columns.x.push(points[i]!)
    columns.y.push(points[i + 1]!)
    columns.s.push(s)
    columns.bearing.push(direction)
  }
  return s
}

function backwards(points: readonly number[]): number[] {
  const out: number[] = []
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i]!, points[i + 1]!)
  return out
}

/** Main roads have more than one lane a direction even where the map does not count them. */
function lanesOf(way: Way): number {
  const main = way.class === 'trunk' || way.class === 'primary' || way.class === 'secondary'
  const both = way.lanes ?? (main ? 4 : way.oneway ? 1 : 2)
  return Math.max(
    1,
    Math.min(4, way.oneway && way.lanes === null ? (main ? 2 : 1) : way.oneway ? both : Math.floor(both / 2)),
  )
}

const flagsOf = (way: Way): number =>
  (way.oneway ? wayFlag.oneway : 0) |
  (way.roundabout ? wayFlag.roundabout : 0) |
  (way.tunnel ? wayFlag.tunnel : 0) |
  (way.unpaved ? wayFlag.unpaved : 0) |
  (way.cobbled ? wayFlag.cobbled : 0)
