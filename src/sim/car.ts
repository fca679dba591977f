// All that one simulated car is. Plain mutable state, advanced only by the functions beside it;
// metres, seconds and m/s.
import { drawDriver, drawModel, type CarModel, type Driver } from './car-model.ts'
import { drawCondition, type CarCondition } from './condition.ts'
import { drawEnergy, type Energy } from './energy.ts'
import { freshFix, type GnssFix } from './gnss.ts'
import { Random } from './random.ts'
import { nothingTold, type CarTold } from './told.ts'
import type { UnitKind } from './unit.ts'

/**
 *   parked ──ignition on──► driving ──arrived──► parked
 *                              │
 *                              └──crash, breakdown──► stranded ──repaired──► driving | parked
 */
export type Phase = 'parked' | 'driving' | 'stranded'

/** Why a car that may not move does not. */
export type Hold = 'signal' | 'give-way' | 'traffic' | ''

/** Where the car is and how it moves. */
export type CarMotion = {
  /** Edges from here to the destination, the present one at `routeAt`. */
  route: Uint32Array
  routeAt: number
  /** Metres from the start of the present edge. */
  s: number
  /** Where on the last edge the trip ends. */
  goalS: number
  speed: number
  x: number
  y: number
  /** Radians clockwise from north. */
  heading: number
  odometerM: number
  /** Mean over the last second. */
  acceleration: number
  /** The largest of the last second, with their signs: left and counterclockwise positive (ISO
   *  8855). */
  lateral: number
  yawRate: number
  /** Seconds to wait yet at the end of this edge before the way is free; −1 = no need to stop. */
  giveWayS: number
  /** The hold that kept the speed down in the last second; empty for the road itself. */
  hold: Hold
  /** Seconds stood still behind another car. */
  blockedS: number
  /** Drives around whoever is in front until this second of the world. */
  passesUntilS: number
}

/** The trip under way. */
export type TripSoFar = {
  startAt: number
  startOdometerM: number
  startBurntL: number
  startConsumedKwh: number
  startLat: number
  startLon: number
  idleMs: number
  maxSpeed: number
}

export type Peaks = { longitudinal: number; lateral: number; vertical: number }

/** Mishaps under way, if any. */
export type Mishaps = {
  /** Deceleration of a harsh braking under way, m/s²; 0 = none. */
  brakingMs2: number
  brakingUntilAt: number
  brakingStartAt: number
  brakingPeakMs2: number
  /** A trouble code while it is stored. */
  code: string | null
  /** Rolls out to the roadside. */
  failing: boolean
  brokenDown: boolean
  airbag: boolean
  hazardLights: boolean
  /** Without network and sky until this instant; 0 = no. */
  hiddenUntilAt: number
  hiddenSinceAt: number
  /** Peaks to add to this second's, m/s². */
  readonly shock: Peaks
}

export type Car = {
  readonly index: number
  readonly id: string
  readonly unit: UnitKind
  readonly model: CarModel
  readonly driver: Driver
  readonly random: Random
  /** The sensors' own chance, so that a reading never changes a decision. */
  readonly noise: Random
  /** Chance that befalls it: apart too, so that no rate changes where a car drives until something
   *  happens. */
  readonly luck: Random
  /** Milliseconds after the full second at which this car's second is. */
  readonly phaseMs: number
  phase: Phase
  /** Ends the phase when it is parked or stranded. */
  phaseEndsAt: number
  phaseStartAt: number
  readonly motion: CarMotion
  readonly trip: TripSoFar
  readonly energy: Energy
  readonly condition: CarCondition
  readonly fix: GnssFix
  readonly mishaps: Mishaps
  readonly told: CarTold
  /** Stands with the engine on since then; 0 = moves or is parked. */
  stoppedAt: number
  stopReason: Hold
  /** Where this trip leads: to a station to fill up, or anywhere. */
  toStation: boolean
  /** In the battery when the cable was plugged in. */
  chargeStartKwh: number
}

const purpose = { character: 1, decisions: 2, sensors: 3, luck: 4 } as const

/** `car-00001` for index 0 and the prefix `car`. */
export const carId = (index: number, prefix = usualPrefix): string => `${prefix}-${String(index + 1).padStart(5, '0')}`
/** The demonstration's cars. */
const usualPrefix = 'car'

/** A car as it stands parked before the world begins. */
export function newCar(
  seed: number,
  index: number,
  { prefix, unit = 'full' }: { prefix?: string | undefined; unit?: UnitKind | undefined } = {},
): Car {
  const character = new Random(seed, index, purpose.character)
  const model = drawModel(character)
  return {
    index,
    id: carId(index, prefix),
    unit,
    model,
    driver: drawDriver(character),
    random: new Random(seed, index, purpose.decisions),
    noise: new Random(seed, index, purpose.sensors),
    luck: new Random(seed, index, purpose.luck),
    // A step of 618 ms scatters neighbours over the second whatever the number of cars.
    phaseMs: (index * 618) % 1000,
    phase: 'parked',
    phaseEndsAt: 0,
    phaseStartAt: 0,
    motion: {
      route: new Uint32Array(0),
      routeAt: 0,
      s: 0,
      goalS: 0,
      speed: 0,
      x: 0,
      y: 0,
      heading: 0,
      odometerM: Math.floor(character.between(2_000_000, 140_000_000)),
      acceleration: 0,
      lateral: 0,
      yawRate: 0,
      giveWayS: -1,
      hold: '',
      blockedS: 0,
      passesUntilS: 0,
    },
    trip: {
      startAt: 0,
      startOdometerM: 0,
      startBurntL: 0,
      startConsumedKwh: 0,
      startLat: 0,
      startLon: 0,
      idleMs: 0,
      maxSpeed: 0,
    },
    energy: drawEnergy(model, character),
    condition: drawCondition(model, character),
    fix: freshFix(),
    mishaps: {
      brakingMs2: 0,
      brakingUntilAt: 0,
      brakingStartAt: 0,
      brakingPeakMs2: 0,
      code: null,
      failing: false,
      brokenDown: false,
      airbag: false,
      hazardLights: false,
      hiddenUntilAt: 0,
      hiddenSinceAt: 0,
      shock: { longitudinal: 0, lateral: 0, vertical: 0 },
    },
    told: nothingTold(),
    stoppedAt: 0,
    stopReason: '',
    toStation: false,
    chargeStartKwh: 0,
  }
}
