// Which nodes of the road graph reach each other both ways: cars are sent only there, so every trip
// has a route. Tarjan's algorithm (1972) with a stack of its own, because a city is deeper than the
// call stack.

type Edges = {
  readonly nodeCount: number
  readonly outStart: Uint32Array
  readonly outEdges: Uint32Array
  readonly edgeTo: Uint32Array
}

/** 1 on the nodes of the largest strongly connected component, 0 elsewhere. */
export function largestStrongComponent({ nodeCount, outStart, outEdges, edgeTo }: Edges): Uint8Array {
  const order = new Int32Array(nodeCount).fill(-1)
  const low = new Int32Array(nodeCount)
  const component = new Int32Array(nodeCount).fill(-1)
  const cursor = outStart.slice(0, nodeCount)
  const path: number[] = []
  const open: number[] = []
  const sizes: number[] = []
  let count = 0

  const enter = (node: number): void => {
    order[node] = low[node] = count++
    path.push(node)
    open.push(node)
  }
  const leave = (node: number): void => {
    path.pop()
    const parent = path.at(-1)
    if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!)
    if (low[node] !== order[node]) return
    let size = 0
    for (let member = -1; member !== node; size++) component[(member = open.pop()!)] = sizes.length
    sizes.push(size)
  }

  for (let root = 0; root < nodeCount; root++) {
    if (order[root] !== -1) continue
    enter(root)
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (cursor[node] === outStart[node + 1]) {
        leave(node)
        continue
      }
      const next = edgeTo[outEdges[cursor[node]!++]!]!
      if (order[next] === -1) enter(next)
      else if (component[next] === -1) low[node] = Math.min(low[node]!, order[next]!)
    }
  }
  const largest = sizes.indexOf(Math.max(...sizes))
  return Uint8Array.from(component, (c) => (c === largest ? 1 : 0))
}
