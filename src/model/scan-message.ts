// A faster yes than parseMessage's, for the one who only has to know that a payload is a message
// and when it happened: one pass over the bytes, no objects. Invariant: what it accepts,
// `parseMessage` accepts, with the same event time. Whatever is rare or odd (an event, an escape,
// text beyond ASCII, any fault) it leaves to the parser by giving undefined.
import { burstInstant, isEvery } from './burst.ts'
import { earliestAt, latestAt } from './instant.ts'
import {
  closeBrace,
  closeBracket,
  comma,
  dot,
  isWord,
  none,
  openBrace,
  openBracket,
  quote,
  skipSpace,
  textEnd,
  valueEnd,
  valueStart,
  wholeEnd,
  wholeOf,
  wordOf,
} from './json-bytes.ts'
import { messageLimits } from './message-check.ts'

/** Deeper nesting, in keys that mean nothing here, is the parser's. */
const depthMax = 8
const pathLevelsMax = 16
const levelCharsMax = 60

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
}

const tableOf = (allowed: string): Uint8Array => {
  const table = new Uint8Array(256)
  for (let i = 0; i < allowed.length; i++) table[allowed.charCodeAt(i)] = 1
  return table
}
const digits = '0123456789'
const isHex = tableOf(`${digits}abcdef`)
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

function bootEnd(bytes: Uint8Array, start: number): number {
  const end = start + 17
  if (bytes[start] !== quote || bytes[end] !== quote) return none
  for (let index = start + 1; index < end; index++) if (isHex[bytes[index]!] !== 1) return none
  return end + 1
}
