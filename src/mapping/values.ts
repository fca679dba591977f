// The value of one signal in a row, by its rules. Invariant: no value is made up. An empty field and an unknown text are null or leave the
// signal unchanged, as the mapping says; what is no number, an unknown code or outside the signal's range is { invalid: reason }.
import assert from 'node:assert/strict'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import type { SignalValue } from '../model/message.ts'
import { takeNumber, takeValue } from '../model/signal-value.ts'
import type { Mapping, SignalRule } from './mapping.ts'
import type { Row } from './row.ts'
import { isNumeric, mappableSignal } from './signals.ts'
import { conversion } from './units.ts'

/** Undefined where the row says nothing of the signal. */
export type ValueReader = (row: Row) => SignalValue | undefined

/** The fields that a rule reads of each row, `unknownWhen` aside. */
export const valueFields = ({ field, times }: SignalRule): readonly string[] => (times === undefined ? [field] : [field, times])

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** `isSparse`: whether a column of the file is filled in less than half of its rows. */
export function openValue(
  path: string,
  rule: SignalRule,
  mapping: Mapping,
  isSparse: (field: string) => boolean,
  catalogue: Catalogue = vssCatalogue,
): ValueReader {
  const { absent = mapping.absent, unknown = mapping.unknown, unknownWhen } = rule
  const fields = valueFields(rule)
  const unknownTexts = new Set(unknown)
  const nothing = (absent ?? (fields.some(isSparse) ? 'unchanged' : 'unknown')) === 'unknown' ? null : undefined
  const untold = absent === 'unknown' ? null : undefined
  const read = openReader(path, rule, rule.decimal ?? mapping.decimal ?? '.', catalogue)
  return (row) => {
    const texts: string[] = []
    for (const field of fields) {
      const text = row[field]?.trim()
      if (text === undefined) return untold
      if (text === '' || unknownTexts.has(text)) return nothing
      texts.push(text)
    }
    if (unknownWhen !== undefined && unknownWhen.is.includes(row[unknownWhen.field]?.trim() ?? '')) return null
    return read(texts)
  }
}

type TextReader = (texts: readonly string[]) => SignalValue

function openReader(path: string, rule: SignalRule, decimal: '.' | ',', catalogue: Catalogue): TextReader {
  const { words, unit } = rule
  const signal = mappableSignal(path, catalogue)
  if (signal === undefined) throw new TypeError(`the catalogue of signals does not know ${path}`)
  const { rule: valueRule } = signal
  if (words !== undefined)
    return ([text = '']) => (Object.hasOwn(words, text) ? takeValue(words[text], valueRule) : { invalid: 'unknown-code' })
  if (!isNumeric(signal)) return ([text]) => takeValue(text, valueRule)
  const scale = unit === undefined ? { factor: 1, offset: 0 } : conversion(unit, signal.unit ?? '')
  assert(scale !== undefined, `${path} is measured in ${signal.unit}, which ${unit} does not convert to`)
  const numberOf = openNumber(rule, decimal)
  const isAsWritten =
    scale.factor === 1 && scale.offset === 0 && rule.times === undefined && rule.minus === undefined && rule.sign === undefined
  return (texts) => {
    let value = scale.factor * (rule.sign ?? 1)
    for (const text of texts) value *= numberOf(text) * (rule.factor ?? 1) - (rule.minus ?? 0)
    value += scale.offset
    // Nine digits are more than a sensor gives and less than what a float's arithmetic adds. `+ 0` makes -0 a zero.
    const isKept = (isAsWritten && rule.factor === undefined) || valueRule.kind === 'whole'
    return takeNumber(isKept ? value : Number(value.toPrecision(9)) + 0, valueRule)
  }
}

/** NaN for what is no number of that form. */
function openNumber({ suffix, bits }: SignalRule, decimal: '.' | ','): (text: string) => number {
  return (text) => {
    if (suffix !== undefined && !text.endsWith(suffix)) return Number.NaN
    const bare = suffix === undefined ? text : text.slice(0, -suffix.length).trimEnd()
    const written = decimal === '.' ? bare : bare.includes('.') ? '' : bare.replace(',', '.')
    if (!numeral.test(written)) return Number.NaN
    const value = Number(written)
    if (bits === undefined) return value
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) return Number.NaN
    return value >= 2 ** (bits - 1) ? value - 2 ** bits : value
  }
}
