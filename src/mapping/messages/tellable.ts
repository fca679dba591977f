// Checks what a mapping of messages says of fields against what its routes can tell.
import { pathTo } from '../check.ts'
import type { Condition, SignalRule } from '../mapping.ts'
import { namesOf, patternOf, readPattern } from './address.ts'
import { readRef } from './fields.ts'
import type { MessageMapping, MessagesForm, MessageTime, Route } from './message-mapping.ts'
import { templateFields } from './template.ts'

/** A field, and where it is named. */
type Named = { readonly field: string; readonly at: string }

/** Each fault is a text; the mapping has the form of one. */
export function untellable(mapping: MessageMapping): readonly string[] {
  const { from } = mapping
  return [
    ...from.routes.flatMap((route, index) => routeFaults(route, pathTo('$.from.routes', index))),
    ...addressFaults(from),
    ...namedFields(mapping)
      .filter(({ field }) => !from.routes.some((route) => tells(route, field)))
      .map(({ field, at }) => `${at} is "${field}", which no route tells.`),
  ]
}

const levelsOf = (route: Route): readonly string[] => namesOf(readPattern(patternOf(route)) ?? [])

/** Those of the address, and of a text that is read like one. */
const allLevelsOf = (route: Route): readonly string[] => [
  ...levelsOf(route),
  ...namesOf(readPattern(route.levels?.are ?? '') ?? []),
]

const nameLevel = /^\{(.*)\}$/

function routeFaults(route: Route, at: string): readonly string[] {
  const { payload = 'json', packing, field, list, part, levels, passedOver } = route
  const faults: string[] = []
  const isText = payload === 'text' || payload === 'form'
  const [, level] = nameLevel.exec(field ?? '') ?? []
  if (payload === 'text' && field === undefined && passedOver === undefined)
    faults.push(`${at}.field is missing; it is what the text is called, a name or a level such as "{name}".`)
  if (payload === 'form' && field !== undefined)
    faults.push(`${at}.field says nothing of a form, whose parameters have names; leave it out.`)
  for (const [name, given] of Object.entries({ list, part, levels }))
    if (isText && given !== undefined) faults.push(`${at}.${name} is of payloads that are trees; leave it out.`)
  if (packing !== undefined && (isText || payload === 'json' || payload === 'sparkplug-b'))
    faults.push(`${at}.packing says nothing of ${payload}, which is read as it comes; leave it out.`)
  if (part !== undefined && field === undefined)
    faults.push(`${at}.field is missing; it is what the whole is called that the payload tells a part of.`)
  if (field !== undefined && /[{}]/.test(field) && (level === undefined || !levelsOf(route).includes(level)))
    faults.push(
      level === undefined
        ? `${at}.field is a name, or a level of the address such as "{name}", not "${field}".`
        : `${at}.field is "${field}", and the address has no level of that name; it has ${levelsOf(route).join(', ') || 'none'}.`,
    )
  if (field !== undefined && allLevelsOf(route).includes(field))
    faults.push(`${at}.field is the name of a level as well; call it otherwise.`)
  if (field !== undefined && field.includes('/')) faults.push(`${at}.field is a name without "/", not "${field}".`)
  return faults
}

/** Senders and parts are told by addresses alone. */
function addressFaults({ routes, sender, gather }: MessagesForm): readonly string[] {
  const known = new Set(routes.flatMap(levelsOf))
  const hasHttp = routes.some((route) => 'path' in route)
  const unknown = (templates: readonly string[]): readonly string[] =>
    templates.flatMap(templateFields).filter((name) => !known.has(name) && !hasHttp)
  return [
    ...unknown([sender ?? []].flat()).map((name) => `$.from.sender: no address has a level "${name}".`),
    ...unknown([gather?.each ?? []].flat()).map((name) => `$.from.gather.each: no address has a level "${name}".`),
  ]
}

function namedFields({ from, time, signals }: MessageMapping): readonly Named[] {
  const vehicle = [from.vehicle]
    .flat()
    .flatMap((name) => (typeof name === 'string' ? templateFields(name) : [name.field]))
    .map((field) => ({ field, at: '$.from.vehicle' }))
  const until = from.gather?.until === undefined ? [] : [{ field: from.gather.until, at: '$.from.gather.until' }]
  const routes = from.routes.flatMap(({ when }, index) => namedIn(when, `${pathTo('$.from.routes', index)}.when`))
  const times = [time].flat().flatMap((rule) => timeFields(rule))
  const values = Object.entries(signals).flatMap(([path, rules]) =>
    [rules].flat().flatMap((rule) => ruleFields(rule, pathTo('$.signals', path))),
  )
  return [...vehicle, ...until, ...routes, ...times, ...values]
}

const namedIn = (
  conditions: { readonly field: string } | readonly { readonly field: string }[] | undefined,
  at: string,
): readonly Named[] => [conditions ?? []].flat().map(({ field }) => ({ field, at }))

function timeFields(rule: MessageTime): readonly Named[] {
  if (rule.as === 'receipt') return []
  const { when, plus, field } = rule
  const own = [field].flat().map((field) => ({ field, at: '$.time.field' }))
  const all = [
    ...own,
    ...namedIn(when, '$.time.when'),
    ...(plus === undefined ? [] : [{ field: plus.field, at: '$.time.plus' }]),
  ]
  return all.filter(({ field }) => readRef(field).name !== '*')
}

function ruleFields({ field, times, unit, unknownWhen }: SignalRule, at: string): readonly Named[] {
  const conditions: Condition | readonly Condition[] | undefined = unknownWhen
  return [
    { field, at: `${at}.field` },
    ...(times === undefined ? [] : [{ field: times, at: `${at}.times` }]),
    ...(typeof unit === 'object' ? [{ field: unit.field, at: `${at}.unit` }] : []),
    ...namedIn(conditions, `${at}.unknownWhen`),
  ]
}

/** Whether a route can tell the field: a level, what its payload is called, a parameter, an item of
 *  a list, or what a pointer leads to. */
function tells(route: Route, ref: string): boolean {
  const { name, keys } = readRef(ref)
  const { payload = 'json', field, list, part } = route
  if (keys.length === 0 && allLevelsOf(route).includes(name)) return true
  // Parameters of a query, or of a form, may have any name.
  if (keys.length === 0 && name !== '' && ('path' in route || payload === 'form')) return true
  if (payload === 'form') return false
  if (payload === 'text') return keys.length === 0 && (field === name || nameLevel.test(field ?? ''))
  if (field !== undefined && (field === name || nameLevel.test(field))) return true
  return name === '' ? field === undefined || part !== undefined : list !== undefined
}
