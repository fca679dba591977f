// The kinds of settings: how the text of each is read, and what is said when it cannot be.
import { hostOf, hostText } from '../base/host-text.ts'
import { accepted, refused, type Result } from '../base/errors.ts'

export type Address = { readonly host: string; readonly port: number }

/** `host:port`; an IPv6 address in brackets. */
export const addressText = ({ host, port }: Address): string => `${hostText(host)}:${port}`

export type Setting<Value> = {
  readonly name: string
  readonly fallback: string
  readonly about: string
  /** The text may be, or hold, a secret: a problem with it does not repeat it. */
  readonly isSecret?: true
  parse(text: string): Result<Value>
}

export const text = (
  name: string,
  fallback: string,
  about: string,
  pattern: RegExp,
  remedy: string,
): Setting<string> => ({
  name,
  fallback,
  about,
  parse: (given) => (pattern.test(given) ? accepted(given) : refused('setting', remedy)),
})

/** The first is what holds when nothing is given. */
export const oneOf = <const Value extends string>(
  name: string,
  values: readonly [Value, ...Value[]],
  about: string,
): Setting<Value> => ({
  name,
  fallback: values[0],
  about,
  parse: (given) => {
    const value = values.find((known) => known === given)
    return value === undefined ? refused('setting', `give ${values.join(' or ')}`) : accepted(value)
  },
})

/** `off` when nothing is given. */
export const onOff = (name: string, about: string): Setting<boolean> => ({
  name,
  fallback: 'off',
  about,
  parse: (given) =>
    given === 'on' || given === 'off' ? accepted(given === 'on') : refused('setting', 'give off or on'),
})

/** A URL, or none; it may hold a password. */
export const secretUrl = <Url>(
  name: string,
  about: string,
  parse: (given: string) => Result<Url>,
): Setting<Url | undefined> => ({
  name,
  fallback: '',
  about,
  isSecret: true,
  parse: (given) => (given === '' ? accepted(undefined) : parse(given)),
})

/** A file, or none. */
export const file = (name: string, about: string): Setting<string> => text(name, '', about, /^/, 'give a file')

export const whole = (name: string, fallback: string, about: string, min: number, max: number): Setting<number> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const value = Number(given)
    return /^\d+$/.test(given) && value >= min && value <= max
      ? accepted(value)
      : refused('setting', `give a whole number from ${min} to ${max}`)
  },
})

export const address = (name: string, fallback: string, about: string): Setting<Address> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const match = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(given)
    const port = Number(match?.[2])
    if (match?.[1] === undefined || port > 65_535)
      return refused('setting', 'give host:port, such as 127.0.0.1:8080 or [::1]:8080 (port 0 takes a free one)')
    return accepted({ host: hostOf(match[1]), port })
  },
})

/** `none` turns off what has a fallback. */
export const optionalAddress = (name: string, fallback: string, about: string): Setting<Address | undefined> => {
  const { parse } = address(name, fallback, about)
  return {
    name,
    fallback,
    about,
    parse: (given) => (given === '' || given === 'none' ? accepted(undefined) : parse(given)),
  }
}

const sizes: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 }
export const bytes = (name: string, fallback: string, about: string, min: number): Setting<number> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const match = /^(\d+(?:\.\d+)?) ?(MB|GB|TB)$/.exec(given)
    const value = Math.floor(Number(match?.[1]) * (sizes[match?.[2] ?? ''] ?? Number.NaN))
    return value >= min
      ? accepted(value)
      : refused('setting', `give a size of at least ${min / 1e6} MB, such as 500 MB, 20 GB or 1 TB`)
  },
})

const spans: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Ten years: more is a slip of the hand. */
const spanMaxMs = 3_650 * 86_400_000
export const span = (
  name: string,
  fallback: string,
  about: string,
  minMs: number,
  maxMs = spanMaxMs,
): Setting<number> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const match = /^(\d+)([smhd])$/.exec(given)
    const value = Number(match?.[1]) * (spans[match?.[2] ?? ''] ?? Number.NaN)
    return value >= minMs && value <= maxMs
      ? accepted(value)
      : refused('setting', `give a time from ${spanText(minMs)} to ${spanText(maxMs)}: a number with s, m, h or d`)
  },
})

/** In the longest unit of which it is a whole number. */
function spanText(ms: number): string {
  const [unit, unitMs] = Object.entries(spans).findLast(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / unitMs}${unit}`
}

/** A time, or `none`. */
export const optionalSpan = (name: string, about: string, minMs: number): Setting<number | undefined> => {
  const { parse } = span(name, '', about, minMs)
  return {
    name,
    fallback: '',
    about,
    parse: (given) => (given === '' || given === 'none' ? accepted(undefined) : parse(given)),
  }
}

export type Range = { readonly usual: number; readonly unit: string; readonly min: number; readonly max: number }

/** A number with its unit, such as `4 g`; the range is in that unit. */
export const quantity = (name: string, { usual, unit, min, max }: Range, about: string): Setting<number> => ({
  name,
  fallback: `${usual} ${unit}`,
  about,
  parse: (given) => {
    const [, digits, givenUnit] = /^(\d+(?:\.\d+)?) ?(\D+)$/.exec(given) ?? []
    const value = Number(digits)
    return givenUnit === unit && value >= min && value <= max
      ? accepted(value)
      : refused('setting', `give a value from ${min} to ${max} ${unit}, such as ${usual} ${unit}`)
  },
})
