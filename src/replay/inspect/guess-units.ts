// Units by the words that writers put into the names of columns.
import type { Unit } from '../../mapping/units.ts'

const words: readonly (readonly [unit: Unit, spellings: string])[] = [
  ['km/h', 'km/h kmh kph kmph kilometer_per_hour'],
  ['mph', 'mph mi/h miles/h'],
  ['m/s', 'm/s mps meters/second metres/second ms-1'],
  ['knots', 'kn kt kts knot knots'],
  ['m/s^2', 'm/s^2 m/s2 m/s² ms2'],
  ['g', 'g'],
  ['Celsius', 'c degc celsius deg_c'],
  ['Fahrenheit', 'f degf fahrenheit deg_f'],
  ['rpm', 'rpm 1/min u/min'],
  ['percent', '% percent pct'],
  ['V', 'v volt volts'],
  ['mV', 'mv'],
  ['W', 'w watt watts'],
  ['kW', 'kw'],
  ['kWh', 'kwh'],
  ['Wh', 'wh'],
  ['l', 'l ltr litre litres liter liters'],
  ['gal', 'gal gallon gallons'],
  ['l/h', 'l/h l/hr lph'],
  ['gal/h', 'gal/h gal/hr gph'],
  ['l/100km', 'l/100km'],
  ['kPa', 'kpa'],
  ['psi', 'psi'],
  ['bar', 'bar'],
  ['m', 'm meter meters metre metres'],
  ['km', 'km'],
  ['mi', 'mi mile miles'],
  ['ft', 'ft feet'],
  ['degrees', 'deg degree degrees'],
  ['degrees/s', 'deg/s dps'],
  ['rad/s', 'rad/s'],
  ['s', 's sec secs second seconds'],
  ['ms', 'ms msec millis milliseconds'],
  ['us', 'us micros microseconds'],
  ['min', 'min minutes'],
]
const byWord: ReadonlyMap<string, Unit> = new Map(
  words.flatMap(([unit, spellings]) => spellings.split(' ').map((word) => [word, unit] as const)),
)

export type NamedUnit = {
  /** In lower case, words apart, without the unit. */
  readonly words: string
  readonly unit: Unit | undefined
}

/** `Speed (OBD)(km/h)`, `speed_mph`, `Time [s]`, `cycMps`: the unit in brackets at the end of a
 *  name, else its last word. A letter alone is a unit in brackets only. */
export function readName(name: string): NamedUnit {
  const [, bare = name, bracketed] = /^(.*?)\s*[([]([^()[\]]*)[)\]]?\s*$/.exec(name.trim()) ?? []
  const told =
    bracketed === undefined
      ? undefined
      : byWord.get(
          bracketed
            .replaceAll(/[°º℃\u00c2\ufffd]/g, '')
            .trim()
            .toLowerCase(),
        )
  if (told !== undefined) return { words: wordsOf(bare), unit: told }
  const all = wordsOf(name)
  const last = all.split(' ').at(-1) ?? ''
  const unit = last.length > 1 && all.includes(' ') ? byWord.get(last) : undefined
  return unit === undefined ? { words: all, unit: undefined } : { words: all.slice(0, -last.length).trim(), unit }
}

const wordsOf = (name: string): string =>
  name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\d]+/gu, ' ')
    .trim()
