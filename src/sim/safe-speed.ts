// How fast a car may be one second from now: the least that limits, bends, crossings, lights and
// the car ahead allow. Each is a place to be reached at no more than a speed; the rule for it is
// Gipps' (1981) with a reaction time of one second.
import { crossingRadiusM } from '../city/curves.ts'
import { wrapAngle } from '../city/plane.ts'
import { edgeFlag } from '../city/road-edges.ts'
import type { Car, Hold } from './car.ts'
import type { RoadLanes } from './lanes.ts'
import { approach, type Streets } from './streets.ts'

/** Bumper to bumper in a queue, from one car's place to the next one's. */
const queueSpacingM = 6.5
const stopLineM = 2
const bumpMs = 5.5
const slowMs = 9
const giveWayMs = 4
/** Who would have to brake harder than this for a light just turned goes on. */
const dilemmaMs2 = 3
const dilemmaS = 3
const speedMinMs = 1.8

/** The speed, and what set it to (nearly) nothing. One object is filled again and again: copy what
 *  is to be kept. */
export type Allowed = { speed: number; hold: Hold }

/**
 * The greatest speed after the next second from which a place `distance` ahead can still be reached
 * at `target` with deceleration `brake`: v'² + b·v' + b·v − target² − 2·b·distance ≤ 0 (trapezoidal
 * second, then constant braking).
 */
export function approachSpeed(speed: number, brake: number, distance: number, target: number): number {
  const root = (brake * brake) / 4 + target * target + 2 * brake * distance - brake * speed
  // Already too close for the comfortable rule: aim at the target itself, the caller bounds how
  // hard it brakes.
  return root <= 0 ? Math.min(target, speed) : Math.max(Math.sqrt(root) - brake / 2, 0)
}

export type Traffic = { readonly streets: Streets; readonly lanes: RoadLanes; readonly cars: readonly Car[] }

/** m/s the driver would do on the free edge. */
export const freeSpeed = (car: Car, edge: number, streets: Streets): number =>
  Math.min(streets.graph.edgeLimitMs[edge]! * car.driver.limitFactor, streets.surfaceMs(edge))

/** Looks along the route as far as the car needs to stop. */
export function lookAhead(car: Car, traffic: Traffic, worldS: number, out: Allowed): void {
  const { streets } = traffic
  const { graph } = streets
  const { motion, driver } = car
  const { speed, route } = motion
  const horizon = (speed * speed) / (2 * driver.brakeMs2) + speed * 2 + 12
  out.speed = Infinity
  out.hold = ''
  let ahead = -motion.s
  for (let i = motion.routeAt; i < route.length && ahead < horizon; i++) {
    const edge = route[i]!
    const length = graph.edgeLengthM[edge]!
    if (i > motion.routeAt) lower(out, approachSpeed(speed, driver.brakeMs2, ahead, freeSpeed(car, edge, streets)), '')
    alongEdge(car, streets, edge, ahead, out)
    ahead += length
    if (i === route.length - 1) lower(out, approachSpeed(speed, driver.brakeMs2, ahead - length + motion.goalS, 0), '')
    else endOfEdge(car, streets, i, ahead, worldS, out)
  }
  behindOthers(car, traffic, worldS, out)
}

function lower(out: Allowed, speed: number, hold: Hold): void {
  if (speed >= out.speed) return
  out.speed = speed
  out.hold = hold
}

function alongEdge(car: Car, { graph }: Streets, edge: number, ahead: number, out: Allowed): void {
  const { speed } = car.motion
  const { brakeMs2, lateralMs2 } = car.driver
  for (let p = graph.pointStart[edge]! + 1; p < graph.pointStart[edge + 1]! - 1; p++) {
    const radius = graph.pointRadiusM[p]!
    const distance = ahead + graph.pointS[p]!
    if (radius === Infinity || distance <= 0) continue
    lower(out, approachSpeed(speed, brakeMs2, distance, Math.max(Math.sqrt(lateralMs2 * radius), speedMinMs)), '')
  }
  if (graph.edgeFlags[edge]! & edgeFlag.bump) {
    const distance = ahead + graph.edgeLengthM[edge]! / 2
    if (distance > 0) lower(out, approachSpeed(speed, brakeMs2, distance, bumpMs), '')
  }
}

/** The crossing at the end of the route's edge `i`, `distance` ahead: its turn, its light, whom it
 *  lets pass first. */
// oxlint-disable-next-line max-params -- each car comes here each second for each edge it looks along: no object
function endOfEdge(
  car: Car,
  { graph, lights, edgeApproach }: Streets,
  i: number,
  distance: number,
  worldS: number,
  out: Allowed,
): void {
  const { motion, driver } = car
  const { speed } = motion
  const edge = motion.route[i]!
  const turn = turnBetween(graph, edge, motion.route[i + 1]!)
  const radius = crossingRadiusM(turn)
  if (radius !== Infinity)
    lower(
      out,
      approachSpeed(speed, driver.brakeMs2, distance, Math.max(Math.sqrt(driver.lateralMs2 * radius), speedMinMs)),
      '',
    )

  const node = graph.edgeTo[edge]!
  const line = distance - stopLineM
  if (graph.nodeSignal[node] === 1) {
    const redForS = lights.redForS(node, edge, worldS)
    const goesOn = redForS < dilemmaS && speed * speed > 2 * dilemmaMs2 * Math.max(line, 0.1)
    if (redForS > 0 && !goesOn && line > -1)
      lower(out, approachSpeed(speed, driver.brakeMs2, Math.max(line, 0), 0), 'signal')
    return
  }
  if (i === motion.routeAt && motion.giveWayS >= 0) {
    lower(out, approachSpeed(speed, driver.brakeMs2, Math.max(line, 0), 0), 'give-way')
    return
  }
  const rule = edgeApproach[edge]!
  if (rule !== approach.free)
    lower(out, approachSpeed(speed, driver.brakeMs2, distance, rule === approach.slow ? slowMs : giveWayMs), '')
}

/** Change of direction from one edge into the next, radians clockwise. */
export const turnBetween = (graph: Streets['graph'], edge: number, next: number): number =>
  wrapAngle(graph.pointBearing[graph.pointStart[next]!]! - graph.pointBearing[graph.pointStart[edge + 1]! - 1]!)

/** Where a street has several lanes one follows the car that many places ahead: the queue is that
 *  much shorter. */
function behindOthers(car: Car, { streets: { graph }, lanes, cars }: Traffic, worldS: number, out: Allowed): void {
  const { motion, driver } = car
  if (worldS < motion.passesUntilS) return
  const edge = motion.route[motion.routeAt]!
  const leader = lanes.ahead(car.index, graph.edgeLanes[edge]!)
  if (leader !== -1) {
    const other = cars[leader]!.motion
    follow(motion.speed, driver.brakeMs2, other.s - motion.s, other.speed, out)
    return
  }
  const next = motion.route[motion.routeAt + 1]
  const toEnd = graph.edgeLengthM[edge]! - motion.s
  if (next === undefined || toEnd > 40) return
  const tail = lanes.fromTail(next, graph.edgeLanes[next]!)
  if (tail !== -1 && tail !== car.index)
    follow(motion.speed, driver.brakeMs2, toEnd + cars[tail]!.motion.s, cars[tail]!.motion.speed, out)
}

function follow(speed: number, brake: number, distance: number, otherSpeed: number, out: Allowed): void {
  const gap = distance - queueSpacingM
  lower(out, gap <= 0 ? 0 : approachSpeed(speed, brake, gap, otherSpeed), 'traffic')
}
