// Conversions from the units of files and messages to those of VSS. Factors are exact by
// definition: the international mile (1609.344 m), foot (0.3048 m) and nautical mile (1852 m),
// standard gravity (9.80665 m/s², CGPM 1901), the pound (0.45359237 kg), the US gallon (231 in³),
// the standard atmosphere's inch of mercury (3.386389 kPa, NIST SP 811).

type UnitScale = {
  /** One of it in the first unit of its kind. */
  readonly factor: number
  /** Zero of it in that unit; zero but for temperatures. */
  readonly zero?: number
}

/** Units by what they measure; the first of each kind has factor 1. */
const kinds = {
  speed: { 'km/h': 1, mph: 1.609344, 'm/s': 3.6, knots: 1.852 },
  acceleration: { 'm/s^2': 1, g: 9.80665, 'mph/s': 0.44704, 'ft/s^2': 0.3048 },
  length: { m: 1, km: 1000, mi: 1609.344, ft: 0.3048, cm: 0.01, mm: 0.001 },
  angle: { degrees: 1, rad: 180 / Math.PI },
  rotation: { 'degrees/s': 1, 'rad/s': 180 / Math.PI },
  engine: { rpm: 1 },
  share: { percent: 1, ratio: 100 },
  temperature: { Celsius: 1, Kelvin: { factor: 1, zero: -273.15 }, Fahrenheit: { factor: 5 / 9, zero: -160 / 9 } },
  voltage: { V: 1, mV: 0.001 },
  current: { A: 1, mA: 0.001 },
  power: { W: 1, kW: 1000 },
  energy: { kWh: 1, Wh: 0.001, MJ: 1 / 3.6 },
  volume: { l: 1, ml: 0.001, gal: 3.785411784 },
  flow: { 'l/h': 1, 'ml/min': 0.06, 'gal/h': 3.785411784 },
  consumption: { 'l/100km': 1, 'l/km': 100 },
  pressure: { kPa: 1, Pa: 0.001, hPa: 0.1, mbar: 0.1, bar: 100, psi: 6.894757293168, inHg: 3.386389 },
  time: { s: 1, ms: 0.001, us: 0.000001, min: 60, h: 3600 },
  emission: { 'g/km': 1 },
} as const satisfies Record<string, Readonly<Record<string, number | UnitScale>>>

type UnitsOf<Kind> = Kind extends unknown ? keyof Kind & string : never
export type Unit = UnitsOf<(typeof kinds)[keyof typeof kinds]>

const scales: ReadonlyMap<string, { readonly kind: string; readonly factor: number; readonly zero: number }> = new Map(
  Object.entries(kinds).flatMap(([kind, units]) =>
    Object.entries(units).map(([unit, scale]: [string, number | UnitScale]) => [
      unit,
      typeof scale === 'number'
        ? { kind, factor: scale, zero: 0 }
        : { kind, factor: scale.factor, zero: scale.zero ?? 0 },
    ]),
  ),
)

export const units: readonly Unit[] = [...scales.keys()] as Unit[]

/** `value * factor + offset` is in the other unit. A factor of 1 leaves a number as it was
 *  written. */
export type Scale = { readonly factor: number; readonly offset: number }

/** Undefined when the two do not measure the same. */
export function conversion(from: string, to: string): Scale | undefined {
  // Of units that are not here, one measures the same as itself.
  if (from === to) return { factor: 1, offset: 0 }
  const [source, target] = [scales.get(from), scales.get(to)]
  if (source === undefined || target === undefined || source.kind !== target.kind) return undefined
  return { factor: source.factor / target.factor, offset: (source.zero - target.zero) / target.factor }
}

/** The units that convert to that one. */
export const unitsLike = (unit: string): readonly string[] =>
  scales.has(unit) ? units.filter((candidate) => conversion(candidate, unit) !== undefined) : [unit]
