// One second of driving: choose the speed, move along the route, feel the bends. Speed changes
// evenly within the second, so distance is the mean of both speeds; that keeps odometer and speed
// in step with each other.
import { bearing } from '../city/plane.ts'
import { crossingRadiusM } from '../city/curves.ts'
import { edgeFlag } from '../city/road-edges.ts'
import type { Car } from './car.ts'
import { freeSpeed, lookAhead, turnBetween, type Allowed, type Traffic } from './safe-speed.ts'
import { approach } from './streets.ts'

/** A driver brakes this hard when something is in the way; harder only in a harsh braking. */
const brakeMaxMs2 = 5
const coastMs2 = 0.9
/** Below this a wheel sensor reads nothing. */
const standstillMs = 0.15
const patienceS = 40
const passingS = 8
/** Slow wavering of the wish to go fast. */
const waverShare = 0.04

/** Filled anew for each car: a city of cars would otherwise leave one behind each second. */
const allowed: Allowed = { speed: 0, hold: '' }

/** Advances the car by one second. Gives true when it stands at its destination. */
export function drive(car: Car, traffic: Traffic, worldS: number): boolean {
  const { motion, mishaps } = car
  lookAhead(car, traffic, worldS, allowed)
  motion.hold = allowed.hold
  const next = mishaps.failing ? Math.max(0, motion.speed - 1.3) : nextSpeed(car, traffic)
  advance(car, traffic, next)
  waitAndLook(car, traffic, worldS)
  const last = motion.routeAt === motion.route.length - 1
  return last && motion.speed === 0 && motion.goalS - motion.s < 4
}

function nextSpeed(car: Car, { streets }: Traffic): number {
  const { motion, driver, model, mishaps } = car
  const { speed } = motion
  if (mishaps.brakingMs2 > 0) return Math.max(0, speed - mishaps.brakingMs2)
  const wish = freeSpeed(car, motion.route[motion.routeAt]!, streets) * (1 + waverShare * (car.random.unit() - 0.5))
  // The free-road term of the Intelligent Driver Model (Treiber et al. 2000), bounded by the
  // engine.
  const powerMs2 = (model.powerKw * 700) / (model.massKg * Math.max(speed, 4))
  const gain = Math.min(driver.accelMs2 * (1 - (speed / wish) ** 4), powerMs2)
  const free = speed + Math.max(gain, -coastMs2)
  const next = Math.max(Math.min(free, allowed.speed), speed - brakeMaxMs2, 0)
  return next < standstillMs ? 0 : next
}

/** Moves by the mean of both speeds, through as many edges as that takes. */
function advance(car: Car, traffic: Traffic, next: number): void {
  const { motion } = car
  const { graph } = traffic.streets
  const step = (motion.speed + next) / 2
  motion.acceleration = next - motion.speed
  motion.speed = next
  motion.lateral = 0
  motion.yawRate = 0
  if (step === 0) return
  const from = motion.s
  motion.s += step
  motion.odometerM += step
  let edge = motion.route[motion.routeAt]!
  feelBends(car, traffic, edge, from)
  while (motion.s >= graph.edgeLengthM[edge]! && motion.routeAt + 1 < motion.route.length) {
    const following = motion.route[motion.routeAt + 1]!
    const turn = turnBetween(graph, edge, following)
    feel(car, crossingRadiusM(turn), turn, next)
    motion.s -= graph.edgeLengthM[edge]!
    motion.routeAt++
    edge = following
    enterEdge(car, traffic, edge)
    feelBends(car, traffic, edge, 0)
  }
  motion.s = Math.min(motion.s, graph.edgeLengthM[edge]!)
  placeOnRoute(car, traffic)
}

/** Looks ahead on turning into an edge: whom to let pass at its end. */
export function enterEdge(car: Car, { lanes, streets }: Traffic, edge: number): void {
  const { motion, random } = car
  lanes.enter(car.index, edge, motion.s)
  const rule = streets.edgeApproach[edge]!
  const stops = rule === approach.stop || (rule === approach.giveWay && random.chance(0.3))
  motion.giveWayS = stops ? Math.ceil(random.exponential(rule === approach.stop ? 2 : 3)) : -1
}

/** The bends and the bump of an edge between `from` and where the car is by now. */
function feelBends(car: Car, { streets: { graph } }: Traffic, edge: number, from: number): void {
  const { s: to, speed } = car.motion
  for (let p = graph.pointStart[edge]! + 1; p < graph.pointStart[edge + 1]! - 1; p++) {
    const s = graph.pointS[p]!
    if (s > to) break
    if (s > from) feel(car, graph.pointRadiusM[p]!, graph.pointBearing[p]! - graph.pointBearing[p - 1]!, speed)
  }
  const middle = graph.edgeLengthM[edge]! / 2
  if (graph.edgeFlags[edge]! & edgeFlag.bump && from <= middle && to > middle)
    car.mishaps.shock.vertical = Math.max(car.mishaps.shock.vertical, 1.5 + 0.35 * speed)
}

/** v²/r to the side and v/r of yaw; a turn to the right (clockwise) is negative in both. */
function feel(car: Car, radius: number, turn: number, speed: number): void {
  if (radius === Infinity) return
  const side = Math.sin(turn) > 0 ? -1 : 1
  const lateral = side * Math.min((speed * speed) / radius, car.driver.lateralMs2 * 1.4)
  if (Math.abs(lateral) <= Math.abs(car.motion.lateral)) return
  car.motion.lateral = lateral
  car.motion.yawRate = speed > 0.5 ? lateral / speed : 0
}

/** Sets x, y and the course over ground from the place on the route. */
export function placeOnRoute(car: Car, { streets: { graph } }: Traffic): void {
  const { motion } = car
  const edge = motion.route[motion.routeAt]!
  let p = graph.pointStart[edge]!
  const last = graph.pointStart[edge + 1]! - 2
  while (p < last && graph.pointS[p + 1]! <= motion.s) p++
  const share = (motion.s - graph.pointS[p]!) / (graph.pointS[p + 1]! - graph.pointS[p]! || 1)
  const x = graph.pointX[p]! + share * (graph.pointX[p + 1]! - graph.pointX[p]!)
  const y = graph.pointY[p]! + share * (graph.pointY[p + 1]! - graph.pointY[p]!)
  if (Math.hypot(x - motion.x, y - motion.y) > 0.5) motion.heading = bearing(x - motion.x, y - motion.y)
  motion.x = x
  motion.y = y
}

/** Counts down a stop at a give-way line, and loses patience behind a car that does not move. */
function waitAndLook(car: Car, { streets: { graph } }: Traffic, worldS: number): void {
  const { motion } = car
  if (motion.speed > 0.3) {
    motion.blockedS = 0
    return
  }
  const toEnd = graph.edgeLengthM[motion.route[motion.routeAt]!]! - motion.s
  if (motion.giveWayS >= 0 && toEnd < 6) motion.giveWayS--
  if (motion.hold !== 'traffic') return
  motion.blockedS++
  if (motion.blockedS < patienceS) return
  motion.blockedS = 0
  motion.passesUntilS = worldS + passingS
}
