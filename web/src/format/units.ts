// Quantities for people: the only place that knows how a unit is written and how many digits make
// sense.

/** By the fewest and the most digits behind the point: `toLocaleString` makes one of these, which
 *  is slow, at every call. */
const formats = new Map<string, Intl.NumberFormat>()

function format(value: number, minimumFractionDigits: number, maximumFractionDigits: number): string {
  const name = `${minimumFractionDigits}-${maximumFractionDigits}`
  let numbers = formats.get(name)
  if (numbers === undefined)
    formats.set(name, (numbers = new Intl.NumberFormat('en', { minimumFractionDigits, maximumFractionDigits })))
  return numbers.format(value)
}

const digits = (value: number, most: number): string => format(value, 0, most)
const fixed = (value: number, count: number): string => format(value, count, count)

export const none = '–'

/** `850 m`, `4.21 km`, `128 km`. */
export function formatDistance(distanceM: number): string {
  if (distanceM < 1000) return `${Math.round(distanceM)} m`
  return `${fixed(distanceM / 1000, distanceM < 100_000 ? 2 : 0)} km`
}

export const formatSpeed = (speedKmh: number | null): string =>
  speedKmh === null ? none : `${Math.round(speedKmh)} km/h`
export const formatPercent = (percent: number | null): string => (percent === null ? none : `${Math.round(percent)} %`)
export const formatCount = (count: number): string => digits(count, 0)
/** `once`, `12 times`. */
export const formatTimes = (count: number): string => (count === 1 ? 'once' : `${formatCount(count)} times`)
export const formatRate = (perSecond: number): string => `${digits(perSecond, perSecond < 10 ? 1 : 0)}/s`
export const formatFuel = (litres: number): string => `${fixed(litres, 2)} L`
export const formatEnergy = (kwh: number): string => `${fixed(kwh, 2)} kWh`

/** `812 B`, `1.5 KiB`, `412 MiB`, `1.25 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${digits(bytes, 0)} B`
  if (bytes < 1024 ** 2) return `${digits(bytes / 1024, 1)} KiB`
  return bytes < 1024 ** 3 ? `${digits(bytes / 1024 ** 2, 0)} MiB` : `${digits(bytes / 1024 ** 3, 2)} GiB`
}

/** As disks and settings count, in three digits: `812 B`, `1.5 kB`, `33.5 GB`, `3.2 TB`. */
export function formatSize(bytes: number): string {
  // A size that rounds up to a thousand is one of the next unit.
  const steps = bytes < 999.5 ? 0 : Math.min(4, Math.floor(Math.log10(bytes * 1.0005) / 3))
  const size = bytes / 1000 ** steps
  return `${digits(size, steps === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)} ${['B', 'kB', 'MB', 'GB', 'TB'][steps]}`
}

/** `0.8 ms`, `42 ms`, `1.25 s`. */
export function formatLatency(latencyMs: number): string {
  if (latencyMs < 10) return `${digits(latencyMs, 1)} ms`
  return latencyMs < 1000 ? `${Math.round(latencyMs)} ms` : `${digits(latencyMs / 1000, 2)} s`
}

/** `34.90512° S, 56.16433° W`: five decimals are a metre. */
export const formatPlace = (lat: number, lon: number): string =>
  `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`

/** Units that VSS names in words, as they are written. */
const symbols: Readonly<Record<string, string>> = {
  degrees: '°',
  'degrees/s': '°/s',
  percent: '%',
  Celsius: '°C',
  'm/s^2': 'm/s²',
  l: 'L',
  'l/100km': 'L/100 km',
  iso8601: '',
  Fahrenheit: '°F',
  'cm^3': 'cm³',
  'cm/s^2': 'cm/s²',
  Ohm: 'Ω',
  lbs: 'lb',
  inch: 'in',
  ratio: '',
}

const decimals: Readonly<Record<string, number>> = {
  'km/h': 1,
  percent: 1,
  Celsius: 1,
  'm/s^2': 2,
  l: 2,
  V: 2,
  rpm: 0,
  kWh: 2,
  W: 0,
  kPa: 0,
}

/** A mark of a scale whose marks are `step` apart, with the digits that tell them apart. */
export function formatMark(value: number, step: number): string {
  let places = 0
  while (places < 9 && Math.abs(step * 10 ** places - Math.round(step * 10 ** places)) > 1e-6) places += 1
  // The sum of many steps is off by a little, and may be −0.
  return fixed(Math.round(value / step) * step + 0, places)
}

export const unitSymbol = (unit: string | null): string => (unit === null ? '' : (symbols[unit] ?? unit))

/** A signal's number with its digits; degrees of a position keep six decimals. */
export function formatNumber(value: number, unit: string | null, path = ''): string {
  if (/\.(Latitude|Longitude)$/.test(path)) return value.toFixed(6)
  // Without a unit it may be a year or a code: no thousands are marked off.
  if (unit === null) return value.toLocaleString('en', { maximumFractionDigits: 3, useGrouping: false })
  return digits(value, decimals[unit] ?? 2)
}
