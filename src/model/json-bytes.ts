// JSON looked at as the bytes it came as: where a value ends, without an object for any of it.
// Whatever is rare (an escape, text beyond ASCII) is left to JSON.parse by `none`.
export const quote = 0x22
export const comma = 0x2c
const minus = 0x2d
export const dot = 0x2e
const zero = 0x30
const colon = 0x3a
export const openBracket = 0x5b
const backslash = 0x5c
export const closeBracket = 0x5d
export const openBrace = 0x7b
export const closeBrace = 0x7d

/** Not found, or for the parser to say: the index after what was looked for is never this. */
export const none = -1

/** Bytes that stand for themselves in JSON text: ASCII but controls, quote and backslash. */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash),
)
export const wordOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const literals = { true: wordOf('true'), false: wordOf('false'), null: wordOf('null') }

/** The index after any JSON value but objects and lists nested deeper than `depth`. */
export function valueEnd(bytes: Uint8Array, start: number, depth: number): number {
  const first = bytes[start]!
  if (first === quote) return textEnd(bytes, start)
  if (first === openBracket || first === openBrace) return depth === 0 ? none : listEnd(bytes, start, depth - 1)
  const word =
    first === 0x74 ? literals.true : first === 0x66 ? literals.false : first === 0x6e ? literals.null : undefined
  if (word === undefined) return numberEnd(bytes, start)
  return isWord(bytes, start, start + word.length, word) ? start + word.length : none
}

/** The index after a list, or an object that starts here. */
function listEnd(bytes: Uint8Array, start: number, depth: number): number {
  const isList = bytes[start] === openBracket
  const close = isList ? closeBracket : closeBrace
  let index = skipSpace(bytes, start + 1)
  if (bytes[index] === close) return index + 1
  for (;;) {
    if (!isList) index = valueStart(bytes, textEnd(bytes, index))
    if (index !== none) index = valueEnd(bytes, index, depth)
    if (index === none) return none
    index = skipSpace(bytes, index)
    if (bytes[index] === close) return index + 1
    if (bytes[index] !== comma) return none
    index = skipSpace(bytes, index + 1)
  }
}

/** From the end of a key past the colon to its value. */
export function valueStart(bytes: Uint8Array, keyEnd: number): number {
  if (keyEnd === none) return none
  const index = skipSpace(bytes, keyEnd)
  return bytes[index] === colon ? skipSpace(bytes, index + 1) : none
}

/** The index after the closing quote of ASCII text without escapes. */
export function textEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== quote) return none
  let index = start + 1
  while (index < bytes.length && isPlain[bytes[index]!] === 1) index++
  return bytes[index] === quote ? index + 1 : none
}

/** The index after a JSON number: -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d\d?)? A longer exponent may be
 *  of no double, and thousands of digits where it is kept as a decimal. */
function numberEnd(bytes: Uint8Array, start: number): number {
  const whole = bytes[start] === minus ? start + 1 : start
  let index = bytes[whole] === zero ? whole + 1 : digitsEnd(bytes, whole)
  if (index === none) return none
  if (bytes[index] === dot) index = digitsEnd(bytes, index + 1)
  if (index === none || (bytes[index]! | 0x20) !== 0x65) return index
  const sign = bytes[index + 1]
  const exponent = sign === minus || sign === 0x2b ? index + 2 : index + 1
  const end = digitsEnd(bytes, exponent)
  return end - exponent > 2 ? none : end
}

/** The index after one digit or more. */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let index = start
  while (index < bytes.length && isDigit(bytes[index]!)) index++
  return index === start ? none : index
}

const isDigit = (byte: number): boolean => byte >= zero && byte <= 0x39

/** The index after a whole number from 0 that is certainly a safe integer. The byte after it is
 *  looked at by the caller: a fraction is no comma. */
export function wholeEnd(bytes: Uint8Array, start: number): number {
  const index = bytes[start] === zero ? start + 1 : digitsEnd(bytes, start)
  return index - start > 15 ? none : index
}

export function wholeOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) value = value * 10 + bytes[index]! - zero
  return value
}

/** `10 ** n`, at its index. */
const powers = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

/** The number as JSON.parse gives it; undefined for one with an exponent, one of more digits than a
 *  double holds whatever they are, and for what is no number. Both sides of the division are whole
 *  and exact, so that it rounds as reading the decimal does. */
export function decimalAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  const first = bytes[start] === minus ? start + 1 : start
  if (end - first >= powers.length) return undefined
  let whole = 0
  let fractionAt = end
  for (let index = first; index < end; index++) {
    const byte = bytes[index]!
    if (byte === dot) fractionAt = index + 1
    else if (isDigit(byte)) whole = whole * 10 + byte - zero
    else return undefined
  }
  const size = whole / powers[end - fractionAt]!
  return first === start ? size : -size
}

export function isWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start !== word.length) return false
  for (let index = 0; index < word.length; index++) if (bytes[start + index] !== word[index]) return false
  return true
}

export function skipSpace(bytes: Uint8Array, start: number): number {
  let index = start
  while (index < bytes.length && isSpace(bytes[index]!)) index++
  return index
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
