// Tells what is a message and what is not, without bytes (message-codec.ts has those), so that any
// JavaScript engine can tell. A fault of one thing refuses no other: a value becomes { invalid:
// reason }, what has no place is set aside with its reason, and the rest stands as it would without
// it. Refused is only what cannot be counted (no boot, no seq) and what holds nothing at all.
import { accepted, refused, type Result } from '../base/errors.ts'
import { burstLimits, spellOut } from './burst.ts'
import { otherAirbagRule, vssCatalogue, type Catalogue } from './catalogue.ts'
import { isInstant, readInstant } from './instant.ts'
import { parseJsonText } from './lenient-json.ts'
import {
  isInvalid,
  sampleClocks,
  type Message,
  type Sample,
  type SampleClock,
  type SetAside,
  type SignalValue,
} from './message.ts'
import { addSetAside } from './set-aside.ts'
import { takeValue, valueLimits } from './signal-value.ts'
import { isSignalPath, pathCharsMax } from './vss.ts'
import { isBeforeVss6, toVss6 } from './vss-version.ts'

/** Why a message is refused: the reason code of the dead letter and a metric label. */
export type MessageRefusal =
  | 'too-large'
  | 'not-utf8'
  | 'not-json'
  | 'shape'
  | 'boot'
  | 'seq'
  | 'samples'
  | 'burst'
  | 'event'

export const messageLimits = {
  bytes: 256 * 1024,
  /** Those of a burst are among them. */
  samples: burstLimits.samples,
  signalsPerSample: 500,
  pathChars: pathCharsMax,
  textChars: valueLimits.textChars,
  listItems: valueLimits.listItems,
} as const

const bootPattern = /^[0-9a-f]{16}$/
const eventPattern = /^[a-z][a-z0-9-]{0,63}$/

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses the JSON form of a message from its text, undefined when its bytes are not UTF-8, and the
 *  number of its bytes. Its values are those of the catalogue's signals. Never throws; the reasons
 *  are those of `MessageRefusal`. */
export function parseMessageText(
  text: string | undefined,
  bytes: number,
  catalogue?: Catalogue,
): Result<Message, MessageRefusal> {
  if (bytes > messageLimits.bytes)
    return refused('too-large', `A message has at most ${messageLimits.bytes} bytes; this one has ${bytes}.`)
  if (text === undefined) return refused('not-utf8', 'A message is JSON in UTF-8; these bytes are not UTF-8.')
  const json = parseJsonText(text)
  return json === undefined
    ? refused('not-json', 'A message is JSON; these bytes do not parse.')
    : checkMessage(json, catalogue)
}

/** The checks of `parseMessage` on a value that is already parsed JSON. */
export function checkMessage(json: unknown, catalogue: Catalogue = vssCatalogue): Result<Message, MessageRefusal> {
  if (!isObject(json))
    return refused('shape', 'A message is a JSON object with "boot", "seq" and "samples", "burst" or "event".')
  const { boot, seq, event, samples, burst } = json
  if (typeof boot !== 'string' || !bootPattern.test(boot))
    return refused('boot', '"boot" is 16 lower-case hexadecimal digits.')
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0)
    return refused('seq', '"seq" is a whole number from 0.')
  const found: Found = { catalogue, setAside: [], invalid: 0, deployed: [], isDeployed: false }
  const { setAside } = found
  if (typeof event === 'string' && eventPattern.test(event)) {
    if (samples !== undefined)
      addSetAside(setAside, { path: 'samples', reason: 'beside-event', sample: 0, value: samples })
    if (burst !== undefined) addSetAside(setAside, { path: 'burst', reason: 'beside-event', sample: 0, value: burst })
    const { at, data } = checkEvent(json, setAside)
    return accepted(setAside.length === 0 ? { boot, seq, event, at, data } : { boot, seq, event, at, data, setAside })
  }
  const sent = burst === undefined ? samples : withBurst(samples, burst, setAside)
  if (!Array.isArray(sent) || sent.length === 0)
    return 'event' in json
      ? refused('event', '"event" is a name in lower case with hyphens, at most 64 characters.')
      : burst === undefined
        ? refused('samples', `"samples" is a list of 1 to ${messageLimits.samples} samples.`)
        : refused('burst', noBurst)
  if ('event' in json) addSetAside(setAside, { path: 'event', reason: 'form', sample: 0, value: event })
  const checked = checkSamples(sent, found, isOlder(json['vss'], setAside))
  if (setAside.length + found.invalid + found.deployed.length === 0) return accepted({ boot, seq, samples: checked })
  return accepted({
    boot,
    seq,
    samples: checked,
    ...(found.invalid > 0 && { invalid: found.invalid }),
    ...(found.deployed.length > 0 && { deployed: found.deployed }),
    ...(setAside.length > 0 && { setAside }),
  })
}

/** Findings in a message: what is set aside, how many of the values that are kept are invalid, and
 *  which of the samples that are kept tell an airbag of another seat; `isDeployed` is of the sample
 *  that is looked at. */
type Found = {
  readonly catalogue: Catalogue
  readonly setAside: SetAside[]
  invalid: number
  readonly deployed: number[]
  isDeployed: boolean
}

const noBurst = `"burst" has "at", "every" from ${burstLimits.everyMinMs} to ${burstLimits.everyMaxMs} milliseconds, and "signals" with a list of values by path.`

/** The samples of a message that has a burst: those that are spelt out, and then the burst's. An
 *  entry that is none of the two is set aside beside the other. */
function withBurst(samples: unknown, burst: unknown, setAside: SetAside[]): unknown {
  const spelt = Array.isArray(samples) ? samples : []
  if (samples !== undefined && spelt !== samples)
    addSetAside(setAside, { path: 'samples', reason: 'form', sample: 0, value: samples })
  const rows = spellOut(burst, spelt.length, setAside)
  if (rows === undefined) addSetAside(setAside, { path: 'burst', reason: 'form', sample: 0, value: burst })
  return rows === undefined ? spelt : [...spelt, ...rows]
}

/** News that concern life may come as an event, so an event is taken whatever its instant. */
function checkEvent(
  { at, data }: Record<string, unknown>,
  setAside: SetAside[],
): { at: number; data: Record<string, unknown> } {
  if (data !== undefined && !isObject(data))
    addSetAside(setAside, { path: 'data', reason: 'form', sample: 0, value: data })
  return { at: eventAt(at, setAside), data: isObject(data) ? data : {} }
}

function eventAt(given: unknown, setAside: SetAside[]): number {
  const instant = readInstant(given)
  if (typeof instant === 'number') return instant
  addSetAside(setAside, { path: 'at', reason: instant, sample: 0, value: given })
  const at = typeof given === 'number' ? Math.floor(given) : Number.NaN
  return Number.isSafeInteger(at) && at > 0 ? at : 0
}

/** Whether the signals are of a vocabulary before VSS 6.0, which a message may say. */
function isOlder(vss: unknown, setAside: SetAside[]): boolean {
  if (vss === undefined) return false
  const older = isBeforeVss6(vss)
  if (older === undefined) addSetAside(setAside, { path: 'vss', reason: 'form', sample: 0, value: vss })
  return older === true
}

function checkSamples(samples: readonly unknown[], found: Found, older: boolean): Sample[] {
  const { setAside } = found
  const checked: Sample[] = []
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index]
    const signals = isObject(sample) ? sample['signals'] : undefined
    if (!isObject(sample) || !isObject(signals)) {
      addSetAside(setAside, { path: null, reason: 'sample', sample: index, value: sample })
      continue
    }
    if (checked.length === messageLimits.samples) {
      addSetAside(setAside, { path: null, reason: 'too-many-samples', sample: index, value: sample })
      continue
    }
    const at = readInstant(sample['at'])
    if (typeof at === 'string') {
      addSetAside(setAside, { path: null, reason: at, sample: index, value: sample['at'] })
      continue
    }
    const clock = sample['clock'] === undefined ? undefined : checkClock(sample['clock'], index, setAside)
    const taken = checkSignals(older ? toVss6(signals) : signals, index, found)
    checked.push(clock === undefined ? { at, signals: taken } : { at, signals: taken, clock })
    if (found.isDeployed) found.deployed.push(checked.length - 1)
    found.isDeployed = false
  }
  return checked
}

/** Whose clock the sample says its instant is of; undefined for the car's own, which may be said
 *  too. */
function checkClock(given: unknown, index: number, setAside: SetAside[]): SampleClock | undefined {
  const clock = sampleClocks.find((each) => each === given)
  if (clock === undefined && given !== 'measured')
    addSetAside(setAside, { path: 'clock', reason: 'form', sample: index, value: given })
  return clock
}

function checkSignals(given: Record<string, unknown>, index: number, found: Found): Sample['signals'] {
  const { catalogue } = found
  const paths = Object.keys(given)
  // Nearly always all values are as they may be kept; the first that is not makes a copy of those
  // before it.
  let signals: Record<string, SignalValue> | undefined
  let kept = 0
  for (let place = 0; place < paths.length; place++) {
    const path = paths[place]!
    const rule = catalogue.rule(path)
    const value = given[path]
    // Unknown paths are carried (a maker's overlay), but only ones that are VSS paths: so no
    // `__proto__` gets through either.
    const isPath = rule !== undefined || isSignalPath(path)
    const fault = !isPath ? 'path' : kept === messageLimits.signalsPerSample ? 'too-many-signals' : undefined
    const taken = fault === undefined ? takeValue(value, rule) : null
    if (signals === undefined && (fault !== undefined || taken !== value)) signals = copyOf(given, paths, place)
    if (fault !== undefined) addSetAside(found.setAside, { path, reason: fault, sample: index, value })
    else {
      kept++
      if (isInvalid(taken)) found.invalid++
      if (rule === otherAirbagRule && taken === true) found.isDeployed = true
      if (signals !== undefined) signals[path] = taken
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was checked
  return signals ?? (given as Record<string, SignalValue>)
}

/** The first `count` of the signals, which are as they may be kept. */
function copyOf(given: Record<string, unknown>, paths: readonly string[], count: number): Record<string, SignalValue> {
  const copy: Record<string, SignalValue> = {}
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was checked
  for (let place = 0; place < count; place++) copy[paths[place]!] = given[paths[place]!] as SignalValue
  return copy
}

/** The newest instant a message speaks of, its event time in the log; `otherwise`, such as its
 *  receipt, where it has none that a clock that is set can show. */
export function messageAt(message: Message, otherwise = Number.NaN): number {
  if ('event' in message) return isInstant(message.at) ? message.at : otherwise
  const newest = message.samples.reduce((newest, sample) => Math.max(newest, sample.at), 0)
  return newest === 0 ? otherwise : newest
}
