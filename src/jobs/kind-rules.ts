// Changes that the kind of a vehicle makes to what jobs derive: one row a kind, each value that is
// not a car's with its source. Where no source says otherwise the rule is that of a car, which also
// holds for a vehicle of which nobody says what it is. docs/vehicles.md shows the table; a test
// holds the two together.
import type { VehicleKind } from '../model/vehicle-kind.ts'
import type { Thresholds } from './crash/thresholds.ts'
import { burnLhMost, walkingKmh, type KindTripRules } from './trips/trip-rules.ts'

export type KindRules = {
  /** The categories of UNECE R.E.3 (ECE/TRANS/WP.29/78/Rev.6, section 2) that are of the kind. */
  readonly categories: string
  /** By what crashes are known: a pulse of acceleration or speed and airbags, airbags alone, or
   *  never. */
  readonly crashes: 'pulses' | 'airbags' | 'never'
  /** Null: it never drives. */
  readonly trips: KindTripRules | null
}

const car: KindRules = {
  categories: 'M1, L2, L5 to L7',
  crashes: 'pulses',
  trips: { hasIgnition: true, silentPaceKmh: walkingKmh, burnLhMost },
}
const carTrips = car.trips!

export const kindRules: Readonly<Record<VehicleKind, KindRules>> = {
  car,

  /** The recorders of 49 CFR 563 and UN R160 are those of M1 and N1, up to 3.5 t or 3.855 t: one
   *  trigger for both. */
  van: { ...car, categories: 'N1' },

  /** Recorders of heavy vehicles (UN R169, SAE J2728-1) are triggered by hard brakes, from 3.25
   *  m/s² on, and say nothing of what is a crash: the thresholds are a car's. The engine: 588 kW,
   *  the strongest truck in series (Shacman X6000, 2023), which burn 133 L/h by what `burnLhMost`
   *  reckons with (190 g/kWh of 0.84 kg/L). */
  truck: { ...car, categories: 'N2, N3', trips: { ...carTrips, burnLhMost: 133 } },

  /** As trucks; their engines are within the 350 kW of `burnLhMost`. */
  bus: { ...car, categories: 'M2, M3' },

  /** How fast a two-wheeler rolls as it leans has no public source that was found, nor what a fall
   *  looks like in acceleration. Turning alone is no crash of anything: it confirms a pulse. */
  'two-wheeler': { ...car, categories: 'L1, L3, L4' },

  /** It has no engine (R.E.3, 2.5: it is towed), so what a unit on it calls ignition is whether it
   *  has power, from another vehicle or a battery. */
  trailer: { ...car, categories: 'O, R', trips: { ...carTrips, hasIgnition: false } },

  /** No recorder and no rule names a pulse by which a machine has crashed: 49 CFR 563, UN R160 and
   *  R169 are of road vehicles (M and N), and hammers, buckets and tracks shake as a crash does.
   *  The slowest that machines work in the field is 2.5 km/h (potato harvesters, ASAE D497.7, table
   *  3). The engine: 2,983 kW, the strongest with mechanical drive (Caterpillar 797F), which burn
   *  675 L/h. */
  machine: {
    categories: 'T, S, non-road mobile machinery',
    crashes: 'airbags',
    trips: { hasIgnition: true, silentPaceKmh: 2.5, burnLhMost: 675 },
  },

  /** It stays where it was built; what its place or its sensors do is no drive. */
  fixed: { categories: 'none', crashes: 'never', trips: null },
}

/** A vehicle of an unknown kind is treated as a car. */
export const rulesOf = (kind: VehicleKind | null): KindRules => (kind === null ? car : kindRules[kind])

/** Thresholds that nothing reaches. */
const unreachable: Readonly<Record<keyof Thresholds, number>> = {
  readingMs2: Infinity,
  pulseMs2: Infinity,
  triggerKmh: Infinity,
  severeKmh: Infinity,
  lossKmh: Infinity,
  lossBesideReadingKmh: Infinity,
  stillS: Infinity,
  silentS: Infinity,
  rotationDegS: Infinity,
}

/** The thresholds of a kind, where an operator set those. */
export const thresholdsFor = ({ crashes }: KindRules, set: Thresholds): Thresholds =>
  crashes === 'pulses' ? set : unreachable
