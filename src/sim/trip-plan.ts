// Where a parked car goes next and when: destinations draw by what lies along a street and repel by
// distance; a car low on fuel or charge goes to the nearest station.
import type { Car } from './car.ts'
import { localHour } from './climate.ts'
import { reserveShare } from './energy.ts'
import type { Kerb, Streets } from './streets.ts'

/** `lively`: short stops, so that most cars are under way at any time. `day`: a city's day, cars
 *  park for hours. */
export type Activity = 'lively' | 'day'

const minuteMs = 60_000
const distanceScaleM = 4500
const distanceMinM = 800
const fillUpShare = 0.12
/** Electric cars allow more for the way. */
const chargeShare = 0.2

/** Share of the day's busiest hour in which people set out, by local hour (shape of a weekday's
 *  traffic count). */
const demandByHour = [
  0.08, 0.05, 0.04, 0.04, 0.06, 0.15, 0.45, 0.9, 1, 0.8, 0.7, 0.75, 0.85, 0.8, 0.75, 0.8, 0.9, 1, 1, 0.8, 0.6, 0.45,
  0.3, 0.15,
] as const

/** Plans the next trip from where the car stands. Gives false when no destination was found this
 *  time. */
export function planTrip(car: Car, streets: Streets): boolean {
  const { motion, energy, model } = car
  const { graph } = streets
  const here = motion.route[motion.routeAt]!
  car.toStation = reserveShare(energy, model) < (model.tankL > 0 ? fillUpShare : chargeShare)
  const goal = car.toStation ? streets.nearestStation(motion.x, motion.y) : drawGoal(car, streets)
  if (goal === null || goal.edge === here || goal.edge === graph.edgeReverse[here]) return false
  const route = streets.router.route(here, goal.edge)
  if (route === null || route.length < 2) return false
  if (route[0] !== here) motion.s = graph.edgeLengthM[here]! - motion.s
  motion.goalS = route.at(-1) === goal.edge ? goal.s : graph.edgeLengthM[goal.edge]! - goal.s
  motion.route = route
  motion.routeAt = 0
  motion.giveWayS = -1
  motion.blockedS = 0
  return true
}

function drawGoal(car: Car, streets: Streets): Kerb | null {
  const { graph, drawKerb } = streets
  for (let i = 0; i < 12; i++) {
    const kerb = drawKerb(car.random)
    const node = graph.edgeFrom[kerb.edge]!
    const distance = Math.hypot(graph.nodeX[node]! - car.motion.x, graph.nodeY[node]! - car.motion.y)
    if (distance > distanceMinM && car.random.chance(Math.exp(-distance / distanceScaleM))) return kerb
  }
  return null
}

/** How long the car stays parked from `at`. */
export function drawStayMs(car: Car, activity: Activity, at: number): number {
  if (activity === 'lively') return car.random.between(0.5, 1.5) * minuteMs + car.random.exponential(1.2 * minuteMs)
  const demand = demandByHour[Math.floor(localHour(at))] ?? 1
  return 5 * minuteMs + car.random.exponential((120 * minuteMs) / demand)
}

/** When a car that is parked as the world begins sets out: most of a lively city within seconds. */
export const drawFirstStayMs = (car: Car, activity: Activity, at: number): number =>
  activity === 'lively' && car.random.chance(0.85)
    ? car.random.between(0, 20) * 1000
    : car.random.unit() * drawStayMs(car, activity, at)
