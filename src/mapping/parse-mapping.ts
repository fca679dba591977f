// A mapping file, checked. Invariant: what is accepted can be opened and run; every fault names its file, the field and what may stand there.
import { accepted, refused, type Result } from '../base/errors.ts'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import * as check from './check.ts'
import { constants, defaults, signalRule } from './check-signals.ts'
import { openPattern, patternHelp } from './instant-pattern.ts'
import { isZone, parseInstant } from './instants.ts'
import type { Mapping } from './mapping.ts'

const { object, oneOf, text, listOf, oneOrMore, variant } = check

const name = check.matching('a name of lower case letters, digits and hyphens, at most 40', (value) =>
  /^[a-z0-9][a-z0-9-]{0,39}$/.test(value),
)
const zone = check.matching('an IANA time zone such as "Europe/Madrid" or "UTC"', isZone)
const instant = check.matching('an instant such as "2026-03-01T08:00:00Z"', (value) => parseInstant(value, 'UTC') !== undefined)
const clock = oneOf('measured', 'sent', 'server', 'received')
const fields = oneOrMore(text, 'a field or a list of fields')
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
          object({ at: instant, segment: text, signals: anyObject }, ['at', 'signals'])(sample, check.pathTo(path, index), faults)
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
