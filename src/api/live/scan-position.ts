// The place and the motion in a patch of a twin, without an object for its other signals, which are
// most of it. Invariant: what it gives, JSON.parse gives of a patch as the jobs write it. Whatever
// is rare (a value that is not known, doubted or of another clock, an escape) it leaves to that by
// giving undefined. Nothing behind the last signal it looks for is looked at.
import {
  closeBrace,
  comma,
  decimalAt,
  isWord,
  none,
  openBrace,
  textEnd,
  valueEnd,
  valueStart,
  wholeEnd,
  wholeOf,
  wordOf,
} from '../../model/json-bytes.ts'
import type { TwinValue } from '../../model/twin.ts'
import { shownSignals, type PositionPatch } from './position-table.ts'

/** Deeper nesting is the parser's. */
const depthMax = 8

const words = {
  receivedAt: wordOf('receivedAt'),
  signals: wordOf('signals'),
  value: wordOf('{"value":'),
  at: wordOf(',"at":'),
}
const shown = shownSignals.map((path) => ({ path, word: wordOf(path) }))

type Scanned = Pick<PositionPatch, 'receivedAt' | 'signals'>

export function scanPosition(bytes: Uint8Array): Scanned | undefined {
  if (bytes[0] !== openBrace) return undefined
  let receivedAt: number | undefined
  let index = 0
  do {
    const keyEnd = textEnd(bytes, index + 1)
    const start = valueStart(bytes, keyEnd)
    if (start === none) return undefined
    if (isWord(bytes, index + 2, keyEnd - 1, words.signals)) {
      const signals = receivedAt === undefined ? undefined : shownIn(bytes, start)
      return receivedAt === undefined || signals === undefined ? undefined : { receivedAt, signals }
    }
    const end = valueEnd(bytes, start, depthMax)
    if (end === none) return undefined
    if (isWord(bytes, index + 2, keyEnd - 1, words.receivedAt)) receivedAt = decimalAt(bytes, start, end)
    index = end
  } while (bytes[index] === comma)
  return undefined
}

/** Of the object that starts here, the signals that are shown. */
function shownIn(bytes: Uint8Array, start: number): Record<string, TwinValue> | undefined {
  const signals: Record<string, TwinValue> = {}
  if (bytes[start] !== openBrace) return undefined
  if (bytes[start + 1] === closeBrace) return signals
  let missing = shown.length
  let index = start
  do {
    const keyAt = index + 2
    const keyEnd = textEnd(bytes, index + 1)
    const at = valueStart(bytes, keyEnd)
    if (at === none) return undefined
    const asked = shown.find(({ word }) => isWord(bytes, keyAt, keyEnd - 1, word))
    if (asked === undefined) {
      index = valueEnd(bytes, at, depthMax)
      if (index === none) return undefined
      continue
    }
    const found = twinValueAt(bytes, at)
    if (found === undefined) return undefined
    index = found.end
    signals[asked.path] = found.value
    if (--missing === 0) return signals
  } while (bytes[index] === comma)
  return bytes[index] === closeBrace ? signals : undefined
}

type Found = { readonly value: TwinValue; readonly end: number }

/** Of `{"value":1.5,"at":1796062490001}`, a number and nothing else of it. */
function twinValueAt(bytes: Uint8Array, start: number): Found | undefined {
  const valueAt = start + words.value.length
  const end = isWord(bytes, start, valueAt, words.value) ? valueEnd(bytes, valueAt, 0) : none
  if (end === none) return undefined
  const value = decimalAt(bytes, valueAt, end)
  const instantAt = end + words.at.length
  const instantEnd = isWord(bytes, end, instantAt, words.at) ? wholeEnd(bytes, instantAt) : none
  if (value === undefined || instantEnd === none || bytes[instantEnd] !== closeBrace) return undefined
  return { value: { value, at: wholeOf(bytes, instantAt, instantEnd) }, end: instantEnd + 1 }
}
