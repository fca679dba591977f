// What is a message and what is not, without bytes (message-codec.ts has those), so that any JavaScript engine can tell.
// A wrong value of a known signal does not refuse the message: that one value becomes { invalid: reason }, the rest stands.
import { accepted, refused, type Result } from '../base/errors.ts'
import type { Message, Sample, SignalValue } from './message.ts'
import { findSignal, type VssSignal } from './vss.ts'

/** Why a message is refused: the reason code of the dead letter and a metric label. */
export type MessageRefusal = 'too-large' | 'not-utf8' | 'not-json' | 'shape' | 'boot' | 'seq' | 'time' | 'samples' | 'signal' | 'event'

export const messageLimits = {
  bytes: 256 * 1024,
  samples: 1000,
  signalsPerSample: 500,
  pathChars: 200,
  textChars: 2000,
  listItems: 200,
} as const

const bootPattern = /^[0-9a-f]{16}$/
const pathPattern = /^Vehicle(\.[A-Za-z0-9_]{1,60}){1,16}$/
const eventPattern = /^[a-z][a-z0-9-]{0,63}$/
/** 2000-01-01 to 2100-01-01: outside it a clock is not set, and no window should open for it. */
export const earliestAt = 946_684_800_000
export const latestAt = 4_102_444_800_000

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isInstant = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= earliestAt && value < latestAt

/** Parses the JSON form of a message from its text, undefined when its bytes are not UTF-8, and the number of its bytes. Never
 *  throws; the reasons are those of `MessageRefusal`. */
export function parseMessageText(text: string | undefined, bytes: number): Result<Message, MessageRefusal> {
  if (bytes > messageLimits.bytes) return refused('too-large', `A message has at most ${messageLimits.bytes} bytes; this one has ${bytes}.`)
  if (text === undefined) return refused('not-utf8', 'A message is JSON in UTF-8; these bytes are not UTF-8.')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refused('not-json', 'A message is JSON; these bytes do not parse.')
  }
  return checkMessage(json)
}

/** The checks of `parseMessage` on a value that is already parsed JSON. */
export function checkMessage(json: unknown): Result<Message, MessageRefusal> {
  if (!isObject(json)) return refused('shape', 'A message is a JSON object with "boot", "seq" and either "samples" or "event".')
  const { boot, seq } = json
  if (typeof boot !== 'string' || !bootPattern.test(boot)) return refused('boot', '"boot" is 16 lower-case hexadecimal digits.')
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return refused('seq', '"seq" is a whole number from 0.')
  if ('event' in json) return checkEvent(json, boot, seq)
  return checkSamples(json['samples'], boot, seq)
}

function checkEvent(json: Record<string, unknown>, boot: string, seq: number): Result<Message, MessageRefusal> {
  const { event, at, data } = json
  if ('samples' in json) return refused('shape', 'A message has "samples" or "event", not both.')
  if (typeof event !== 'string' || !eventPattern.test(event))
    return refused('event', '"event" is a name in lower case with hyphens, at most 64 characters.')
  if (!isInstant(at)) return refused('time', '"at" is epoch milliseconds between the years 2000 and 2100.')
  if (data !== undefined && !isObject(data)) return refused('event', '"data" is an object when it is there.')
  return accepted({ boot, seq, event, at, data: data ?? {} })
}

function checkSamples(samples: unknown, boot: string, seq: number): Result<Message, MessageRefusal> {
  if (!Array.isArray(samples) || samples.length === 0 || samples.length > messageLimits.samples)
    return refused('samples', `"samples" is a list of 1 to ${messageLimits.samples} samples.`)
  const checked: Sample[] = []
  for (const sample of samples as readonly unknown[]) {
    if (!isObject(sample) || !isObject(sample['signals'])) return refused('samples', 'A sample is { "at", "signals" }.')
    const at = sample['at']
    if (!isInstant(at)) return refused('time', '"at" of a sample is epoch milliseconds between the years 2000 and 2100.')
    const paths = Object.keys(sample['signals'])
    if (paths.length > messageLimits.signalsPerSample)
      return refused('samples', `A sample has at most ${messageLimits.signalsPerSample} signals.`)
    const given = sample['signals']
    // Nearly always all values are as they may be kept; the first that is not makes a copy.
    let signals: Record<string, unknown> = given
    for (const path of paths) {
      const known = findSignal(path)
      // Unknown paths are carried (a maker's overlay), but only ones that are VSS paths: so no `__proto__` gets through either.
      if (known === undefined && (path.length > messageLimits.pathChars || !pathPattern.test(path)))
        return refused('signal', 'A signal is named by its VSS path, such as Vehicle.Speed.')
      const value = checkValue(given[path], known)
      if (value === undefined)
        return refused('signal', `The value of ${path} is a number, truth value, text, list of texts, null or {"invalid": reason}.`)
      if (value === given[path]) continue
      if (signals === given) signals = { ...given }
      signals[path] = value
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was checked or replaced
    checked.push({ at, signals: signals as Record<string, SignalValue> })
  }
  return accepted({ boot, seq, samples: checked })
}

/** The value as it may be kept: itself, `{ invalid }` when the signal's type or range says no, undefined when it has no form of a value. */
function checkValue(value: unknown, signal: VssSignal | undefined): SignalValue | undefined {
  if (value === null) return null
  if (typeof value === 'number') return signal === undefined ? value : checkNumber(value, signal)
  if (typeof value === 'boolean') return signal === undefined || signal.datatype === 'boolean' ? value : { invalid: 'type' }
  if (typeof value === 'string') {
    if (value.length > messageLimits.textChars) return { invalid: 'too-long' }
    if (signal === undefined) return value
    if (signal.datatype !== 'string') return { invalid: 'type' }
    return signal.allowed === undefined || signal.allowed.includes(value) ? value : { invalid: 'not-allowed' }
  }
  if (Array.isArray(value)) {
    if (value.length > messageLimits.listItems) return { invalid: 'too-long' }
    if (!value.every((item): item is string => typeof item === 'string' && item.length <= messageLimits.textChars))
      return { invalid: 'type' }
    return signal === undefined || signal.datatype === 'string[]' ? value : { invalid: 'type' }
  }
  if (isObject(value) && typeof value['invalid'] === 'string') return { invalid: value['invalid'].slice(0, 100) }
  return undefined
}

const wholeRanges: Readonly<Record<string, readonly [number, number]>> = {
  uint8: [0, 0xff],
  int8: [-0x80, 0x7f],
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  uint32: [0, 0xffff_ffff],
}

function checkNumber(value: number, { datatype, min, max }: VssSignal): SignalValue {
  const whole = wholeRanges[datatype]
  if (whole === undefined && datatype !== 'float' && datatype !== 'double') return { invalid: 'type' }
  if (whole !== undefined && (!Number.isInteger(value) || value < whole[0] || value > whole[1]))
    return { invalid: Number.isInteger(value) ? 'range' : 'type' }
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) return { invalid: 'range' }
  return value
}

/** The newest instant a message speaks of: its event time in the log. */
export const messageAt = (message: Message): number =>
  'event' in message ? message.at : message.samples.reduce((newest, sample) => Math.max(newest, sample.at), 0)
