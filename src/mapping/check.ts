// Small checks of JSON that collect every fault with the path of its field and what may stand
// there. Invariant: what passes has the form that its type says, and no field that nobody reads.

/** Faults of one file, in the order they were found. */
export type Faults = string[]

/** Says whether the value at `path` has the form, and adds what is wrong. */
export type Check = (value: unknown, path: string, faults: Faults) => void

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const fault = (path: string, expected: string, value: unknown): string =>
  value === undefined ? `${path} is missing; it is ${expected}.` : `${path} is ${expected}, not ${shown(value)}.`

const isWord = (key: string): boolean => /^[A-Za-z_]\w*$/.test(key)
export const pathTo = (path: string, key: string | number): string =>
  typeof key === 'string' && isWord(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

const that =
  (expected: string, holds: (value: unknown) => boolean): Check =>
  (value, path, faults) => {
    if (!holds(value)) faults.push(fault(path, expected, value))
  }

export const text = that('a text that is not empty', (value) => typeof value === 'string' && value !== '')
export const anyText = that('a text', (value) => typeof value === 'string')
export const number = that(
  'a number other than 0',
  (value) => typeof value === 'number' && Number.isFinite(value) && value !== 0,
)
export const positive = that('a number above 0', (value) => typeof value === 'number' && value > 0)
export const count = that(
  'a whole number from 0 to 1000',
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 1000,
)
export const truth = that('true or false', (value) => typeof value === 'boolean')
export const matching = (expected: string, holds: (text: string) => boolean): Check =>
  that(expected, (value) => typeof value === 'string' && holds(value))

/** One of these values. */
export const oneOf = (...allowed: readonly (string | number)[]): Check =>
  that(`one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}`, (value) =>
    allowed.includes(value as string),
  )

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object of these fields and no other; those named in `needed` must be there. */
export const object =
  (fields: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check =>
  (value, path, faults) => {
    if (!isObject(value))
      return void faults.push(fault(path, `an object with ${Object.keys(fields).join(', ')}`, value))
    for (const key of Object.keys(value)) {
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined
      if (check === undefined)
        faults.push(`${pathTo(path, key)} is no field that is known; there may be ${Object.keys(fields).join(', ')}.`)
      else check(value[key], pathTo(path, key), faults)
    }
    for (const key of needed) if (!Object.hasOwn(value, key)) fields[key]?.(undefined, pathTo(path, key), faults)
  }

/** An object whose fields are told apart by the value of one of them. */
export const variant =
  (key: string, forms: Readonly<Record<string, Check>>): Check =>
  (value, path, faults) => {
    if (!isObject(value)) return void faults.push(fault(path, `an object with ${key}`, value))
    const form = value[key]
    const check = typeof form === 'string' && Object.hasOwn(forms, form) ? forms[form] : undefined
    if (check === undefined) oneOf(...Object.keys(forms))(form, pathTo(path, key), faults)
    else check(value, path, faults)
  }

/** An object of any keys, whose values have that form. */
export const mapOf =
  (check: (key: string) => Check, what: string): Check =>
  (value, path, faults) => {
    if (!isObject(value) || Object.keys(value).length === 0) return void faults.push(fault(path, what, value))
    for (const [key, entry] of Object.entries(value)) check(key)(entry, pathTo(path, key), faults)
  }

export const listOf =
  (check: Check, what: string): Check =>
  (value, path, faults) => {
    if (!Array.isArray(value) || value.length === 0) return void faults.push(fault(path, what, value))
    for (const [index, entry] of value.entries()) check(entry, pathTo(path, index), faults)
  }

/** One, or a list of such. */
export const oneOrMore =
  (check: Check, what: string): Check =>
  (value, path, faults) =>
    Array.isArray(value) ? listOf(check, what)(value, path, faults) : check(value, path, faults)
