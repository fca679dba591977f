// A priority queue of graph nodes: a binary heap in flat arrays that knows where each node stands,
// so that a node found again by a shorter way moves up instead of being queued twice.

export type NodeQueue = {
  readonly size: () => number
  readonly clear: () => void
  /** Adds the node, or lowers its cost; a higher cost than it has changes nothing. */
  readonly offer: (node: number, cost: number) => void
  /** Takes the node of least cost out. The queue must not be empty. */
  readonly take: () => number
}

export function nodeQueue(nodeCount: number): NodeQueue {
  const heap = new Uint32Array(nodeCount)
  const cost = new Float64Array(nodeCount)
  /** Place in the heap plus one; 0 = not queued. */
  const place = new Uint32Array(nodeCount)
  let size = 0

  const settle = (node: number, at: number): void => {
    heap[at] = node
    place[node] = at + 1
  }
  const rise = (node: number, from: number): void => {
    let at = from
    for (; at > 0;) {
      const up = (at - 1) >> 1
      const parent = heap[up]!
      if (cost[parent]! <= cost[node]!) break
      settle(parent, at)
      at = up
    }
    settle(node, at)
  }
  const sink = (node: number): void => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && cost[heap[child + 1]!]! < cost[heap[child]!]!) child++
      if (cost[heap[child]!]! >= cost[node]!) break
      settle(heap[child]!, at)
      at = child
    }
    settle(node, at)
  }

  return {
    size: () => size,
    clear: () => {
      for (let i = 0; i < size; i++) place[heap[i]!] = 0
      size = 0
    },
    offer: (node, nodeCost) => {
      const at = place[node]!
      if (at !== 0 && cost[node]! <= nodeCost) return
      cost[node] = nodeCost
      rise(node, at === 0 ? size++ : at - 1)
    },
    take: () => {
      const first = heap[0]!
      place[first] = 0
      const last = heap[--size]!
      if (size > 0) sink(last)
      return first
    },
  }
}
