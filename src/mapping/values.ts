// The value of one signal in a row or a message, by its rules. Invariant: no value is made up. An
// empty field and an unknown text are null or leave the signal unchanged, as the mapping says; what
// is no number, an unknown code or outside the signal's range is { invalid: reason }.
import assert from 'node:assert/strict'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import type { SignalValue } from '../model/message.ts'
import { takeNumber, takeValue, type ValueRule } from '../model/signal-value.ts'
import type { Access, Holding } from './access.ts'
import type { Defaults, SignalRule } from './mapping.ts'
import { nineDigits } from './nine-digits.ts'
import { isNumeric, mappableSignal, type MappableSignal } from './signals.ts'
import { conversion, type Scale } from './units.ts'

/** Undefined where nothing is said of the signal. */
export type ValueReader<Source> = (source: Source) => SignalValue | undefined

/** The fields that a rule reads, `unknownWhen` aside. */
export const valueFields = ({ field, times, unit }: SignalRule): readonly string[] => [
  field,
  ...(times === undefined ? [] : [times]),
  ...(typeof unit === 'object' ? [unit.field] : []),
]

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const isNumeral = (text: string): boolean => numeral.test(text)

type Around<Source> = {
  readonly access: Access<Source>
  /** Whether a column of the file is filled in less than half of its rows. */
  readonly isSparse?: (field: string) => boolean
  readonly catalogue?: Catalogue
}

export function openValue<Source>(
  path: string,
  rule: SignalRule,
  defaults: Defaults,
  { access, isSparse = () => false, catalogue = vssCatalogue }: Around<Source>,
): ValueReader<Source> {
  const signal = mappableSignal(path, catalogue)
  if (signal === undefined) throw new TypeError(`the catalogue of signals does not know ${path}`)
  const { absent = defaults.absent, unknown = defaults.unknown ?? [] } = rule
  const isUnknown = openUnknown(unknown)
  const nothing =
    (absent ?? (valueFields(rule).some(isSparse) ? 'unchanged' : 'unknown')) === 'unknown' ? null : undefined
  const isAround = access.isAround(rule.field)
  // A thing that is told without the field says that it is unknown; one that is not told says
  // nothing.
  const untold = (source: Source): null | undefined =>
    absent === 'unknown' && (isAround === undefined || isAround(source)) ? null : undefined
  const one = access.field(rule.field)
  const other = rule.times === undefined ? undefined : access.field(rule.times)
  const besides = [rule.unknownWhen ?? []].flat().map((condition) => access.condition(condition))
  const { read, takeBare } = openReader(path, rule, signal, rule.decimal ?? defaults.decimal ?? '.', access)
  const bare = unknown.some(isNumeral) ? undefined : takeBare
  // Most rules are of one field alone and most fields are numbers, and every value of every message
  // passes here.
  if (other === undefined && besides.length === 0)
    return (source) => {
      const told = one(source)
      if (bare !== undefined && typeof told === 'number') return bare(told)
      const raw = plain(told)
      if (raw === undefined) return untold(source)
      return isUnknown(raw) ? nothing : read(source, raw)
    }
  return (source) => {
    let held: Holding = 'no'
    for (const condition of besides) {
      const now = condition(source)
      if (now !== 'no' && held !== 'told') held = now
    }
    const raw = plain(one(source))
    const times = other === undefined ? undefined : plain(other(source))
    // A value that another topic has just told to be unknown is unknown though it does not come
    // itself.
    if (raw === undefined || (other !== undefined && times === undefined))
      return held === 'told' ? null : untold(source)
    if (isUnknown(raw) || (other !== undefined && isUnknown(times))) return nothing
    return held === 'no' ? read(source, raw, times) : null
  }
}

const plain = (raw: unknown): unknown => (typeof raw === 'string' ? raw.trim() : raw)

/** Empty, or one of the texts; a number is compared as one. */
function openUnknown(unknown: readonly string[]): (raw: unknown) => boolean {
  const texts = new Set(['', ...unknown])
  const numbers = unknown.filter(isNumeral).map(Number)
  return (raw) => {
    if (typeof raw === 'number') return numbers.length > 0 && numbers.includes(raw)
    if (typeof raw === 'string') return texts.has(raw)
    return raw === null || (typeof raw === 'boolean' && texts.has(String(raw)))
  }
}

/** Whether a field has one of these texts; a number is compared as one, and what is not told is
 *  none of them. */
export function openWords(words: readonly string[]): (raw: unknown) => boolean {
  const texts = new Set(words)
  const numbers = new Set(words.filter(isNumeral).map(Number))
  return (raw) => {
    if (typeof raw === 'number') return numbers.has(raw)
    if (typeof raw === 'string') return texts.has(raw.trim())
    return raw === null ? texts.has('') : typeof raw === 'boolean' && texts.has(String(raw))
  }
}

/** `takeBare`: of a number that is as it stands, where the rule asks for nothing else. */
type RawReader<Source> = {
  readonly read: (source: Source, raw: unknown, times?: unknown) => SignalValue
  readonly takeBare?: (value: number) => SignalValue
}

function openReader<Source>(
  path: string,
  rule: SignalRule,
  signal: MappableSignal,
  decimal: '.' | ',',
  access: Access<Source>,
): RawReader<Source> {
  const { words } = rule
  const { rule: valueRule } = signal
  if (words !== undefined) {
    const values = new Map(Object.entries(words).map(([word, value]) => [word, takeValue(value, valueRule)]))
    return {
      read: (_source, raw) => (isScalar(raw) ? values.get(String(raw)) : undefined) ?? { invalid: 'unknown-code' },
    }
  }
  if (!isNumeric(signal)) return { read: (_source, raw) => takeValue(raw, valueRule) }
  const numberOf = openNumber(rule, decimal)
  const scaleOf = (unit: string | undefined): Scale => {
    const scale = unit === undefined ? { factor: 1, offset: 0 } : conversion(unit, signal.unit ?? '')
    assert(scale !== undefined, `${path} is measured in ${signal.unit}, which ${unit} does not convert to`)
    return scale
  }
  if (typeof rule.unit !== 'object') {
    const convert = openConversion(rule, valueRule, scaleOf(rule.unit))
    return {
      read: (_source, raw, times) => convert(numberOf(raw), times === undefined ? undefined : numberOf(times)),
      ...(rule.suffix === undefined && rule.bits === undefined && { takeBare: convert }),
    }
  }
  const unit = access.field(rule.unit.field)
  const conversions = new Map(
    Object.entries(rule.unit.are).map(([word, unit]) => [word, openConversion(rule, valueRule, scaleOf(unit))]),
  )
  return {
    read: (source, raw, times) =>
      conversions.get(String(unit(source)))?.(numberOf(raw), times === undefined ? undefined : numberOf(times)) ?? {
        invalid: 'unknown-code',
      },
  }
}

const isScalar = (raw: unknown): boolean =>
  typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean'

function openConversion(
  rule: SignalRule,
  valueRule: ValueRule,
  scale: Scale,
): (value: number, times?: number) => SignalValue {
  const { factor = 1, minus = 0, sign = 1 } = rule
  const isAsWritten =
    scale.factor === 1 && scale.offset === 0 && rule.times === undefined && minus === 0 && sign === 1 && factor === 1
  if (isAsWritten) return (value) => takeNumber(value, valueRule)
  const isWhole = valueRule.kind === 'whole'
  const whole = scale.factor * sign
  return (one, other) => {
    let value = whole * (one * factor - minus)
    if (other !== undefined) value *= other * factor - minus
    value += scale.offset
    return takeNumber(isWhole ? value : nineDigits(value), valueRule)
  }
}

/** NaN for what is no number of that form. */
function openNumber({ suffix, bits }: SignalRule, decimal: '.' | ','): (raw: unknown) => number {
  const read = (raw: unknown): number => {
    if (typeof raw === 'number') return suffix === undefined ? raw : Number.NaN
    if (typeof raw !== 'string' || (suffix !== undefined && !raw.endsWith(suffix))) return Number.NaN
    const bare = suffix === undefined ? raw : raw.slice(0, -suffix.length).trimEnd()
    const written = decimal === '.' ? bare : bare.includes('.') ? '' : bare.replace(',', '.')
    return isNumeral(written) ? Number(written) : Number.NaN
  }
  if (bits === undefined) return read
  return (raw) => {
    const value = read(raw)
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) return Number.NaN
    return value >= 2 ** (bits - 1) ? value - 2 ** bits : value
  }
}
