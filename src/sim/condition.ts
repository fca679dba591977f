// Temperatures, tyres and the 12 V battery: slow values that follow what the car does with a lag.
import type { CarModel } from './car-model.ts'
import type { Energy } from './energy.ts'
import type { Random } from './random.ts'

const coolantC = 90
const referenceC = 20
/** One tyre in this many leaks slowly. */
const leakOdds = 400
/** How often a car ages. */
export const ageEveryS = 5

export type CarCondition = {
  coolantC: number
  batteryC: number
  /** Pressure at 20 °C: front left, front right, rear left, rear right. */
  readonly coldKpa: [number, number, number, number]
  /** Tyre temperature above the air's. */
  tyreWarmthC: number
  /** kPa an hour that the first tyre loses. */
  readonly leakKpaPerHour: number
  lowVolts: number
}

export function drawCondition(model: CarModel, random: Random): CarCondition {
  const tyre = (): number => model.tyreKpa + 6 * random.normal()
  return {
    coolantC: referenceC,
    batteryC: referenceC + 3,
    coldKpa: [tyre(), tyre(), tyre(), tyre()],
    tyreWarmthC: 0,
    leakKpaPerHour: random.chance(4 / leakOdds) ? random.between(4, 25) : 0,
    lowVolts: 12.6,
  }
}

/** Follows `ageEveryS` of driving or standing. */
export function age(condition: CarCondition, energy: Energy, speedMs: number, on: boolean, outsideC: number): void {
  const towards = (value: number, goal: number, lagS: number): number =>
    goal + (value - goal) * Math.exp(-ageEveryS / lagS)
  condition.coolantC = energy.engineOn
    ? towards(condition.coolantC, coolantC, 220)
    : towards(condition.coolantC, outsideC, 5400)
  const batteryLoad = Math.abs(energy.batteryKw)
  condition.batteryC = towards(condition.batteryC, outsideC + 4 + Math.min(batteryLoad * 0.25, 16), 2400)
  condition.tyreWarmthC = towards(condition.tyreWarmthC, on ? Math.min(speedMs * 1.1, 25) : 0, 900)
  condition.coldKpa[0] = Math.max(condition.coldKpa[0] - (condition.leakKpaPerHour * ageEveryS) / 3600, 90)
  condition.lowVolts = on ? towards(condition.lowVolts, 14.1, 5) : towards(condition.lowVolts, 12.2, 40_000)
  if (!on && condition.lowVolts > 12.75) condition.lowVolts = 12.75
}

/** Gauge pressure now: absolute pressure follows temperature (Gay-Lussac). */
export function tyreKpa(condition: CarCondition, tyre: 0 | 1 | 2 | 3, outsideC: number): number {
  const kelvin = 273.15 + outsideC + condition.tyreWarmthC
  return Math.round((condition.coldKpa[tyre] + 101.3) * (kelvin / (273.15 + referenceC)) - 101.3)
}
