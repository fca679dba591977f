// Conversions from the units of recordings to those of VSS. Factors are exact by definition: the international mile
// (1609.344 m), standard gravity (9.80665 m/s², CGPM 1901).

/** Units a mapping may name, with the VSS units they convert to. A factor of 1 leaves the number as it was written. */
const factors = {
  mph: { 'km/h': 1.609344 },
  'km/h': { 'km/h': 1 },
  'm/s': { 'km/h': 3.6 },
  'mph/s': { 'm/s^2': 0.44704 },
  g: { 'm/s^2': 9.80665 },
  'm/s^2': { 'm/s^2': 1 },
  mi: { m: 1609.344, km: 1.609344 },
  m: { m: 1 },
  degrees: { degrees: 1 },
  'degrees/s': { 'degrees/s': 1 },
  percent: { percent: 1 },
  Celsius: { Celsius: 1 },
  V: { V: 1 },
  W: { W: 1 },
  kW: { W: 1000, kW: 1 },
  rpm: { rpm: 1 },
} as const satisfies Record<string, Readonly<Record<string, number>>>

export type RecordedUnit = keyof typeof factors

/** What one `from` is in `to`; undefined when the two do not measure the same. */
export const conversionFactor = (from: RecordedUnit, to: string): number | undefined =>
  (factors[from] as Readonly<Record<string, number>>)[to]
