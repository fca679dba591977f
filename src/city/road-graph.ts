// The streets as a directed graph in flat arrays: what routes are searched on and cars drive along.
// Nodes are where ways meet or end and where a signal or stop sign stands; an edge is one direction
// of the street between two of them. Everything is in metres of `plane`, metres per second and
// radians clockwise from north.
import type { City } from './city.ts'
import { markCurves } from './curves.ts'
import { planeOver, type Plane } from './plane.ts'
import { collectNodes, type NodeTable } from './road-nodes.ts'
import { collectEdges, edgeFlag, type EdgeTable } from './road-edges.ts'
import { largestStrongComponent } from './strong-component.ts'

export type RoadGraph = EdgeTable & {
  readonly plane: Plane
  readonly nodeCount: number
  readonly nodeX: Float64Array
  readonly nodeY: Float64Array
  /** 1 where a traffic signal stands. */
  readonly nodeSignal: Uint8Array
  /** 1 on nodes from which every other such node can be reached and back. */
  readonly nodeConnected: Uint8Array
  /** Edges that leave node n: outEdges[outStart[n]] up to outStart[n + 1]. */
  readonly outStart: Uint32Array
  readonly outEdges: Uint32Array
  /** Radius of the bend at each point of the edges; Infinity where the street goes straight on, and
   *  at both ends. */
  readonly pointRadiusM: Float64Array
}

/** Builds the graph: some 100 ms for Montevideo. */
export function roadGraph(city: City): RoadGraph {
  const plane = planeOver(city.boundsE7)
  const nodes = collectNodes(city, plane)
  const edges = collectEdges(city, plane, nodes)
  const out = outgoing(nodes, edges)
  const graph = { plane, ...nodes.columns, ...edges, ...out, edgeFlags: withStopSigns(nodes, edges, out) }
  return { ...graph, nodeConnected: largestStrongComponent(graph), pointRadiusM: markCurves(edges) }
}

type Outgoing = Pick<RoadGraph, 'outStart' | 'outEdges'>

/** Counting sort of the edges by the node they leave. */
function outgoing({ columns: { nodeCount } }: NodeTable, { edgeCount, edgeFrom }: EdgeTable): Outgoing {
  const outStart = new Uint32Array(nodeCount + 1)
  for (const from of edgeFrom) outStart[from + 1]!++
  for (let n = 0; n < nodeCount; n++) outStart[n + 1]! += outStart[n]!
  const next = outStart.slice()
  const outEdges = new Uint32Array(edgeCount)
  for (let e = 0; e < edgeCount; e++) outEdges[next[edgeFrom[e]!]!++] = e
  return { outStart, outEdges }
}

/** A stop sign stands on its street a little before the crossing: it is meant for those whose way
 *  on is the shorter one. */
function withStopSigns({ stopNodes }: NodeTable, edges: EdgeTable, { outStart, outEdges }: Outgoing): Uint8Array {
  const flags = edges.edgeFlags.slice()
  for (let e = 0; e < edges.edgeCount; e++) {
    const node = edges.edgeTo[e]!
    if (stopNodes[node] === 0) continue
    for (let i = outStart[node]!; i < outStart[node + 1]!; i++) {
      const onward = outEdges[i]!
      if (onward !== edges.edgeReverse[e] && edges.edgeLengthM[onward]! < edges.edgeLengthM[e]!)
        flags[e]! |= edgeFlag.stopSign
    }
  }
  return flags
}
