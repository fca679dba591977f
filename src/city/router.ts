// The quickest way through the city: A* with landmarks (ALT; Goldberg and Harrelson 2005). Travel
// times to and from a few far-apart nodes bound the time still to go, so that a search touches
// little beside the route itself. Exact.
import { roadClasses } from './city-file.ts'
import { nodeQueue, type NodeQueue } from './node-queue.ts'
import type { RoadGraph } from './road-graph.ts'

/** More landmarks make searches a little narrower and the start slower: 8 is where Montevideo stops
 *  gaining. */
const landmarkCount = 8
/** Expected seconds lost at a signal. */
const signalDelayS = 8
/** Drivers keep off side streets: time on them weighs more. */
const sideStreetWeight = 1.25
const firstSideStreet = roadClasses.indexOf('unclassified')

export type StreetRouter = {
  /** The quickest edges from one edge to another, both included, or null when there is no way.
   *  When turning round at once is quicker, the reverse of the first (or last) edge stands in
   *  its place. */
  readonly route: (fromEdge: number, toEdge: number) => Uint32Array | null
}

/** Prepares the searches (some 100 ms). One router serves one caller at a time: it keeps its arrays
 *  between searches. */
export function openRouter(graph: RoadGraph): StreetRouter {
  const costs = edgeCosts(graph)
  const incoming = incomingEdges(graph)
  const queue = nodeQueue(graph.nodeCount)
  const bounds = landmarkBounds(graph, costs, incoming, queue)
  const reached = new Float64Array(graph.nodeCount)
  const via = new Int32Array(graph.nodeCount)
  const stamp = new Uint32Array(graph.nodeCount)
  let search = 0

  const visit = (node: number, cost: number, edge: number, target: number): void => {
    if (stamp[node] === search && reached[node]! <= cost) return
    stamp[node] = search
    reached[node] = cost
    via[node] = edge
    queue.offer(node, cost + bounds(node, target))
  }

  const find = (source: number, target: number): boolean => {
    search++
    queue.clear()
    visit(source, 0, -1, target)
    while (queue.size() > 0) {
      const node = queue.take()
      if (node === target) return true
      for (let i = graph.outStart[node]!; i < graph.outStart[node + 1]!; i++) {
        const edge = graph.outEdges[i]!
        visit(graph.edgeTo[edge]!, reached[node]! + costs[edge]!, edge, target)
      }
    }
    return false
  }

  return {
    route: (fromEdge, toEdge) => {
      if (fromEdge === toEdge) return Uint32Array.of(fromEdge)
      const target = graph.edgeFrom[toEdge]!
      if (!find(graph.edgeTo[fromEdge]!, target)) return null
      const edges = [toEdge]
      for (let edge = via[target]!; edge !== -1; edge = via[graph.edgeFrom[edge]!]!) edges.push(edge)
      edges.push(fromEdge)
      edges.reverse()
      if (edges.length > 2 && edges[1] === graph.edgeReverse[fromEdge]) edges.shift()
      if (edges.length > 2 && edges.at(-2) === graph.edgeReverse[toEdge]) edges.pop()
      return Uint32Array.from(edges)
    },
  }
}

/** Expected seconds on each edge. */
function edgeCosts(graph: RoadGraph): Float64Array {
  return Float64Array.from({ length: graph.edgeCount }, (_, e) => {
    const weight = graph.edgeClass[e]! >= firstSideStreet ? sideStreetWeight : 1
    return (
      (graph.edgeLengthM[e]! / graph.edgeLimitMs[e]!) * weight +
      (graph.nodeSignal[graph.edgeTo[e]!] === 1 ? signalDelayS : 0)
    )
  })
}

type Adjacency = { readonly start: Uint32Array; readonly edges: Uint32Array; readonly far: Uint32Array }

function incomingEdges({ nodeCount, edgeCount, edgeFrom, edgeTo }: RoadGraph): Adjacency {
  const start = new Uint32Array(nodeCount + 1)
  for (const to of edgeTo) start[to + 1]!++
  for (let n = 0; n < nodeCount; n++) start[n + 1]! += start[n]!
  const next = start.slice()
  const edges = new Uint32Array(edgeCount)
  for (let e = 0; e < edgeCount; e++) edges[next[edgeTo[e]!]!++] = e
  return { start, edges, far: edgeFrom }
}

/** Dijkstra's algorithm: seconds from the node to every other along the adjacency; Infinity where
 *  it does not reach. */
function timesFrom(
  source: number,
  { start, edges, far }: Adjacency,
  costs: Float64Array,
  queue: NodeQueue,
): Float64Array {
  const times = new Float64Array(start.length - 1).fill(Infinity)
  times[source] = 0
  queue.offer(source, 0)
  while (queue.size() > 0) {
    const node = queue.take()
    for (let i = start[node]!; i < start[node + 1]!; i++) {
      const edge = edges[i]!
      const time = times[node]! + costs[edge]!
      if (time >= times[far[edge]!]!) continue
      times[far[edge]!] = time
      queue.offer(far[edge]!, time)
    }
  }
  return times
}

/** A lower bound of the seconds from a node to a target: by the triangle inequality over each
 *  landmark. */
function landmarkBounds(graph: RoadGraph, costs: Float64Array, incoming: Adjacency, queue: NodeQueue) {
  const outgoing: Adjacency = { start: graph.outStart, edges: graph.outEdges, far: graph.edgeTo }
  const nearest = new Float64Array(graph.nodeCount).fill(Infinity)
  // The times of one node side by side: a bound reads two short runs of memory.
  const from = new Float64Array(graph.nodeCount * landmarkCount)
  const to = new Float64Array(graph.nodeCount * landmarkCount)
  let landmark = graph.nodeConnected.indexOf(1)
  for (let k = 0; k < landmarkCount; k++) {
    const away = timesFrom(landmark, outgoing, costs, queue)
    const back = timesFrom(landmark, incoming, costs, queue)
    let farthest = 0
    for (let n = 0; n < graph.nodeCount; n++) {
      // Nodes outside the connected part bound nothing: their times would be infinite on one side
      // only.
      const connected = graph.nodeConnected[n] === 1
      from[n * landmarkCount + k] = connected ? away[n]! : 0
      to[n * landmarkCount + k] = connected ? back[n]! : 0
      nearest[n] = Math.min(nearest[n]!, away[n]!)
      if (connected && nearest[n]! > farthest) {
        farthest = nearest[n]!
        landmark = n
      }
    }
  }
  return (node: number, target: number): number => {
    if (graph.nodeConnected[node] === 0 || graph.nodeConnected[target] === 0) return 0
    let bound = 0
    const a = node * landmarkCount
    const b = target * landmarkCount
    for (let k = 0; k < landmarkCount; k++) {
      bound = Math.max(bound, from[b + k]! - from[a + k]!, to[a + k]! - to[b + k]!)
    }
    return bound
  }
}
