// The form of a mapping of recordings: `from` names a file's, `time` may count, segments may split
// it.
import type { Catalogue } from '../model/catalogue.ts'
import * as check from './check.ts'
import { conditions, constants, defaults, signalRule } from './check-signals.ts'
import { anyList, anyObject, clock, dated, instant, name, notes } from './check-time.ts'
import { fieldsOf, jsonColumnOf } from './json-cells.ts'
import type { Mapping } from './mapping.ts'

const { object, oneOf, text, listOf, oneOrMore, variant } = check

const start: check.Check = (value, path, faults) =>
  check.isObject(value) && 'table' in value
    ? object({ table: text, key: text, time: variant('as', dated()) }, ['key', 'time'])(value, path, faults)
    : variant('as', dated())(value, path, faults)
const time = variant('as', {
  ...dated(text, { when: conditions }),
  elapsed: object({ as: text, clock, startAt: instant, start, field: text, unit: oneOf('min', 's', 'ms', 'us') }, [
    'field',
    'unit',
  ]),
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
    json: listOf(text, 'a list of names'),
  }),
  gpx: object({ form: text }),
  nmea: object({ form: text }),
  openxc: object({ form: text }),
  candump: object({ form: text, dbc: text, j1939: check.truth }, ['dbc']),
  // Is told among those there are; its mappings have a form of their own.
  messages: object({ form: text }),
}

const example = object(
  {
    rows: listOf(
      check.mapOf(() => check.anyText, 'an object of fields and their texts'),
      'a list of rows',
    ),
    samples: anyList(object({ at: instant, clock, segment: text, signals: anyObject }, ['at', 'signals']), 'samples'),
  },
  ['rows', 'samples'],
)

/** The whole of a mapping of recordings. */
export const recordingForm = (catalogue: Catalogue): check.Check => {
  const form = object(
    {
      ...defaults,
      name,
      about: text,
      notes,
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
  return (value, at, faults) => {
    const before = faults.length
    form(value, at, faults)
    if (faults.length === before) faults.push(...unread(value as Mapping))
  }
}

/** A column that is said to be JSON, and of which nothing is read. */
function unread(mapping: Mapping): readonly string[] {
  const { from } = mapping
  if (from.form !== 'csv') return []
  const read = new Set([...fieldsOf(mapping)].map((field) => jsonColumnOf(from, field)))
  return (from.json ?? []).flatMap((column, index) =>
    read.has(column)
      ? []
      : [`$.from.json[${index}] is "${column}", which no field points into, such as "${column}/speed".`],
  )
}
