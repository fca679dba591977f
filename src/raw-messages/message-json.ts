// JSON of the log as the product keeps and shows it: an object, in UTF-8, not too deep.
import { accepted, refused, type Result } from '../base/errors.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { notANumber, parseJsonText } from '../model/lenient-json.ts'
import { scanMessage } from '../model/scan-message.ts'

/** Containers within containers; PostgreSQL's own bound depends on its stack. */
const depthMax = 64

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Nearly every message is one that the scan knows: sound, in ASCII, and shallow. The others are
 *  written anew, so that a number or a name that PostgreSQL would take otherwise than JSON.parse is
 *  what JSON.parse makes of it. A value that is JSON only to the gateway is kept as the gateway
 *  reads it, and a number that JSON cannot hold as what it is as a value: null would say that there
 *  is none. */
export function messageJson(bytes: Uint8Array): Result<string, 'not-json' | 'shape' | 'too-deep'> {
  if (scanMessage(bytes) !== undefined) return accepted(decodeUtf8(bytes)!)
  const parsed = parseObject(bytes, parseJsonText)
  if (!parsed.ok) return parsed
  const isEndless = (part: unknown): boolean => typeof part === 'number' && !Number.isFinite(part)
  return accepted(JSON.stringify(parsed.value, (_, part: unknown) => (isEndless(part) ? notANumber : part)))
}

/** `parse` gives undefined for what is no JSON. */
export function parseObject(
  bytes: Uint8Array,
  parse: (text: string) => unknown = parseStrictly,
): Result<Readonly<Record<string, unknown>>, 'not-json' | 'shape' | 'too-deep'> {
  const text = decodeUtf8(bytes)
  const parsed = text === undefined ? undefined : parse(text)
  if (parsed === undefined) return refused('not-json', 'The value is not JSON in UTF-8.')
  if (!isObject(parsed)) return refused('shape', 'The value is not a JSON object.')
  return isShallowJson(bytes) || isShallow(parsed, depthMax)
    ? accepted(parsed)
    : refused('too-deep', `The value is nested deeper than ${depthMax}.`)
}

function parseStrictly(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const code = { quote: 0x22, backslash: 0x5c, array: 0x5b, arrayEnd: 0x5d, object: 0x7b, objectEnd: 0x7d }

/** Of what was parsed: all that a row holds passes here, and its bytes are looked through in less
 *  time than its names. False also where only a name that is there twice is deep. */
function isShallowJson(json: Uint8Array): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === code.quote) at = endOfText(json, at + 1)
    else if (byte === code.object || byte === code.array) {
      if (++depth > depthMax) return false
    } else if (byte === code.objectEnd || byte === code.arrayEnd) depth--
  }
  return true
}

/** Of the quote that ends a text. */
function endOfText(json: Uint8Array, from: number): number {
  let at = from
  while (at < json.length && json[at] !== code.quote) at += json[at] === code.backslash ? 2 : 1
  return at
}

function isShallow(value: object, depth: number): boolean {
  if (depth === 0) return false
  for (const name in value) {
    const part = (value as Readonly<Record<string, unknown>>)[name]
    if (typeof part === 'object' && part !== null && !isShallow(part, depth - 1)) return false
  }
  return true
}
