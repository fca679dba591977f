// Traffic lights: the signals of one crossing share a plan with two phases, one for each axis of
// the crossing. The plan is fixed and placed by the seed; between the phases all are red for a
// moment.
import type { RoadGraph } from '../city/road-graph.ts'
import { Random } from './random.ts'

/** Signals nearer than this to each other belong to one crossing. */
const crossingM = 45
const clearanceS = 4

export type TrafficLights = {
  /** Seconds since the light at the node turned red for cars that arrive on the edge; 0 = it is
   *  green. */
  readonly redForS: (node: number, edge: number, worldS: number) => number
}

type Plan = { readonly cycleS: number; readonly splitS: number; readonly offsetS: number; readonly axis: number }

export function trafficLights(graph: RoadGraph, seed: number): TrafficLights {
  const plans = plansByNode(graph, seed)
  return {
    redForS: (node, edge, worldS) => {
      const plan = plans.get(node)
      if (plan === undefined) return 0
      const direction = graph.pointBearing[graph.pointStart[edge + 1]! - 1]!
      // cos of twice the angle: positive when the edge runs along the crossing's main axis, either
      // way.
      const main = Math.cos(2 * (direction - plan.axis)) > 0
      const t = (worldS + plan.offsetS) % plan.cycleS
      if (main) return t < plan.splitS - clearanceS ? 0 : t - (plan.splitS - clearanceS) + 0.001
      if (t >= plan.splitS && t < plan.cycleS - clearanceS) return 0
      return t < plan.splitS ? t + clearanceS : t - (plan.cycleS - clearanceS) + 0.001
    },
  }
}

function plansByNode(graph: RoadGraph, seed: number): Map<number, Plan> {
  const plans = new Map<number, Plan>()
  const axes = mainAxes(graph)
  const signals = [...graph.nodeSignal.keys()].filter((node) => graph.nodeSignal[node] === 1)
  // The first signal met leads its crossing: later ones nearby take over its plan.
  const leaders: number[] = []
  for (const node of signals) {
    const leader = leaders.find(
      (other) =>
        Math.hypot(graph.nodeX[node]! - graph.nodeX[other]!, graph.nodeY[node]! - graph.nodeY[other]!) < crossingM,
    )
    const known = leader === undefined ? undefined : plans.get(leader)
    if (known === undefined) leaders.push(node)
    plans.set(node, known ?? drawPlan(new Random(seed, 0x51a1, node), axes[node]!))
  }
  return plans
}

function drawPlan(random: Random, axis: number): Plan {
  const cycleS = Math.round(random.between(50, 80))
  return { cycleS, splitS: Math.round(cycleS * random.between(0.5, 0.62)), offsetS: random.below(cycleS), axis }
}

/** Direction of the greatest road that arrives at each node. */
function mainAxes({ nodeCount, edgeCount, edgeTo, edgeClass, pointBearing, pointStart }: RoadGraph): Float64Array {
  const axis = new Float64Array(nodeCount)
  const greatest = new Uint8Array(nodeCount).fill(255)
  for (let e = 0; e < edgeCount; e++) {
    const node = edgeTo[e]!
    if (edgeClass[e]! >= greatest[node]!) continue
    greatest[node] = edgeClass[e]!
    axis[node] = pointBearing[pointStart[e + 1]! - 1]!
  }
  return axis
}
