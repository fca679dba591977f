// A mapping file, checked. Invariant: what is accepted can be opened and run; every fault names its file, the field and what may stand there.
import { accepted, refused, type Result } from '../base/errors.ts'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import { isInvalid } from '../model/message.ts'
import { takeValue } from '../model/signal-value.ts'
import * as check from './check.ts'
import { openPattern, patternHelp } from './instant-pattern.ts'
import { isZone, parseInstant } from './instants.ts'
import type { Mapping, SignalRule } from './mapping.ts'
import { isNumeric, mappablePaths, mappableSignal } from './signals.ts'
import { conversion, unitsLike } from './units.ts'

const { object, oneOf, text, listOf, oneOrMore, variant } = check

const name = check.matching('a name of lower case letters, digits and hyphens, at most 40', (value) =>
  /^[a-z0-9][a-z0-9-]{0,39}$/.test(value),
)
const zone = check.matching('an IANA time zone such as "Europe/Madrid" or "UTC"', isZone)
const instant = check.matching('an instant such as "2026-03-01T08:00:00Z"', (value) => parseInstant(value, 'UTC') !== undefined)
const clock = oneOf('measured', 'sent', 'server', 'received')
const fields = oneOrMore(text, 'a field or a list of fields')
const texts = listOf(check.anyText, 'a list of texts')

const defaults = { unknown: texts, absent: oneOf('unchanged', 'unknown'), decimal: oneOf('.', ',') }

const dated = {
  iso: object({ as: text, clock, field: fields, zone }, ['field', 'zone']),
  pattern: object(
    {
      as: text,
      clock,
      field: fields,
      zone,
      pattern: check.matching(patternHelp, (value) => openPattern(value, 'UTC') !== undefined),
    },
    ['field', 'pattern', 'zone'],
  ),
  epoch: object({ as: text, clock, field: text, unit: oneOf('s', 'ms', 'us') }, ['field', 'unit']),
}
const start: check.Check = (value, path, faults) =>
  check.isObject(value) && 'table' in value
    ? object({ table: text, key: text, time: variant('as', dated) }, ['key', 'time'])(value, path, faults)
    : variant('as', dated)(value, path, faults)
const time = variant('as', {
  ...dated,
  elapsed: object({ as: text, clock, startAt: instant, start, field: text, unit: oneOf('min', 's', 'ms', 'us') }, ['field', 'unit']),
  rows: object({ as: text, clock, startAt: instant, start, periodMs: check.positive }, ['periodMs']),
})

/** The forms that `from` may name; each is read by a reader of its own. */
const forms = {
  csv: object({
    form: text,
    delimiter: oneOf('comma', 'semicolon', 'tab', 'blank'),
    header: listOf(text, 'a list of names'),
    skip: check.count,
    comment: text,
    unitsRow: check.truth,
    shortRows: check.truth,
    long: object({ name: text, value: text, unit: text }, ['name', 'value']),
  }),
  gpx: object({ form: text }),
  nmea: object({ form: text }),
  openxc: object({ form: text }),
  candump: object({ form: text, dbc: text, j1939: check.truth }, ['dbc']),
}

const scalar: check.Check = (value, path, faults) => {
  if (!['string', 'number', 'boolean'].includes(typeof value)) faults.push(`${path} is a text, a number, true or false.`)
}

const ruleForm = object(
  {
    ...defaults,
    field: text,
    times: text,
    unit: text,
    factor: check.number,
    minus: check.number,
    sign: oneOf(-1),
    bits: oneOf(8, 16, 24, 32),
    suffix: text,
    words: check.mapOf(() => scalar, 'an object of texts and the value each stands for'),
    unknownWhen: object({ field: text, is: texts }, ['field', 'is']),
  },
  ['field'],
)

/** A rule for that signal: its unit, and what its words stand for, are those of the signal. */
const signalRule =
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
      const expected = signal.unit === undefined ? [] : unitsLike(signal.unit)
      if (!isNumber || signal.unit === undefined) {
        if (unit !== undefined) faults.push(`${at}.unit says nothing of ${path}, which has no unit; leave it out.`)
      } else if (unit === undefined || conversion(unit, signal.unit) === undefined)
        faults.push(
          `${at}.unit ${unit === undefined ? 'is missing' : `is not ${JSON.stringify(unit)}`}; for ${path} it is one of ${expected.join(', ')}.`,
        )
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

const constants = (catalogue: Catalogue) =>
  check.mapOf((path) => {
    const signal = mappableSignal(path, catalogue)
    return (value, at, faults) => {
      if (signal === undefined) faults.push(noSignal(path, at, catalogue))
      else if (isInvalid(takeValue(value, signal.rule))) faults.push(`${at} is a value of ${path}, not ${JSON.stringify(value)}.`)
    }
  }, 'an object of signals and their values')

const anyObject: check.Check = (value, path, faults) => {
  if (!check.isObject(value)) faults.push(`${path} is an object.`)
}
const example = object(
  {
    rows: listOf(
      check.mapOf(() => check.anyText, 'an object of fields and their texts'),
      'a list of rows',
    ),
    samples: (value, path, faults) => {
      if (!Array.isArray(value)) faults.push(`${path} is a list of samples.`)
      else
        for (const [index, sample] of value.entries())
          object({ at: instant, clock, segment: text, signals: anyObject }, ['at', 'signals'])(sample, check.pathTo(path, index), faults)
    },
  },
  ['rows', 'samples'],
)

const mappingForm = (catalogue: Catalogue) =>
  object(
    {
      ...defaults,
      name,
      about: text,
      notes: listOf(text, 'a list of texts'),
      from: variant('form', forms),
      time: oneOrMore(time, 'a time rule or a list of time rules'),
      segments: object({ field: text, are: oneOf('trips', 'vehicles') }, ['field', 'are']),
      constants: constants(catalogue),
      signals: check.mapOf(signalRule(catalogue), 'an object of signals and their rules'),
      lacking: oneOf('error', 'skip'),
      examples: listOf(example, 'a list of examples'),
    },
    ['name', 'about', 'from', 'time', 'signals'],
  )

/** Faults told of one file; a file that is something else altogether has hundreds. */
const faultsMax = 20

/** Checks the text of a mapping file, whose signals are those of the catalogue. The refusal has a line for each fault. */
export function parseMapping(json: string, file: string, catalogue: Catalogue = vssCatalogue): Result<Mapping, 'mapping'> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return refused('mapping', `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const faults: string[] = []
  mappingForm(catalogue)(value, '$', faults)
  if (faults.length === 0) return accepted(value as Mapping)
  const more = faults.length > faultsMax ? [`${file}: and ${faults.length - faultsMax} more.`] : []
  return refused('mapping', [...faults.slice(0, faultsMax).map((fault) => `${file}: ${fault}`), ...more].join('\n'))
}
