// One second of a car's life: park, set out, drive, arrive, fill up, come to grief, be mended; and
// what it says of each.
import { latOfY, lonOfX } from '../city/plane.ts'
import { wayFlag } from '../city/city-file.ts'
import type { UplinkStream } from '../model/topic.ts'
import type { Car } from './car.ts'
import { age, ageEveryS } from './condition.ts'
import { drive, enterEdge } from './drive.ts'
import { charge, rest, spend } from './energy.ts'
import { observe } from './gnss.ts'
import { comeToRest, crashCar, failWhenEmpty, repair, type Crash } from './mishap.ts'
import { driving, ignitionOff, parked, snapshot, type Signals, type Surroundings } from './report.ts'
import type { Traffic } from './safe-speed.ts'
import { drawStayMs, planTrip, type Activity } from './trip-plan.ts'
import type { Truth } from './truth.ts'

/** An utterance of a car: a sample or an event. The caller gives it its boot and seq. */
export type Utterance =
  | { readonly samples: readonly [{ readonly at: number; readonly signals: Signals }] }
  | { readonly event: string; readonly at: number; readonly data: Readonly<Record<string, unknown>> }

/** Where a world's happenings go, in the order they happen. */
export type WorldSink = {
  readonly uplink: (car: Car, stream: UplinkStream, utterance: Utterance) => void
  readonly truth: (truth: Truth) => void
  /** The car's network comes or goes. */
  readonly network: (car: Car, up: boolean) => void
}

export type World = Traffic &
  Surroundings & { readonly activity: Activity; readonly startAt: number; readonly sink: WorldSink }

const parkedReportMs = 60_000
/** Engine on at the kerb before the key turns. */
const settleMs = 4000
const stopTruthMs = 3000
const tunnelNetworkM = 100

export function liveSecond(car: Car, world: World, at: number): void {
  if (car.phase === 'parked') return stayParked(car, world, at)
  if (car.phase === 'stranded') return stayStranded(car, world, at)
  driveOn(car, world, at)
}

function stayParked(car: Car, world: World, at: number): void {
  const { energy, model, condition } = car
  const seconds = Math.round((at - car.phaseStartAt) / 1000)
  if (seconds % ageEveryS === 0) age(condition, energy, 0, false, world.weather.temperatureC)
  if (energy.chargingKw > 0 && charge(energy, model)) endCharge(car, world, at)
  if (!car.told.introduced) return say(car, world, at, snapshot(car, world))
  if (at >= car.phaseEndsAt && energy.chargingKw === 0) return setOut(car, world, at)
  if ((at - car.phaseStartAt) % parkedReportMs < 1000) say(car, world, at, parked(car, world))
}

function setOut(car: Car, world: World, at: number): void {
  const { motion, trip, energy } = car
  if (!planTrip(car, world.streets)) {
    car.phaseEndsAt = at + 10_000
    return
  }
  car.phase = 'driving'
  car.phaseStartAt = at
  car.phaseEndsAt = 0
  car.told.seconds = 0
  Object.assign(trip, {
    startAt: at,
    startOdometerM: motion.odometerM,
    startBurntL: energy.burntL,
    startConsumedKwh: energy.consumedKwh,
    startLat: latOfY(world.plane, motion.y),
    startLon: lonOfX(world.plane, motion.x),
    idleMs: 0,
    maxSpeed: 0,
  })
  motion.acceleration = 0
  enterEdge(car, world, motion.route[0]!)
  car.stoppedAt = 0
  world.sink.uplink(car, 'event', { event: 'ignition-on', at, data: {} })
  say(car, world, at, snapshot(car, world))
}

function driveOn(car: Car, world: World, at: number): void {
  const { motion, mishaps } = car
  const worldS = (at - world.startAt) / 1000
  if (car.phaseEndsAt === 0) {
    const arrived = drive(car, world, worldS)
    if (arrived) arrive(car, world, at)
    else if (mishaps.failing && motion.speed === 0) strand(car, world, at)
  } else motion.acceleration = 0
  failWhenEmpty(car)
  endBraking(car, world, at)
  passSecond(car, world, at)
  if (car.phaseEndsAt !== 0 && car.phase === 'driving' && at >= car.phaseEndsAt) return park(car, world, at)
  say(car, world, at, driving(car, world))
  clearShock(car)
}

/** Energy, temperatures, receiver, network and idle time of one second with the ignition on. */
function passSecond(car: Car, world: World, at: number): void {
  const { motion, trip, energy, model, condition, told } = car
  const outsideC = world.weather.temperatureC
  if (!car.mishaps.airbag)
    spend(energy, model, Math.max(motion.speed - motion.acceleration / 2, 0), motion.acceleration, outsideC)
  if (told.seconds % ageEveryS === 0) age(condition, energy, motion.speed, true, outsideC)
  lookAtSky(car, world, at)
  trip.maxSpeed = Math.max(trip.maxSpeed, motion.speed)
  // In the second in which it comes to a stop, or sets off, it moves.
  if (motion.speed === 0 && motion.acceleration === 0) trip.idleMs += 1000
  noteStop(car, world, at)
}

/** Tunnels and dead spots: no position, and (but for short ones) no network. */
function lookAtSky(car: Car, world: World, at: number): void {
  const { motion, mishaps, fix, noise } = car
  const { graph } = world.streets
  const edge = motion.route[motion.routeAt]!
  const inTunnel = (graph.edgeFlags[edge]! & wayFlag.tunnel) !== 0
  const hidden = at < mishaps.hiddenUntilAt
  observe(fix, noise, !inTunnel && !hidden, motion.speed > 0)
  const offline = hidden || (inTunnel && graph.edgeLengthM[edge]! > tunnelNetworkM)
  if (offline === mishaps.hiddenSinceAt > 0) return
  world.sink.network(car, !offline)
  if (!offline) world.sink.truth({ kind: 'tunnel', vehicle: car.id, startAt: mishaps.hiddenSinceAt, endAt: at })
  mishaps.hiddenSinceAt = offline ? at : 0
}

function noteStop(car: Car, world: World, at: number): void {
  if (car.motion.speed === 0 && car.phase === 'driving' && car.phaseEndsAt === 0) {
    if (car.stoppedAt === 0) {
      car.stoppedAt = at
      car.stopReason = car.motion.hold
    }
    return
  }
  if (car.stoppedAt !== 0 && at - car.stoppedAt >= stopTruthMs)
    world.sink.truth({
      kind: 'stop',
      vehicle: car.id,
      startAt: car.stoppedAt,
      endAt: at,
      reason: car.stopReason || 'other',
    })
  car.stoppedAt = 0
}

function endBraking(car: Car, world: World, at: number): void {
  const { mishaps, motion } = car
  if (mishaps.brakingMs2 === 0) return
  mishaps.brakingPeakMs2 = Math.max(mishaps.brakingPeakMs2, -motion.acceleration)
  if (at < mishaps.brakingUntilAt && motion.speed > 0) return
  const { brakingStartAt: startAt, brakingPeakMs2: peakMs2 } = mishaps
  if (peakMs2 > 0)
    world.sink.truth({ kind: 'harsh-braking', vehicle: car.id, startAt, endAt: at, peakMs2: hundredths(peakMs2) })
  mishaps.brakingMs2 = 0
}

/** At the kerb: a bump against it now and then, a slammed door; the key turns a few seconds
 *  later. */
function arrive(car: Car, world: World, at: number): void {
  car.phaseEndsAt = at + settleMs
  world.lanes.leave(car.index)
  const { random, mishaps } = car
  const kind = random.chance(0.03) ? 'kerb' : random.chance(0.05) ? 'door-slam' : null
  if (kind === null) return
  const { shock } = mishaps
  shock.lateral = random.between(4, kind === 'kerb' ? 9 : 13) * (random.chance(0.5) ? 1 : -1)
  if (kind === 'kerb') shock.vertical = random.between(6, 15)
  const peakG = Math.max(Math.abs(shock.lateral), shock.vertical) / 9.81
  world.sink.truth({ kind, vehicle: car.id, at, peakG: hundredths(peakG) })
}

function park(car: Car, world: World, at: number): void {
  const { motion, energy, model, mishaps } = car
  motion.speed = 0
  motion.acceleration = 0
  world.lanes.leave(car.index)
  rest(energy)
  say(car, world, at, ignitionOff(car, world))
  world.sink.uplink(car, 'event', { event: 'ignition-off', at, data: {} })
  world.sink.truth(tripTruth(car, world, at))
  car.stoppedAt = 0
  car.phase = 'parked'
  car.phaseStartAt = at
  car.phaseEndsAt = at + drawStayMs(car, world.activity, at)
  if (mishaps.code !== null || mishaps.airbag) repair(car)
  if (car.toStation) fillUp(car, world, at, model.tankL)
}

function fillUp(car: Car, world: World, at: number, tankL: number): void {
  const { energy, random } = car
  car.toStation = false
  if (tankL === 0) {
    charge(energy, car.model)
    car.chargeStartKwh = energy.batteryKwh
    return
  }
  const litres = tankL * random.between(0.85, 0.98) - energy.fuelL
  energy.fuelL += Math.max(litres, 0)
  world.sink.truth({ kind: 'refuel', vehicle: car.id, at, litres: hundredths(litres) })
}

function endCharge(car: Car, world: World, at: number): void {
  const { energy } = car
  rest(energy)
  say(car, world, at, parked(car, world))
  const kwh = hundredths(energy.batteryKwh - car.chargeStartKwh)
  world.sink.truth({ kind: 'charge', vehicle: car.id, startAt: car.phaseStartAt, endAt: at, kwh })
}

function strand(car: Car, world: World, at: number): void {
  comeToRest(car, at)
  world.lanes.leave(car.index)
  car.mishaps.hazardLights = true
  world.sink.uplink(car, 'event', { event: 'trouble-code', at, data: { code: car.mishaps.code } })
  world.sink.truth({ kind: 'breakdown', vehicle: car.id, at, endAt: car.phaseEndsAt, code: car.mishaps.code ?? '' })
}

/** The crash takes this second's place: from speed to standstill, then minutes of nothing. */
export function crashNow(car: Car, world: World, at: number, pulse: Crash): void {
  const { motion, mishaps } = car
  const before = motion.speed
  motion.speed = 0
  motion.acceleration = -before
  motion.lateral = motion.yawRate = 0
  motion.odometerM += before / 2
  crashCar(car, pulse, at)
  world.lanes.leave(car.index)
  passSecond(car, world, at)
  say(car, world, at, driving(car, world))
  clearShock(car)
  if (pulse.airbag)
    world.sink.uplink(car, 'critical', {
      event: 'airbag-deployed',
      at,
      data: { deltaVKmh: Math.round(pulse.deltaVKmh) },
    })
  mishaps.hazardLights = true
  world.sink.truth({
    kind: 'crash',
    vehicle: car.id,
    at,
    peakG: hundredths(pulse.peakG),
    deltaVKmh: hundredths(pulse.deltaVKmh),
    airbag: pulse.airbag,
  })
}

/** After a crash the car is towed: ignition off where it stands. After a breakdown it is mended and
 *  drives on. */
function stayStranded(car: Car, world: World, at: number): void {
  car.motion.acceleration = car.motion.lateral = car.motion.yawRate = 0
  passSecond(car, world, at)
  if (at < car.phaseEndsAt) return say(car, world, at, driving(car, world))
  if (!car.mishaps.brokenDown) {
    car.phase = 'driving'
    return park(car, world, at)
  }
  repair(car)
  if (car.energy.fuelL === 0) car.energy.fuelL = car.model.tankL * 0.15
  if (car.model.powertrain === 'ELECTRIC' && car.energy.batteryKwh === 0)
    car.energy.batteryKwh = car.energy.capacityKwh * 0.1
  car.phase = 'driving'
  car.phaseEndsAt = 0
  enterEdge(car, world, car.motion.route[car.motion.routeAt]!)
  say(car, world, at, driving(car, world))
}

function say(car: Car, world: World, at: number, signals: Signals): void {
  world.sink.uplink(car, 'telemetry', { samples: [{ at, signals }] })
}

function clearShock({ mishaps: { shock } }: Car): void {
  shock.longitudinal = shock.lateral = shock.vertical = 0
}

const hundredths = (value: number): number => Math.round(value * 100) / 100
const millionths = (value: number): number => Math.round(value * 1e6) / 1e6

/** The trip so far; `endAt` null while it goes on. */
export function tripTruth({ id, trip, motion, energy, model }: Car, { plane }: World, endAt: number | null): Truth {
  return {
    kind: 'trip',
    vehicle: id,
    startAt: trip.startAt,
    endAt,
    distanceM: hundredths(motion.odometerM - trip.startOdometerM),
    idleMs: trip.idleMs,
    maxSpeedKmh: hundredths(trip.maxSpeed * 3.6),
    fuelL: model.tankL > 0 ? Math.round((energy.burntL - trip.startBurntL) * 1e4) / 1e4 : null,
    energyKwh:
      model.powertrain === 'ELECTRIC' ? Math.round((energy.consumedKwh - trip.startConsumedKwh) * 1e4) / 1e4 : null,
    start: { lat: millionths(trip.startLat), lon: millionths(trip.startLon) },
    end: { lat: millionths(latOfY(plane, motion.y)), lon: millionths(lonOfX(plane, motion.x)) },
  }
}
