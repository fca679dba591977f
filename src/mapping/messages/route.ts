// A route made ready: which addresses it takes, whose messages they are, and what a payload tells,
// put at the places of the fields.
import { openWords } from '../values.ts'
import { namesOf, openMatch, patternOf, readPattern, type Match, type ReadAddress } from './address.ts'
import type { Fields } from './fields.ts'
import type { MessagesForm, Route, RouteCondition } from './message-mapping.ts'
import type { Payload } from './payload.ts'
import { openPut, type Put } from './pointers.ts'
import { nameLevel, openReading, putNamed, type PayloadReading } from './reading.ts'
import { openTemplate } from './template.ts'
import type { UnreadNames } from './unread-names.ts'

/** An address and the texts of its levels by this route. */
export type RouteMatch = { readonly address: ReadAddress; readonly levels: readonly string[] }

export type OpenRoute = {
  readonly match: Match
  /** Routes of the same reading find the same in a payload: it need not be read for each. */
  readonly sameAs: string
  readonly isPassedOver: boolean
  /** Whether a message that a broker kept there was taken away, which tells nothing. */
  readonly isGone: (payload: Payload) => boolean
  /** By HTTP what the payload must be said to be. */
  readonly contentType: string | undefined
  /** Whether the mapping reads anything that is called so. */
  readonly isRead: (levels: readonly string[]) => boolean
  readonly senderOf: (way: RouteMatch) => string | undefined
  readonly partOf: (way: RouteMatch) => string | undefined
  /** `untold`: all places, empty. */
  readonly read: (payload: Payload, way: RouteMatch, untold: readonly unknown[]) => PayloadReading
  /** Undefined where there is no condition. */
  readonly holds: ((now: readonly unknown[]) => boolean) | undefined
}

/** Registers all fields that the route reads; what is given back must be called once those of all
 *  rules are known. */
export function openRoute(route: Route, from: MessagesForm, fields: Fields): () => OpenRoute {
  const names = namesOf(readPattern(patternOf(route)) ?? [])
  const level = (name: string): ((way: RouteMatch) => unknown) => {
    const index = names.indexOf(name)
    return index >= 0 ? ({ levels }) => levels[index] : ({ address }) => address.query?.get(name) ?? undefined
  }
  const senders = [from.sender ?? []].flat().map((sender) => openTemplate(sender, level))
  const each = from.gather?.each
  const conditions = [route.when ?? []].flat().map((condition) => openCondition(condition, fields))
  return () => {
    const puts = openPuts(fields)
    return {
      match: openMatch(route),
      sameAs: sameReading(route),
      isPassedOver: route.passedOver === true,
      isGone: ({ bytes }) =>
        bytes.byteLength === 0 && route.payload !== 'text' && route.payload !== 'form' && route.field === undefined,
      contentType: route.contentType?.toLowerCase(),
      isRead: openIsRead(route, names, puts),
      read: openRead(route, names, puts, fields.unread),
      senderOf: (way) => senders.map((sender) => sender(way)).find((sender) => sender !== undefined),
      partOf: each === undefined ? () => undefined : openTemplate(each, level),
      holds: conditions.length === 0 ? undefined : (now) => conditions.every((condition) => condition(now)),
    }
  }
}

/** All that a route says but which messages it is for. */
function sameReading({ when: _when, passedOver: _passedOver, contentType: _contentType, ...route }: Route): string {
  return JSON.stringify(route)
}

function openCondition(condition: RouteCondition, fields: Fields): (now: readonly unknown[]) => boolean {
  const place = fields.place(condition.field)
  if ('there' in condition) return (now) => (now[place] !== undefined) === condition.there
  const isWord = openWords(condition.is)
  return (now) => isWord(now[place])
}

/** By the name of the thing that tells them. */
function openPuts(fields: Fields): ReadonlyMap<string, Put> {
  const byName = Map.groupBy(fields.all, ({ name }) => name)
  return new Map([...byName].map(([name, of]) => [name, openPut(of, name, fields.unread)]))
}

function openIsRead(
  { field }: Route,
  names: readonly string[],
  puts: ReadonlyMap<string, Put>,
): (levels: readonly string[]) => boolean {
  const index = field === undefined ? -1 : nameLevel(field, names)
  return index < 0 ? () => true : (levels) => puts.has(levels[index] ?? '')
}

/** Values of the whole message are put in each of the things it tells apart. */
function openRead(
  route: Route,
  names: readonly string[],
  puts: ReadonlyMap<string, Put>,
  unread: UnreadNames,
): OpenRoute['read'] {
  const levels = names.flatMap((name, index) => {
    const put = puts.get(name)
    return put === undefined ? [] : [{ index, put }]
  })
  const named = { puts, unread }
  const read = openReading(route, names, named)
  return (payload, way, untold) => {
    const reading = read(payload, way, untold)
    for (const now of reading.nows) {
      if (way.address.query !== undefined)
        for (const [name, text] of way.address.query) putNamed(named, name)?.(now, text)
      for (const { index, put } of levels) put(now, way.levels[index])
    }
    return reading
  }
}
