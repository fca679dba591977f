// The energy of driving: the road-load equation (inertia, rolling, drag) on a level street, an
// engine by Willans' line (a fixed cost of turning over plus work at constant efficiency), a
// battery with losses both ways and recuperation.
import type { CarModel } from './car-model.ts'
import type { Random } from './random.ts'

const gravityMs2 = 9.81
const airKgPerM3 = 1.2
/** Rotating parts make a car seem this much heavier when it gains speed. */
const rotatingFactor = 1.04
const drivelineShare = 0.92
/** Petrol, lower heating value. */
const kwhPerLitre = 8.9
const engineShare = 0.36
const batteryShare = 0.94
const motorShare = 0.9
const recuperatedShare = 0.72
/** Below this the friction brakes do the work. */
const recuperationMinMs = 2.5
const electronicsKw = 0.35
/** Heating or cooling for each degree away from comfort. */
const climateKwPerDegree = 0.06
const comfortC = 21

export type Energy = {
  fuelL: number
  /** Energy in the traction battery; 0 when the car has none. */
  batteryKwh: number
  /** As built, times the state of health. */
  readonly capacityKwh: number
  readonly healthPercent: number
  /** Drawn from the battery since it was new, for an electric car. */
  consumedKwh: number
  burntL: number
  /** Of the last second. */
  fuelRateLh: number
  /** Positive = discharging. */
  batteryKw: number
  engineRpm: number
  /** A hybrid's engine runs in spells. */
  engineOn: boolean
  chargingKw: number
}

export function drawEnergy(model: CarModel, random: Random): Energy {
  const healthPercent = model.batteryKwh > 0 ? random.between(86, 100) : 100
  const capacityKwh = (model.batteryKwh * healthPercent) / 100
  return {
    fuelL: model.tankL * random.between(0.25, 0.98),
    batteryKwh: capacityKwh * (model.powertrain === 'HYBRID' ? random.between(0.5, 0.65) : random.between(0.35, 0.95)),
    capacityKwh,
    healthPercent,
    consumedKwh: random.between(500, 9000),
    burntL: 0,
    fuelRateLh: 0,
    batteryKw: 0,
    engineRpm: 0,
    engineOn: false,
    chargingKw: 0,
  }
}

/** kW at the wheels to move at `speedMs` while gaining `accelMs2`; negative when braking. */
export function wheelKw(model: CarModel, speedMs: number, accelMs2: number): number {
  const drag = 0.5 * airKgPerM3 * model.dragAreaM2 * speedMs * speedMs
  const rolling = speedMs > 0 ? model.massKg * gravityMs2 * model.rolling : 0
  return ((model.massKg * rotatingFactor * accelMs2 + rolling + drag) * speedMs) / 1000
}

/** kW for lamps, electronics and the cabin. */
export const auxiliaryKw = (outsideC: number): number =>
  electronicsKw + climateKwPerDegree * Math.min(Math.abs(outsideC - comfortC), 20)

/** Spends one second with the ignition on. `speedMs` is the second's mean. */
export function spend(energy: Energy, model: CarModel, speedMs: number, accelMs2: number, outsideC: number): void {
  const wheels = wheelKw(model, speedMs, accelMs2)
  if (model.powertrain === 'ELECTRIC') return spendElectric(energy, model, wheels, speedMs, outsideC)
  if (model.powertrain === 'HYBRID') return spendHybrid(energy, model, wheels, speedMs, outsideC)
  burn(energy, model, Math.max(wheels / drivelineShare, 0) + auxiliaryKw(outsideC), wheels < -1 && speedMs > 5)
  energy.engineOn = true
  energy.engineRpm = 780 + Math.min(speedMs * 62 + Math.max(wheels, 0) * 45, 4600)
}

/** Burns fuel for one second of `kw` at the engine's shaft; on the overrun the injection is cut. */
function burn(energy: Energy, model: CarModel, kw: number, overrun: boolean): void {
  energy.fuelRateLh = overrun ? 0 : model.idleLh * (1 + kw / model.powerKw) + kw / (engineShare * kwhPerLitre)
  const litres = Math.min(energy.fuelRateLh / 3600, energy.fuelL)
  energy.fuelL -= litres
  energy.burntL += litres
}

function spendElectric(energy: Energy, model: CarModel, wheels: number, speedMs: number, outsideC: number): void {
  const motor =
    wheels >= 0
      ? wheels / motorShare
      : speedMs > recuperationMinMs
        ? Math.max(wheels * recuperatedShare, -model.powerKw / 2)
        : 0
  energy.batteryKw = motor + auxiliaryKw(outsideC)
  draw(energy, energy.batteryKw)
}

/** The engine runs when power is asked for or the battery is low, and then also charges; else the
 *  battery drives. */
function spendHybrid(energy: Energy, model: CarModel, wheels: number, speedMs: number, outsideC: number): void {
  const charge = energy.batteryKwh / energy.capacityKwh
  energy.engineOn = wheels > 14 || charge < 0.4 || (energy.engineOn && charge < 0.6)
  if (!energy.engineOn || wheels < 0) {
    energy.fuelRateLh = 0
    energy.engineRpm = 0
    spendElectric(energy, model, wheels, speedMs, outsideC)
    return
  }
  const charging = charge < 0.7 ? 5 : 0
  burn(energy, model, wheels / drivelineShare + auxiliaryKw(outsideC) + charging, false)
  energy.engineRpm = 1250 + Math.min(wheels * 55, 3500)
  energy.batteryKw = -charging * 0.9
  draw(energy, energy.batteryKw)
}

function draw(energy: Energy, kw: number): void {
  const kwh = (kw > 0 ? kw / batteryShare : kw * batteryShare) / 3600
  energy.batteryKwh = Math.min(Math.max(energy.batteryKwh - kwh, 0), energy.capacityKwh)
  energy.consumedKwh += kwh
}

/** Charges for one second at the power the battery takes: falling above 70 %. Gives true when 85 %
 *  is reached. */
export function charge(energy: Energy, model: CarModel): boolean {
  const share = energy.batteryKwh / energy.capacityKwh
  energy.chargingKw = model.chargeKwMax * Math.min(1, Math.max(0.15, (1 - share) / 0.3))
  energy.batteryKw = -energy.chargingKw
  energy.batteryKwh = Math.min(energy.batteryKwh + (energy.chargingKw * batteryShare) / 3600, energy.capacityKwh)
  return share >= 0.85
}

/** Nothing runs. */
export function rest(energy: Energy): void {
  energy.fuelRateLh = 0
  energy.batteryKw = 0
  energy.engineRpm = 0
  energy.engineOn = false
  energy.chargingKw = 0
}

/** Fuel, or charge of an electric car; 0 to 1. */
export const reserveShare = (energy: Energy, model: CarModel): number =>
  model.tankL > 0 ? energy.fuelL / model.tankL : energy.batteryKwh / energy.capacityKwh
