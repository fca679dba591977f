// A route made ready: which addresses it takes, whose messages they are, and what a payload tells, put at the places of the fields.
import { openWords } from '../values.ts'
import { namesOf, openMatch, patternOf, readPattern, type Match, type ReadAddress } from './address.ts'
import type { Fields, Told } from './fields.ts'
import { messageMappingLimits } from './limits.ts'
import type { MessagesForm, Route, RouteCondition } from './message-mapping.ts'
import { readJson, type Payload } from './payload.ts'
import { openPointer, openPut, type Put } from './pointers.ts'
import type { Refusal } from './refusal.ts'
import { openTemplate } from './template.ts'

/** An address and the texts of its levels by this route. */
export type Way = { readonly address: ReadAddress; readonly levels: readonly string[] }

export type OpenRoute = {
  readonly match: Match
  /** Routes of the same reading find the same in a payload: it need not be read for each. */
  readonly reading: string
  readonly isPassedOver: boolean
  /** What a broker kept there was taken away, which tells nothing. */
  readonly isGone: (payload: Payload) => boolean
  /** By HTTP what the payload must be said to be. */
  readonly contentType: string | undefined
  /** Whether the mapping reads anything that is called so. */
  readonly isRead: (levels: readonly string[]) => boolean
  readonly senderOf: (way: Way) => string | undefined
  readonly partOf: (way: Way) => string | undefined
  /** Puts what the payload tells at its places; a refusal where it is not of the form. */
  readonly fill: (payload: Payload, way: Way, now: unknown[]) => Refusal | undefined
  readonly holds: (told: Told) => boolean
}

/** Registers all fields that the route reads; what is given back must be called once those of all rules are known. */
export function openRoute(route: Route, from: MessagesForm, fields: Fields): () => OpenRoute {
  const names = namesOf(readPattern(patternOf(route)) ?? [])
  const level = (name: string): ((way: Way) => unknown) => {
    const index = names.indexOf(name)
    return index >= 0 ? ({ levels }) => levels[index] : ({ address }) => address.query?.get(name) ?? undefined
  }
  const senders = [from.sender ?? []].flat().map((sender) => openTemplate(sender, level))
  const each = from.gather?.each
  const conditions = [route.when ?? []].flat().map((condition) => openCondition(condition, fields))
  return () => ({
    match: openMatch(route),
    reading: JSON.stringify([patternOf(route), 'method' in route, route.payload, route.field, route.list]),
    isPassedOver: route.passedOver === true,
    isGone: ({ text }) => text === '' && (route.payload ?? 'json') === 'json' && route.field === undefined,
    contentType: route.contentType?.toLowerCase(),
    ...openFill(route, names, fields),
    senderOf: (way) => senders.map((sender) => sender(way)).find((sender) => sender !== undefined),
    partOf: each === undefined ? () => undefined : openTemplate(each, level),
    holds: conditions.length === 0 ? () => true : (told) => conditions.every((condition) => condition(told)),
  })
}

function openCondition(condition: RouteCondition, fields: Fields): (told: Told) => boolean {
  const place = fields.place(condition.field)
  if ('there' in condition) return ({ now }) => (now[place] !== undefined) === condition.there
  const isWord = openWords(condition.is)
  return ({ now }) => isWord(now[place])
}

/** By the name of the thing that tells them. */
function openPuts(fields: Fields): ReadonlyMap<string, Put> {
  const byName = Map.groupBy(fields.all, ({ name }) => name)
  return new Map([...byName].map(([name, of]) => [name, openPut(of)]))
}

function openFill(route: Route, names: readonly string[], fields: Fields): Pick<OpenRoute, 'fill' | 'isRead'> {
  const puts = openPuts(fields)
  const levels = names.flatMap((name, index) => {
    const put = puts.get(name)
    return put === undefined ? [] : [{ index, put }]
  })
  const fillPayload = openPayloadFill(route, names, puts)
  const isRead = openIsRead(route, names, puts)
  return {
    isRead,
    fill: (payload, way, now) => {
      const refusal = fillPayload(payload, way, now)
      if (way.address.query !== undefined) for (const [name, text] of way.address.query) puts.get(name)?.(now, text)
      for (const { index, put } of levels) put(now, way.levels[index])
      return refusal
    },
  }
}

/** The level whose text is what the payload is called; -1 where the name is a fixed one. */
const nameLevel = (field: string, names: readonly string[]): number => names.findIndex((name) => field === `{${name}}`)

function openIsRead({ field }: Route, names: readonly string[], puts: ReadonlyMap<string, Put>): (levels: readonly string[]) => boolean {
  const index = field === undefined ? -1 : nameLevel(field, names)
  return index < 0 ? () => true : (levels) => puts.has(levels[index] ?? '')
}

function openPayloadFill(
  { payload: form = 'json', field, list }: Route,
  names: readonly string[],
  puts: ReadonlyMap<string, Put>,
): (payload: Payload, way: Way, now: unknown[]) => Refusal | undefined {
  const index = field === undefined ? -1 : nameLevel(field, names)
  const fixed = puts.get(field ?? '')
  const putOf = index < 0 ? () => fixed : (way: Way) => puts.get(way.levels[index] ?? '')
  if (form === 'form')
    return (payload, _way, now) => {
      for (const [name, text] of new URLSearchParams(payload.text)) puts.get(name)?.(now, text)
      return undefined
    }
  if (form === 'text')
    return (payload, way, now) => {
      putOf(way)?.(now, payload.text)
      return undefined
    }
  const fillList = list === undefined ? undefined : openList(list, puts)
  return (payload, way, now) => {
    const put = putOf(way)
    // What was kept and is gone leaves an empty payload: all that it told is unknown.
    if (payload.text === '') {
      put?.(now, '')
      return undefined
    }
    const json = readJson(payload)
    if (json === undefined) return { reason: 'not-json', detail: 'The payload is no JSON.' }
    put?.(now, json)
    return fillList?.(json, now)
  }
}

function openList(
  list: { readonly at: string; readonly name: string },
  puts: ReadonlyMap<string, Put>,
): (json: unknown, now: unknown[]) => Refusal | undefined {
  const read = openPointer(list.at.split('/').slice(1))
  const nameOf = openPointer(list.name.split('/').slice(1))
  return (json, now) => {
    const items = read(json)
    if (!Array.isArray(items)) return undefined
    if (items.length > messageMappingLimits.listItems)
      return { reason: 'too-many', detail: `${list.at} has ${items.length} items; ${messageMappingLimits.listItems} are read.` }
    for (const item of items) {
      const name = nameOf(item)
      if (typeof name === 'string' && name !== '') puts.get(name)?.(now, item)
    }
    return undefined
  }
}
