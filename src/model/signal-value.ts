// The one rule by which a value becomes that of a signal, whether it came by MQTT or from a
// recording. A value that can mean one thing only is taken in the signal's type; all else is {
// invalid: reason } with what came. Invariant: a value that was taken is taken again as it is.
import { isNotAvailable, notAvailableOf, type NotAvailable } from './not-available.ts'
import { shortJson } from './short-json.ts'
import type { InvalidValue, SignalValue } from './message.ts'
import type { VssSignal, WholeDatatype } from './vss.ts'

/** Why a value is none. A car may send other reasons, as { invalid: reason }. */
export type ValueFault =
  /** Not of the signal's datatype. */
  | 'type'
  /** Outside the signal's range, or its datatype's. */
  | 'range'
  /** None of the values that the signal may have. */
  | 'not-allowed'
  | 'too-long'
  /** NaN, infinite, or a number that JSON cannot hold. */
  | 'not-a-number'
  /** A code of the sensor or its bus for "no value"; see not-available.ts. */
  | 'not-available'
  /** An object, a list of others than texts: no form in which any signal comes. */
  | 'form'
  /** Said to be invalid by the car, which gave no reason. */
  | 'unspecified'

/** `textChars` is of one text, and of all texts of a list together. */
export const valueLimits = { textChars: 2000, listItems: 200, reasonChars: 100, keptChars: 100 } as const

/** How the values of a signal are taken. */
export type ValueRule = {
  readonly kind: 'whole' | 'real' | 'truth' | 'text' | 'texts'
  /** Of its numbers. */
  readonly min: number
  readonly max: number
  readonly allowed: readonly string[] | undefined
  readonly notAvailable: NotAvailable | undefined
}

/** Of whole numbers; those of 64 bits as far as a number of JavaScript holds each of them. */
export const wholeRanges: Readonly<Record<WholeDatatype, readonly [number, number]>> = {
  uint8: [0, 0xff],
  int8: [-0x80, 0x7f],
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  uint32: [0, 0xffff_ffff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

const kinds: Readonly<Record<string, ValueRule['kind']>> = {
  string: 'text',
  'string[]': 'texts',
  boolean: 'truth',
  float: 'real',
  double: 'real',
  ...Object.fromEntries(Object.keys(wholeRanges).map((datatype) => [datatype, 'whole'] as const)),
}

/** Undefined for structs and lists of anything but texts, which have no form of a value. */
export function ruleOf({ path, datatype, min, max, allowed }: VssSignal): ValueRule | undefined {
  const kind = kinds[datatype]
  if (kind === undefined) return undefined
  const [least, greatest] =
    datatype in wholeRanges ? wholeRanges[datatype as WholeDatatype] : [-Number.MAX_VALUE, Number.MAX_VALUE]
  return {
    kind,
    min: Math.max(min ?? least, least),
    max: Math.min(max ?? greatest, greatest),
    allowed,
    notAvailable: notAvailableOf(path),
  }
}

/** The value as it is kept. Without a rule every value that has a form of one is kept as it came.
 *  Never throws.
 *  - *Numbers* may come as text, in the form of JSON, with outer space or a plus sign. One for a
 *    signal of whole numbers is rounded, halves up. A number with a decimal comma, a unit or a
 *    truth value is none.
 *  - *Truth values* may come as 1 or 0, and each of true, false, 1 and 0 as text.
 *  - *Texts of a set* may come in other letter case and with outer space. */
export function takeValue(value: unknown, rule: ValueRule | undefined): SignalValue {
  if (value === null) return null
  if (typeof value === 'number') return rule === undefined ? takeAnyNumber(value) : takeNumber(value, rule)
  if (typeof value === 'string')
    return value.length > valueLimits.textChars ? invalid('too-long', value) : takeText(value, rule)
  if (typeof value === 'boolean') return rule === undefined || rule.kind === 'truth' ? value : invalid('type', value)
  if (Array.isArray(value)) return takeList(value, rule)
  if (typeof value === 'object' && 'invalid' in value) return saidInvalid(value)
  return invalid('form', value)
}

const takeAnyNumber = (value: number): SignalValue => (Number.isFinite(value) ? value : invalid('not-a-number', value))

/** The number in the signal's unit as it is kept. */
export function takeNumber(value: number, rule: ValueRule): SignalValue {
  const { kind, min, max, allowed, notAvailable } = rule
  if (!Number.isFinite(value)) return invalid('not-a-number', value)
  if (kind === 'truth') return value === 1 ? true : value === 0 ? false : invalid('type', value)
  if (kind === 'text' || kind === 'texts') return invalid('type', value)
  // `+ 0` makes -0 a zero.
  const taken = kind === 'whole' ? Math.round(value) + 0 : value
  if (!(taken >= min && taken <= max)) return invalid('range', value)
  if (allowed !== undefined && !allowed.includes(String(taken))) return invalid('not-allowed', value)
  return notAvailable !== undefined && isNotAvailable(value, notAvailable) ? invalid('not-available', value) : taken
}

const numberPattern = /^[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,4})?$/

/** The text as it is kept. */
export function takeText(text: string, rule: ValueRule | undefined): SignalValue {
  if (rule === undefined) return text
  if (rule.kind === 'text')
    return rule.allowed === undefined || rule.allowed.includes(text) ? text : takeWord(text, rule.allowed)
  if (rule.kind === 'texts') return invalid('type', text)
  const plain = text.trim()
  if (rule.kind === 'truth' && /^(true|false)$/i.test(plain)) return plain.toLowerCase() === 'true'
  return numberPattern.test(plain) ? takeNumber(Number(plain), rule) : invalid('type', text)
}

function takeWord(text: string, allowed: readonly string[]): SignalValue {
  const plain = text.trim().toUpperCase()
  return allowed.find((word) => word.toUpperCase() === plain) ?? invalid('not-allowed', text)
}

function takeList(list: readonly unknown[], rule: ValueRule | undefined): SignalValue {
  if (list.length > valueLimits.listItems) return invalid('too-long', list)
  if (!list.every((item): item is string => typeof item === 'string')) return invalid('form', list)
  if (list.reduce((chars, item) => chars + item.length, 0) > valueLimits.textChars) return invalid('too-long', list)
  if (rule === undefined) return list
  if (rule.kind !== 'texts') return invalid('type', list)
  const { allowed } = rule
  return allowed === undefined || list.every((item) => allowed.includes(item)) ? list : invalid('not-allowed', list)
}

/** The reason a car itself gives for a value that is none. */
function saidInvalid(given: { readonly invalid: unknown; readonly value?: unknown }): SignalValue {
  const { invalid: reason, value } = given
  if (typeof reason !== 'string') return reason === true ? { invalid: 'unspecified' } : invalid('form', given)
  const kept =
    typeof value === 'string'
      ? value.slice(0, valueLimits.keptChars)
      : typeof value === 'number'
        ? storable(value)
        : value
  const hasValue =
    typeof kept === 'string' || typeof kept === 'boolean' || (typeof kept === 'number' && Number.isFinite(kept))
  return { invalid: reason.slice(0, valueLimits.reasonChars), ...(hasValue && { value: kept }) }
}

/** `came` is kept with it, unless it is a number that JSON cannot hold. */
export function invalid(reason: ValueFault, came: unknown): InvalidValue {
  if (typeof came === 'number')
    return Number.isFinite(came) ? { invalid: reason, value: storable(came) } : { invalid: reason }
  if (typeof came === 'boolean') return { invalid: reason, value: came }
  if (typeof came === 'string') return { invalid: reason, value: came.slice(0, valueLimits.keptChars) }
  return { invalid: reason, value: shortJson(came, valueLimits.keptChars) }
}

/** JSON text is written without −0. */
const storable = (value: number): number => (value === 0 ? 0 : value)
