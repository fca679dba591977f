// The world that all cars share and none changes: the road graph with its router and lights, who
// gives way where, and where trips go.
import { roadClasses, wayFlag, type RoadClass } from '../city/city-file.ts'
import type { City } from '../city/city.ts'
import { eastM, northM } from '../city/plane.ts'
import { edgeFlag } from '../city/road-edges.ts'
import { roadGraph, type RoadGraph } from '../city/road-graph.ts'
import { openRouter, type StreetRouter } from '../city/router.ts'
import type { Random } from './random.ts'
import { trafficLights, type TrafficLights } from './traffic-lights.ts'

/** The demand of the end of an edge of a car that comes along it. */
export const approach = { free: 0, slow: 1, giveWay: 2, stop: 3 } as const

/** A place at the side of a street: an edge and metres from its start. */
export type Kerb = { readonly edge: number; readonly s: number }

export type Streets = {
  readonly city: City
  readonly graph: RoadGraph
  readonly router: StreetRouter
  readonly lights: TrafficLights
  /** One of `approach` for each edge. */
  readonly edgeApproach: Uint8Array
  /** m/s that the surface allows: Infinity on asphalt. */
  readonly surfaceMs: (edge: number) => number
  /** A place where people live, work or shop. */
  readonly drawKerb: (random: Random) => Kerb
  /** The fuel and charging station nearest to a place in a straight line. */
  readonly nearestStation: (xM: number, yM: number) => Kerb
}

/** How often a metre of such a road is where someone wants to go. */
const attraction: Readonly<Record<RoadClass, number>> = {
  trunk: 0,
  trunk_link: 0,
  primary: 1,
  primary_link: 0,
  secondary: 1.5,
  secondary_link: 0,
  tertiary: 1.5,
  tertiary_link: 0,
  unclassified: 1,
  residential: 1,
  living_street: 1,
}
const unpavedMs = 35 / 3.6
const cobbledMs = 40 / 3.6
const edgeMinM = 25

/** Plans do not depend on the seed, so each is the same for every world of a city, and worth
 *  building once. */
const plans = new WeakMap<City, ReturnType<typeof planCity>>()

function planCity(city: City) {
  const graph = roadGraph(city)
  const places = destinations(graph)
  return {
    graph,
    places,
    stations: stationKerbs(city, graph, places.edges),
    router: openRouter(graph),
    edgeApproach: approaches(graph),
  }
}

/** Builds what all worlds of the city share, half a second of work, unless it was. */
export function planStreets(city: City): ReturnType<typeof planCity> {
  const plan = plans.get(city) ?? planCity(city)
  plans.set(city, plan)
  return plan
}

export function openStreets(city: City, seed: number): Streets {
  const { graph, places, stations, router, edgeApproach } = planStreets(city)
  return {
    city,
    graph,
    router,
    lights: trafficLights(graph, seed),
    edgeApproach,
    surfaceMs: (edge) => {
      const flags = graph.edgeFlags[edge]!
      return flags & wayFlag.unpaved ? unpavedMs : flags & wayFlag.cobbled ? cobbledMs : Infinity
    },
    drawKerb: (random) => {
      const edge = places.edges[places.find(random.unit())]!
      return { edge, s: graph.edgeLengthM[edge]! * random.between(0.25, 0.75) }
    },
    nearestStation: (x, y) => {
      let best = stations[0]!
      for (const station of stations) if (distance2(station, x, y) < distance2(best, x, y)) best = station
      return best
    },
  }
}

const distance2 = (at: { readonly x: number; readonly y: number }, x: number, y: number): number =>
  (at.x - x) ** 2 + (at.y - y) ** 2

/** Edges where trips begin and end, and the search for the one at a share of all attraction. */
function destinations(graph: RoadGraph): { edges: readonly number[]; find: (share: number) => number } {
  const edges: number[] = []
  const upTo: number[] = []
  let total = 0
  for (let e = 0; e < graph.edgeCount; e++) {
    const weight = attraction[roadClasses[graph.edgeClass[e]!]!] * graph.edgeLengthM[e]!
    const connected = graph.nodeConnected[graph.edgeFrom[e]!] === 1 && graph.nodeConnected[graph.edgeTo[e]!] === 1
    const closed = (graph.edgeFlags[e]! & (wayFlag.tunnel | wayFlag.roundabout)) !== 0
    if (weight === 0 || !connected || closed || graph.edgeLengthM[e]! < edgeMinM) continue
    total += Math.min(weight, 300)
    edges.push(e)
    upTo.push(total)
  }
  if (edges.length === 0) throw new Error('This city has no street where a trip could end.')
  return {
    edges,
    find: (share) => {
      let low = 0
      for (let high = edges.length - 1; low < high;) {
        const middle = (low + high) >> 1
        if (upTo[middle]! > share * total) high = middle
        else low = middle + 1
      }
      return low
    },
  }
}

type Station = Kerb & { readonly x: number; readonly y: number }

/** Each station at the nearest usable edge, by the edge's middle. */
function stationKerbs(city: City, graph: RoadGraph, edges: readonly number[]): Station[] {
  const middles = edges.map((edge) => {
    const a = graph.edgeFrom[edge]!
    const b = graph.edgeTo[edge]!
    return { edge, x: (graph.nodeX[a]! + graph.nodeX[b]!) / 2, y: (graph.nodeY[a]! + graph.nodeY[b]!) / 2 }
  })
  const found = city.fuelStations.map(({ lonE7, latE7 }) => {
    const x = eastM(graph.plane, lonE7 / 1e7)
    const y = northM(graph.plane, latE7 / 1e7)
    let best = middles[0]!
    for (const middle of middles) if (distance2(middle, x, y) < distance2(best, x, y)) best = middle
    return { edge: best.edge, s: graph.edgeLengthM[best.edge]! / 2, x: best.x, y: best.y }
  })
  return found.length > 0 ? found : [{ edge: middles[0]!.edge, s: 0, x: middles[0]!.x, y: middles[0]!.y }]
}

/** Lesser roads give way to greater ones, all to a roundabout; at a crossing of equals one looks
 *  and slows down. */
function approaches(graph: RoadGraph): Uint8Array {
  const out = new Uint8Array(graph.edgeCount)
  for (let e = 0; e < graph.edgeCount; e++) {
    const node = graph.edgeTo[e]!
    if (graph.nodeSignal[node] === 1) continue
    if (graph.edgeFlags[e]! & edgeFlag.stopSign) {
      out[e] = approach.stop
      continue
    }
    const onRoundabout = (graph.edgeFlags[e]! & wayFlag.roundabout) !== 0
    for (let i = graph.outStart[node]!; i < graph.outStart[node + 1]!; i++) {
      const other = graph.outEdges[i]!
      const ways = graph.outStart[node + 1]! - graph.outStart[node]!
      const toRoundabout = (graph.edgeFlags[other]! & wayFlag.roundabout) !== 0
      if (onRoundabout || ways < 2 || other === graph.edgeReverse[e]) continue
      if (toRoundabout || graph.edgeClass[other]! < graph.edgeClass[e]!) out[e] = approach.giveWay
      else if (ways >= 3 && graph.edgeClass[other] === graph.edgeClass[e]) out[e] = Math.max(out[e]!, approach.slow)
    }
  }
  return out
}
