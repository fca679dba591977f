// A faster yes than parseMessage's, for the one who only has to know that a payload is a message
// and when it happened: one pass over the bytes, no objects. Invariant: what it accepts,
// `parseMessage` accepts, with the same event time. Whatever is rare or odd (an event, an escape,
// text beyond ASCII, any fault) it leaves to the parser by giving undefined.
import { burstInstant, isEvery } from './burst.ts'
import { earliestAt, latestAt } from './instant.ts'
import { messageLimits } from './message-check.ts'

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Deeper nesting, in keys that mean nothing here, is the parser's. */
const depthMax = 8
const pathLevelsMax = 16
const levelCharsMax = 60
/** Not found, or for the parser to say: the index after what was looked for is never this. */
const none = -1

const wordOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const words = {
  boot: wordOf('boot'),
  seq: wordOf('seq'),
  samples: wordOf('samples'),
  burst: wordOf('burst'),
  event: wordOf('event'),
  at: wordOf('at'),
  every: wordOf('every'),
  signals: wordOf('signals'),
  vehicle: wordOf('Vehicle'),
  true: wordOf('true'),
  false: wordOf('false'),
  null: wordOf('null'),
}

const tableOf = (allowed: string): Uint8Array => {
  const table = new Uint8Array(256)
  for (let i = 0; i < allowed.length; i++) table[allowed.charCodeAt(i)] = 1
  return table
}
const digits = '0123456789'
const isHex = tableOf(`${digits}abcdef`)
/** Bytes that stand for themselves in JSON text: ASCII but controls, quote and backslash. */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash),
)
const isPathChar = tableOf(`${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_`)

/** The newest instant of a samples message, epoch milliseconds; undefined when `parseMessage` must
 *  be asked. Never throws. A key that comes twice counts as in JSON.parse, where the last one
 *  stands: each of them has to be well formed here. */
export function scanMessage(bytes: Uint8Array): number | undefined {
  const end = bytes.length
  let index = skipSpace(bytes, 0)
  if (end > messageLimits.bytes || bytes[index] !== openBrace) return undefined
  let hasBoot = false
  let hasSeq = false
  let newestAt = 0
  let count = 0
  let burstNewestAt = 0
  let burstCount = 0
  do {
    const start = skipSpace(bytes, index + 1) + 1
    const keyEnd = textEnd(bytes, start - 1)
    index = valueStart(bytes, keyEnd)
    if (index === none) return undefined
    if (isWord(bytes, start, keyEnd - 1, words.boot)) {
      index = bootEnd(bytes, index)
      hasBoot = true
    } else if (isWord(bytes, start, keyEnd - 1, words.seq)) {
      index = wholeEnd(bytes, index)
      hasSeq = true
    } else if (isWord(bytes, start, keyEnd - 1, words.samples)) {
      index = samplesEnd(bytes, index)
      newestAt = lastFoundAt
      count = lastFoundCount
    } else if (isWord(bytes, start, keyEnd - 1, words.burst)) {
      index = burstEnd(bytes, index)
      burstNewestAt = lastFoundAt
      burstCount = lastFoundCount
    } else index = isWord(bytes, start, keyEnd - 1, words.event) ? none : valueEnd(bytes, index, depthMax)
    if (index === none) return undefined
    index = skipSpace(bytes, index)
  } while (bytes[index] === comma)
  if (bytes[index] !== closeBrace || skipSpace(bytes, index + 1) !== end) return undefined
  if (burstNewestAt > newestAt) newestAt = burstNewestAt
  return hasBoot && hasSeq && newestAt !== 0 && count + burstCount <= messageLimits.samples ? newestAt : undefined
}

/** Findings of the scanner of samples that ran last, besides their end: the newest, or the one,
 *  instant, and how many there are. Read right after the call, as the next one overwrites them: the
 *  scan is not re-entrant, and allocates nothing. */
let lastFoundAt = 0
let lastFoundCount = 0

function samplesEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== openBracket) return none
  let index = start
  let newestAt = 0
  let count = 0
  do {
    index = sampleEnd(bytes, skipSpace(bytes, index + 1))
    if (index === none || ++count > messageLimits.samples) return none
    if (lastFoundAt > newestAt) newestAt = lastFoundAt
    index = skipSpace(bytes, index)
  } while (bytes[index] === comma)
  lastFoundAt = newestAt
  lastFoundCount = count
  return bytes[index] === closeBracket ? index + 1 : none
}

/** A burst of whole milliseconds whose columns have one length: so it does not matter whether a
 *  path comes twice. */
function burstEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== openBrace) return none
  let index = start
  let at = 0
  let every = 0
  let length = 0
  do {
    const keyStart = skipSpace(bytes, index + 1) + 1
    const keyEnd = textEnd(bytes, keyStart - 1)
    index = valueStart(bytes, keyEnd)
    if (index === none) return none
    const isAt = isWord(bytes, keyStart, keyEnd - 1, words.at)
    if (isAt || isWord(bytes, keyStart, keyEnd - 1, words.every)) {
      const end = wholeEnd(bytes, index)
      if (end === none) return none
      if (isAt) at = wholeOf(bytes, index, end)
      else every = wholeOf(bytes, index, end)
      index = end
    } else if (isWord(bytes, keyStart, keyEnd - 1, words.signals)) {
      index = columnsEnd(bytes, index)
      length = lastFoundCount
    } else index = valueEnd(bytes, index, depthMax)
    if (index === none) return none
    index = skipSpace(bytes, index)
  } while (bytes[index] === comma)
  lastFoundAt = burstInstant(at, every, length - 1)
  lastFoundCount = length
  const isOne = at >= earliestAt && lastFoundAt < latestAt && isEvery(every) && length > 0
  return bytes[index] === closeBrace && isOne ? index + 1 : none
}

/** The index after the columns of a burst; their length is then the found count. */
function columnsEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== openBrace) return none
  let index = start
  let length = none
  for (let count = 1; count <= messageLimits.signalsPerSample; count++) {
    index = columnEnd(bytes, valueStart(bytes, pathEnd(bytes, skipSpace(bytes, index + 1))))
    if (index === none || (length !== none && lastFoundCount !== length)) return none
    length = lastFoundCount
    index = skipSpace(bytes, index)
    if (bytes[index] === closeBrace) return index + 1
    if (bytes[index] !== comma) return none
  }
  return none
}

/** The index after a list of values, of which the found count is the number. */
function columnEnd(bytes: Uint8Array, start: number): number {
  if (start === none || bytes[start] !== openBracket) return none
  let index = start
  let count = 0
  do {
    index = valueEnd(bytes, skipSpace(bytes, index + 1), depthMax)
    if (index === none) return none
    count++
    index = skipSpace(bytes, index)
  } while (bytes[index] === comma)
  lastFoundCount = count
  return bytes[index] === closeBracket ? index + 1 : none
}

function sampleEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== openBrace) return none
  let index = start
  let at = 0
  let hasSignals = false
  do {
    const keyStart = skipSpace(bytes, index + 1) + 1
    const keyEnd = textEnd(bytes, keyStart - 1)
    index = valueStart(bytes, keyEnd)
    if (index === none) return none
    if (isWord(bytes, keyStart, keyEnd - 1, words.at)) {
      const atEnd = wholeEnd(bytes, index)
      if (atEnd === none) return none
      at = wholeOf(bytes, index, atEnd)
      if (at < earliestAt || at >= latestAt) return none
      index = atEnd
    } else if (isWord(bytes, keyStart, keyEnd - 1, words.signals)) {
      index = signalsEnd(bytes, index)
      hasSignals = true
    } else index = valueEnd(bytes, index, depthMax)
    if (index === none) return none
    index = skipSpace(bytes, index)
  } while (bytes[index] === comma)
  lastFoundAt = at
  return bytes[index] === closeBrace && hasSignals && at !== 0 ? index + 1 : none
}

function signalsEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== openBrace) return none
  let index = skipSpace(bytes, start + 1)
  if (bytes[index] === closeBrace) return index + 1
  for (let count = 1; count <= messageLimits.signalsPerSample; count++) {
    index = valueStart(bytes, pathEnd(bytes, index))
    // The one object that is a value, { invalid }, is the parser's.
    if (index === none || bytes[index] === openBrace) return none
    index = valueEnd(bytes, index, depthMax)
    if (index === none) return none
    index = skipSpace(bytes, index)
    if (bytes[index] === closeBrace) return index + 1
    if (bytes[index] !== comma) return none
    index = skipSpace(bytes, index + 1)
  }
  return none
}

/** The index after the closing quote of a VSS path. */
function pathEnd(bytes: Uint8Array, start: number): number {
  let index = start + 1 + words.vehicle.length
  if (bytes[start] !== quote || !isWord(bytes, start + 1, index, words.vehicle)) return none
  for (let level = 0; level < pathLevelsMax && bytes[index] === dot; level++) {
    const levelStart = ++index
    while (index < bytes.length && isPathChar[bytes[index]!] === 1) index++
    if (index === levelStart || index - levelStart > levelCharsMax) return none
    if (bytes[index] === quote) return index - start - 1 <= messageLimits.pathChars ? index + 1 : none
  }
  return none
}

/** The index after any JSON value but objects and lists nested deeper than `depth`. */
function valueEnd(bytes: Uint8Array, start: number, depth: number): number {
  const first = bytes[start]!
  if (first === quote) return textEnd(bytes, start)
  if (first === openBracket || first === openBrace) return depth === 0 ? none : listEnd(bytes, start, depth - 1)
  const word = first === 0x74 ? words.true : first === 0x66 ? words.false : first === 0x6e ? words.null : undefined
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
function valueStart(bytes: Uint8Array, keyEnd: number): number {
  if (keyEnd === none) return none
  const index = skipSpace(bytes, keyEnd)
  return bytes[index] === colon ? skipSpace(bytes, index + 1) : none
}

/** The index after the closing quote of ASCII text without escapes. */
function textEnd(bytes: Uint8Array, start: number): number {
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
function wholeEnd(bytes: Uint8Array, start: number): number {
  const index = bytes[start] === zero ? start + 1 : digitsEnd(bytes, start)
  return index - start > 15 ? none : index
}

function wholeOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) value = value * 10 + bytes[index]! - zero
  return value
}

function bootEnd(bytes: Uint8Array, start: number): number {
  const end = start + 17
  if (bytes[start] !== quote || bytes[end] !== quote) return none
  for (let index = start + 1; index < end; index++) if (isHex[bytes[index]!] !== 1) return none
  return end + 1
}

function isWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start !== word.length) return false
  for (let index = 0; index < word.length; index++) if (bytes[start + index] !== word[index]) return false
  return true
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let index = start
  while (index < bytes.length && isSpace(bytes[index]!)) index++
  return index
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
