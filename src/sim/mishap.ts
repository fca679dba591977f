// The effects of an incident on a car. Each effect needs the car in a state where it can happen,
// and says whether it did.
import type { Car } from './car.ts'
import { reserveShare } from './energy.ts'
import type { IncidentKind } from './incidents.ts'

const gravityMs2 = 9.81
export const crashPeakMinG = 8
/** The floor pulse of a rigid-wall test at 57 km/h peaks near 45 g (NHTSA 10146); no milder crash
 *  exceeds it. */
export const crashPeakMaxG = 45
/** Airbags stay folded in lighter pulses. */
export const airbagFromG = 16

/** Codes of SAE J2012 that stop a car, with what people know them by in the documents. */
const combustionCodes = ['P0301', 'P0217', 'P0335', 'P0562', 'P0087'] as const
const electricCodes = ['P0A1A', 'P0AA6', 'P0A7F', 'P0562'] as const

export type Crash = { readonly peakG: number; readonly deltaVKmh: number; readonly airbag: boolean }

/** Starts the incident, or gives false when the car is not in a state for it. A crash is only drawn
 *  here, see `drawCrash`. */
export function startMishap(kind: Exclude<IncidentKind, 'crash' | 'minor-crash'>, car: Car, at: number): boolean {
  if (car.phase !== 'driving' || car.mishaps.failing) return false
  switch (kind) {
    case 'harsh-braking':
      return brakeHard(car, at)
    case 'breakdown':
      return breakDown(car, car.random.pick(car.model.tankL > 0 ? combustionCodes : electricCodes))
    case 'low-energy':
      return runLow(car)
    case 'tunnel':
      return hide(car, at)
    case 'pothole':
      return hitPothole(car)
    default:
      return kind satisfies never
  }
}

function brakeHard(car: Car, at: number): boolean {
  const { mishaps, motion, random } = car
  if (mishaps.brakingMs2 > 0 || motion.speed < 7) return false
  mishaps.brakingMs2 = random.between(4.2, 8)
  mishaps.brakingStartAt = at
  mishaps.brakingPeakMs2 = 0
  // Often to a standstill, sometimes only until the danger is past.
  mishaps.brakingUntilAt = at + (random.chance(0.5) ? 10_000 : 1000 * Math.ceil(random.between(1, 2)))
  return true
}

function breakDown(car: Car, code: string): boolean {
  car.mishaps.code = code
  car.mishaps.failing = true
  return true
}

/** Empty: the car rolls out with the code for it. */
export function failWhenEmpty(car: Car): void {
  if (!car.mishaps.failing && reserveShare(car.energy, car.model) <= 0)
    breakDown(car, car.model.tankL > 0 ? 'P0087' : 'P0A7D')
}

function runLow(car: Car): boolean {
  const { energy, model, random } = car
  if (reserveShare(energy, model) < 0.1) return false
  const share = random.between(0.05, 0.09)
  if (model.tankL > 0) energy.fuelL = model.tankL * share
  else energy.batteryKwh = energy.capacityKwh * share
  return true
}

function hide(car: Car, at: number): boolean {
  if (car.mishaps.hiddenUntilAt > at) return false
  car.mishaps.hiddenUntilAt = at + 1000 * Math.round(car.random.between(30, 180))
  return true
}

function hitPothole(car: Car): boolean {
  const { motion, random, mishaps } = car
  if (motion.speed < 5) return false
  const sharpness = Math.min(motion.speed / 14, 1.2)
  mishaps.shock.vertical = random.between(8, 29) * sharpness
  mishaps.shock.longitudinal = -random.between(0.5, 3) * sharpness
  mishaps.shock.lateral = random.between(-2, 2) * sharpness
  return true
}

/** The crash a car at this speed has, or null when it is too slow (or not driving) to crash. */
export function drawCrash(kind: 'crash' | 'minor-crash', car: Car): Crash | null {
  const { motion, random, mishaps } = car
  const deltaVKmh = motion.speed * 3.6
  if (car.phase !== 'driving' || mishaps.failing || deltaVKmh < (kind === 'crash' ? 28 : 12)) return null
  const pulseG = 0.65 * deltaVKmh * random.between(0.9, 1.25)
  const [low, high] = kind === 'crash' ? [airbagFromG, crashPeakMaxG] : [crashPeakMinG, airbagFromG - 0.5]
  return { peakG: Math.min(Math.max(pulseG, low), high), deltaVKmh, airbag: kind === 'crash' }
}

/** Leaves the car where it stands, with the pulse in this second's peaks. Its ignition stays on for
 *  6 to 12 minutes. */
export function crashCar(car: Car, { peakG, airbag }: Crash, at: number): void {
  const { mishaps, motion, random } = car
  const oblique = random.between(-0.6, 0.6)
  mishaps.shock.longitudinal = -peakG * gravityMs2 * Math.cos(oblique)
  mishaps.shock.lateral = peakG * gravityMs2 * Math.sin(oblique)
  mishaps.shock.vertical = peakG * random.between(0.5, 2.5)
  mishaps.airbag ||= airbag
  mishaps.brakingMs2 = 0
  motion.blockedS = 0
  car.phase = 'stranded'
  car.phaseStartAt = at
  car.phaseEndsAt = at + Math.round(random.between(6 * 60, 12 * 60)) * 1000
}

/** The car has rolled out: hazard lights, 8 to 25 minutes at the roadside. */
export function comeToRest(car: Car, at: number): void {
  car.mishaps.failing = false
  car.mishaps.brokenDown = true
  car.phase = 'stranded'
  car.phaseStartAt = at
  car.phaseEndsAt = at + Math.round(car.random.between(8 * 60, 25 * 60)) * 1000
}

/** The car is whole again. */
export function repair(car: Car): void {
  const { mishaps } = car
  mishaps.code = null
  mishaps.brokenDown = false
  mishaps.failing = false
  mishaps.airbag = false
  mishaps.hazardLights = false
}
