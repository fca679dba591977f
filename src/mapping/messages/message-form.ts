// The form of a mapping of messages, and what it says of fields held against what its routes can
// tell: a field that nothing tells is a fault, not a signal that never comes.
import type { Catalogue } from '../../model/catalogue.ts'
import * as check from '../check.ts'
import { condition, conditions, constants, defaults, signalRule } from '../check-signals.ts'
import { anyList, anyObject, clock, dated, instant, name, notes } from '../check-time.ts'
import { binaryForms } from '../binary/decode-binary.ts'
import { packings } from '../binary/unpack.ts'
import { readPattern } from './address.ts'
import { untellable } from './tellable.ts'
import { isTemplate } from './template.ts'
import type { MessageMapping } from './message-mapping.ts'

const { object, oneOf, text, listOf, oneOrMore, variant } = check

const field = check.matching('a name, or a JSON pointer such as "/lat" or "name/lat"', (value) => {
  const [name = '', ...keys] = value.split('/')
  return value !== '' && !/[{}]/.test(name) && !(name in Object.prototype) && !keys.includes('__proto__')
})
const pointer = check.matching('a JSON pointer such as "/data/items"', (value) => value.startsWith('/'))
const list = check.matching(
  'a JSON pointer such as "/data/items", or "" for the whole payload',
  (value) => value === '' || value.startsWith('/'),
)
const hex = check.matching('bytes in hexadecimal digits', (value) => /^([0-9a-f]{2})*$/i.test(value))
const template = check.matching('a text of fields such as "{user}/{device}"', isTemplate)
const patternHelp = 'levels such as "a/{name}/b", with {name...} at most at the end'
const topic = check.matching(`a topic of ${patternHelp}`, (value) => readPattern(value) !== undefined)
const path = check.matching(
  `a path of ${patternHelp}`,
  (value) => value.startsWith('/') && readPattern(value.slice(1)) !== undefined,
)

const withinMs: check.Check = (value, at, faults) => {
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > 60_000)
    faults.push(`${at} is a whole number of milliseconds from 1 to 60000, not ${JSON.stringify(value)}.`)
}

const routeCondition: check.Check = (value, at, faults) =>
  check.isObject(value) && 'there' in value
    ? object({ field, there: check.truth }, ['field', 'there'])(value, at, faults)
    : condition(value, at, faults)

const vehicle: check.Check = (value, at, faults) =>
  (check.isObject(value) ? object({ field, after: text }, ['field', 'after']) : template)(value, at, faults)

const isTrue: check.Check = (value, at, faults) => {
  if (value !== true) faults.push(`${at} is true, or is not there.`)
}

const routeFields = {
  contentType: text,
  payload: oneOf('text', 'json', 'form', ...binaryForms),
  packing: oneOf(...packings),
  field: text,
  list: object({ at: list, name: text }, ['at']),
  part: object({ at: pointer, value: pointer, replaces: isTrue }, ['at', 'value']),
  levels: object({ of: pointer, are: topic }, ['of', 'are']),
  when: oneOrMore(routeCondition, 'a condition or a list of conditions'),
  passedOver: isTrue,
}

const route: check.Check = (value, at, faults) => {
  const isHttp = check.isObject(value) && ('method' in value || 'path' in value)
  const form = isHttp
    ? object({ method: oneOf('GET', 'POST', 'TELTONIKA'), path, ...routeFields }, ['method', 'path'])
    : object({ topic, ...routeFields }, ['topic'])
  form(value, at, faults)
}

const from = object(
  {
    form: text,
    routes: listOf(route, 'a list of routes'),
    sender: oneOrMore(template, 'a text of levels or a list of such'),
    vehicle: oneOrMore(vehicle, 'what names the vehicle, or a list of such'),
    retained: oneOf('dated'),
    gather: object({ withinMs, until: field, each: template }, ['withinMs']),
  },
  ['routes', 'vehicle'],
)

const timeField = check.matching(
  'a field, or "*/…" for one beside each value',
  (value) => value !== '' && !/[{}]/.test(value),
)
const time = variant('as', {
  receipt: object({ as: text }),
  ...dated(timeField, {
    when: conditions,
    plus: object({ field: timeField, unit: oneOf('s', 'ms', 'us') }, ['field', 'unit']),
  }),
})

const example = object(
  {
    messages: listOf(
      object({ to: text, payload: () => undefined, hex, contentType: text, retained: isTrue, receivedAt: instant }, [
        'to',
        'receivedAt',
      ]),
      'a list of messages',
    ),
    samples: anyList(
      object({ vehicle: text, at: instant, clock, signals: anyObject }, ['vehicle', 'at', 'signals']),
      'samples',
    ),
    refused: listOf(text, 'a list of reasons'),
  },
  ['messages', 'samples'],
)

/** The whole of a mapping of messages. */
export const messageForm = (catalogue: Catalogue): check.Check => {
  const form = object(
    {
      ...defaults,
      name,
      about: text,
      notes,
      from,
      time: oneOrMore(time, 'a time rule or a list of time rules'),
      constants: constants(catalogue),
      signals: check.mapOf(signalRule(catalogue), 'an object of signals and their rules'),
      examples: listOf(example, 'a list of examples'),
    },
    ['name', 'about', 'from', 'time', 'signals'],
  )
  return (value, at, faults) => {
    const before = faults.length
    form(value, at, faults)
    if (faults.length === before) faults.push(...untellable(value as MessageMapping))
  }
}
