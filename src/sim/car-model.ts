// The kinds of car in the city, by the shares in which they are met. The makes are invented; the
// figures are typical of their class (kerb weight, drag area, rolling resistance, type-approval
// CO2) and feed the road-load equation.
import type { Random } from './random.ts'

export type Powertrain = 'COMBUSTION' | 'HYBRID' | 'ELECTRIC'

export type CarModel = {
  readonly share: number
  readonly brand: string
  readonly name: string
  readonly powertrain: Powertrain
  /** Kerb weight and a driver. */
  readonly massKg: number
  /** Drag coefficient × frontal area. */
  readonly dragAreaM2: number
  readonly rolling: number
  readonly powerKw: number
  /** 0 for an electric car. */
  readonly tankL: number
  /** 0 for a plain combustion car. */
  readonly batteryKwh: number
  /** Fuel an hour at idle, which is what turning the engine over costs. */
  readonly idleLh: number
  /** Type approval; 0 for an electric car. */
  readonly co2GramPerKm: number
  readonly chargeKwMax: number
  readonly tyreKpa: number
}

const combustion = { powertrain: 'COMBUSTION', batteryKwh: 0, chargeKwMax: 0 } as const
const hybrid = { powertrain: 'HYBRID', batteryKwh: 1.3, chargeKwMax: 0 } as const
const electric = { powertrain: 'ELECTRIC', tankL: 0, idleLh: 0, co2GramPerKm: 0 } as const

export const carModels: readonly CarModel[] = [
  {
    ...combustion,
    share: 26,
    brand: 'Ceibo',
    name: 'Uno',
    massKg: 1090,
    dragAreaM2: 0.66,
    rolling: 0.011,
    powerKw: 60,
    tankL: 44,
    idleLh: 0.6,
    co2GramPerKm: 118,
    tyreKpa: 230,
  },
  {
    ...combustion,
    share: 18,
    brand: 'Tero',
    name: 'Rambla',
    massKg: 1290,
    dragAreaM2: 0.64,
    rolling: 0.011,
    powerKw: 85,
    tankL: 50,
    idleLh: 0.7,
    co2GramPerKm: 131,
    tyreKpa: 230,
  },
  {
    ...combustion,
    share: 14,
    brand: 'Ceibo',
    name: 'Sierra',
    massKg: 1480,
    dragAreaM2: 0.8,
    rolling: 0.012,
    powerKw: 100,
    tankL: 55,
    idleLh: 0.8,
    co2GramPerKm: 152,
    tyreKpa: 240,
  },
  {
    ...combustion,
    share: 8,
    brand: 'Pampero',
    name: 'Carga',
    massKg: 1890,
    dragAreaM2: 1.05,
    rolling: 0.012,
    powerKw: 110,
    tankL: 76,
    idleLh: 0.9,
    co2GramPerKm: 198,
    tyreKpa: 270,
  },
  {
    ...hybrid,
    share: 14,
    brand: 'Tero',
    name: 'Rambla H',
    massKg: 1420,
    dragAreaM2: 0.63,
    rolling: 0.01,
    powerKw: 90,
    tankL: 43,
    idleLh: 0.6,
    co2GramPerKm: 92,
    tyreKpa: 240,
  },
  {
    ...electric,
    share: 12,
    brand: 'Ombú',
    name: 'Sur',
    massKg: 1560,
    dragAreaM2: 0.66,
    rolling: 0.01,
    powerKw: 110,
    batteryKwh: 45,
    chargeKwMax: 60,
    tyreKpa: 250,
  },
  {
    ...electric,
    share: 8,
    brand: 'Ombú',
    name: 'Costa',
    massKg: 1890,
    dragAreaM2: 0.71,
    rolling: 0.01,
    powerKw: 160,
    batteryKwh: 66,
    chargeKwMax: 110,
    tyreKpa: 260,
  },
]

const shares = carModels.reduce((sum, { share }) => sum + share, 0)

export function drawModel(random: Random): CarModel {
  let left = random.unit() * shares
  for (const model of carModels) {
    left -= model.share
    if (left < 0) return model
  }
  return random.pick(carModels)
}

/** How a person drives. */
export type Driver = {
  /** m/s². */
  readonly accelMs2: number
  readonly brakeMs2: number
  readonly lateralMs2: number
  /** Share of the speed limit kept on a free road. */
  readonly limitFactor: number
}

export function drawDriver(random: Random): Driver {
  // One trait runs through all of it: who speeds also brakes late.
  const haste = random.normal() / 3
  return {
    accelMs2: 1.7 + 0.6 * haste + 0.1 * random.normal(),
    brakeMs2: 1.9 + 0.5 * haste + 0.1 * random.normal(),
    lateralMs2: 2.3 + 0.6 * haste + 0.1 * random.normal(),
    limitFactor: 0.96 + 0.09 * haste,
  }
}
