// The parts of a mapping that speak of signals, checked against the catalogue: rules of values,
// their units and words, and constants.
import type { Catalogue } from '../model/catalogue.ts'
import { isInvalid } from '../model/message.ts'
import { takeValue } from '../model/signal-value.ts'
import * as check from './check.ts'
import type { SignalRule } from './mapping.ts'
import { isNumeric, mappablePaths, mappableSignal } from './signals.ts'
import { conversion, unitsLike } from './units.ts'

const { object, oneOf, text, listOf, oneOrMore } = check

const texts = listOf(check.anyText, 'a list of texts')

export const defaults = { unknown: texts, absent: oneOf('unchanged', 'unknown'), decimal: oneOf('.', ',') }

/** A field has one of these texts. */
export const condition = object({ field: text, is: texts }, ['field', 'is'])
export const conditions = oneOrMore(condition, 'a condition or a list of conditions')

const scalar: check.Check = (value, path, faults) => {
  if (!['string', 'number', 'boolean'].includes(typeof value))
    faults.push(`${path} is a text, a number, true or false.`)
}

const told = object({ field: text, are: check.mapOf(() => text, 'an object of texts and the unit each stands for') }, [
  'field',
  'are',
])
const unit: check.Check = (value, path, faults) => (check.isObject(value) ? told : text)(value, path, faults)

const ruleForm = object(
  {
    ...defaults,
    field: text,
    times: text,
    unit,
    factor: check.number,
    minus: check.number,
    sign: oneOf(-1),
    bits: oneOf(8, 16, 24, 32),
    suffix: text,
    words: check.mapOf(() => scalar, 'an object of texts and the value each stands for'),
    unknownWhen: conditions,
  },
  ['field'],
)

function checkUnit(path: string, own: string, unit: string | undefined, at: string, faults: check.Faults): void {
  if (unit !== undefined && conversion(unit, own) !== undefined) return
  const why = unit === undefined ? 'is missing' : `is not ${JSON.stringify(unit)}`
  faults.push(`${at} ${why}; for ${path} it is one of ${unitsLike(own).join(', ')}.`)
}

/** A rule for that signal: its unit, and what its words stand for, are those of the signal. */
export const signalRule =
  (catalogue: Catalogue) =>
  (path: string): check.Check => {
    const signal = mappableSignal(path, catalogue)
    const rule: check.Check = (value, at, faults) => {
      const before = faults.length
      ruleForm(value, at, faults)
      if (faults.length > before || signal === undefined) return
      const { unit, words } = value as SignalRule
      for (const [word, meaning] of Object.entries(words ?? {}))
        if (isInvalid(takeValue(meaning, signal.rule)))
          faults.push(
            `${check.pathTo(`${at}.words`, word)} is a value of ${path}${signal.rule.allowed === undefined ? '' : `: one of ${signal.rule.allowed.join(', ')}`}.`,
          )
      const isNumber = words === undefined && isNumeric(signal)
      if (!isNumber || signal.unit === undefined) {
        if (unit !== undefined) faults.push(`${at}.unit says nothing of ${path}, which has no unit; leave it out.`)
      } else if (typeof unit !== 'object') checkUnit(path, signal.unit, unit, `${at}.unit`, faults)
      else
        for (const [word, one] of Object.entries(unit.are))
          checkUnit(path, signal.unit, one, check.pathTo(`${at}.unit.are`, word), faults)
    }
    return (value, at, faults) => {
      if (signal === undefined) faults.push(noSignal(path, at, catalogue))
      else oneOrMore(rule, 'a rule or a list of rules')(value, at, faults)
    }
  }

const pairsOf = (name: string): ReadonlySet<string> =>
  new Set(Array.from({ length: name.length }, (_, index) => name.slice(index, index + 2)))

const noSignal = (path: string, at: string, catalogue: Catalogue): string =>
  `${at} is no signal of the catalogue (VSS 6.0, and what ROADSTREAM_SIGNALS adds). ${nearest(path, catalogue)}`

/** The signals whose names share the most pairs of letters with it. */
function nearest(path: string, catalogue: Catalogue): string {
  const own = pairsOf(path.slice(0, 200).toLowerCase())
  const likenesses = mappablePaths(catalogue).map((known) => {
    const pairs = pairsOf(known.toLowerCase())
    return { known, likeness: [...own].filter((pair) => pairs.has(pair)).length / (own.size + pairs.size) }
  })
  const near = likenesses.toSorted((a, b) => b.likeness - a.likeness).slice(0, 5)
  return `Near it are ${near.map(({ known }) => known).join(', ')}.`
}

export const constants = (catalogue: Catalogue) =>
  check.mapOf((path) => {
    const signal = mappableSignal(path, catalogue)
    return (value, at, faults) => {
      if (signal === undefined) faults.push(noSignal(path, at, catalogue))
      else if (isInvalid(takeValue(value, signal.rule)))
        faults.push(`${at} is a value of ${path}, not ${JSON.stringify(value)}.`)
    }
  }, 'an object of signals and their values')
