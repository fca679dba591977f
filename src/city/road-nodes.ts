// Which points of the streets are nodes of the road graph: found by coordinates, because equal
// coordinates are one point.
import type { City } from './city.ts'
import { eastM, northM, type Plane } from './plane.ts'

export type NodeTable = {
  readonly columns: {
    readonly nodeCount: number
    readonly nodeX: Float64Array
    readonly nodeY: Float64Array
    readonly nodeSignal: Uint8Array
  }
  readonly stopNodes: Uint8Array
  /** The node at a point (1e-7 degrees), or undefined where the street only bends. */
  readonly nodeAt: (lonE7: number, latE7: number) => number | undefined
  readonly isBump: (lonE7: number, latE7: number) => boolean
}

/** Nodes in order of first appearance in the city's ways. */
export function collectNodes(city: City, plane: Plane): NodeTable {
  const [west, south, , north] = city.boundsE7
  const height = north - south + 1
  const keyOf = (lonE7: number, latE7: number): number => (lonE7 - west) * height + (latE7 - south)
  const keysOf = (points: Int32Array): Set<number> => {
    const keys = new Set<number>()
    for (let i = 0; i < points.length; i += 2) keys.add(keyOf(points[i]!, points[i + 1]!))
    return keys
  }
  const signals = keysOf(city.signals)
  const stops = keysOf(city.stops)
  const bumps = keysOf(city.bumps)
  const numbers = numberNodes(city, keyOf, (key) => signals.has(key) || stops.has(key))

  const nodeCount = numbers.size
  const nodeX = new Float64Array(nodeCount)
  const nodeY = new Float64Array(nodeCount)
  const nodeSignal = new Uint8Array(nodeCount)
  const stopNodes = new Uint8Array(nodeCount)
  for (const [key, node] of numbers) {
    nodeX[node] = eastM(plane, (Math.floor(key / height) + west) / 1e7)
    nodeY[node] = northM(plane, ((key % height) + south) / 1e7)
    if (signals.has(key)) nodeSignal[node] = 1
    if (stops.has(key)) stopNodes[node] = 1
  }
  return {
    columns: { nodeCount, nodeX, nodeY, nodeSignal },
    stopNodes,
    nodeAt: (lonE7, latE7) => numbers.get(keyOf(lonE7, latE7)),
    isBump: (lonE7, latE7) => bumps.has(keyOf(lonE7, latE7)),
  }
}

/** A point is a node when it ends a line, when two lines share it, or when `isMarked`. */
function numberNodes(
  city: City,
  keyOf: (lonE7: number, latE7: number) => number,
  isMarked: (key: number) => boolean,
): Map<number, number> {
  const passed = new Set<number>()
  const nodes = new Set<number>()
  for (const { lines } of city.ways)
    for (const line of lines)
      for (let i = 0; i < line.length; i += 2) {
        const key = keyOf(line[i]!, line[i + 1]!)
        if (i === 0 || i + 2 === line.length || passed.has(key) || isMarked(key)) nodes.add(key)
        passed.add(key)
      }
  return new Map([...nodes].map((key, number) => [key, number]))
}
