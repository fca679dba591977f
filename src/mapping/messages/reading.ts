// Reads what a payload tells by a route. Most tell one thing; a list may tell several, one after
// another.
//
//   payload ──► text · names and values · tree (JSON, or bytes that are read as one) ──► named as a whole
//                                          ├► its part at a path   ──► as if the whole had come with that part alone
//                                          └► its list             ──► each item by its name; a name that comes again begins the next thing
import { namesOf, openMatch, readPattern } from './address.ts'
import { messageMappingLimits } from './limits.ts'
import type { List, PayloadPart, Route } from './message-mapping.ts'
import { readBinary, readJson, readText, type Payload, type PayloadTree } from './payload.ts'
import { keysOf, openPointer, type Put } from './pointers.ts'
import type { MappingRefusal } from './refusal.ts'
import type { RouteMatch } from './route.ts'
import type { UnreadNames } from './unread-names.ts'

/** The values told, by the places of the fields; nothing of a payload that is not of the form, or
 *  not for the route. */
export type PayloadReading = { readonly nows: unknown[][]; readonly fault?: MappingRefusal }

type Puts = ReadonlyMap<string, Put>

/** By the names of things, and what is called otherwise. */
type Names = { readonly puts: Puts; readonly unread: UnreadNames }

type Read = (payload: Payload, way: RouteMatch, untold: readonly unknown[]) => PayloadReading

const notForIt: PayloadReading = { nows: [] }

/** The level whose text is what the payload is called; -1 where the name is a fixed one. */
export const nameLevel = (field: string, names: readonly string[]): number =>
  names.findIndex((name) => field === `{${name}}`)

export function openReading(route: Route, names: readonly string[], { puts, unread }: Names): Read {
  const { payload: form = 'json', field = '' } = route
  const index = nameLevel(field, names)
  const fixed = puts.get(field)
  const putOf = index < 0 ? () => fixed : (way: RouteMatch) => puts.get(way.levels[index] ?? '')
  if (form !== 'text' && form !== 'form') return openTree(route, putOf, { puts, unread })
  return (payload, way, untold) => {
    const text = readText(payload)
    if (typeof text !== 'string') return { nows: [], fault: text }
    const now = untold.slice()
    if (form === 'text') putOf(way)?.(now, text)
    else for (const [name, value] of new URLSearchParams(text)) putNamed({ puts, unread }, name)?.(now, value)
    return { nows: [now] }
  }
}

/** The function that puts the thing of that name; one that nobody reads is heard of. */
export function putNamed({ puts, unread }: Names, name: string): Put | undefined {
  const put = puts.get(name)
  if (put === undefined) unread.hear(name)
  return put
}

function openTree(route: Route, putOf: (way: RouteMatch) => Put | undefined, named: Names): Read {
  const { puts } = named
  const { payload: form = 'json', packing = 'none', part } = route
  const treeOf =
    form === 'json' || form === 'text' || form === 'form'
      ? readJson
      : (payload: Payload): PayloadTree => readBinary(payload, form, packing)
  const isOurs = treeOf !== readJson
  const texts = openTexts(route, puts)
  const whole = puts.get('')
  const list = route.list === undefined ? undefined : openList(route.list, named, isOurs)
  const putPart = part === undefined ? undefined : openPart(part)
  return (payload, way, untold) => {
    const now = untold.slice()
    const put = putOf(way)
    // A kept message that is gone leaves an empty payload: all that it told is unknown.
    if (form === 'json' && payload.bytes.byteLength === 0) {
      put?.(now, '')
      return { nows: [now] }
    }
    const read = treeOf(payload)
    if ('reason' in read) return { nows: [], fault: read }
    const { tree, aside } = read
    if (texts !== undefined && !texts(tree, now)) return notForIt
    if (putPart === undefined) put?.(now, tree, isOurs)
    else {
      whole?.(now, tree, isOurs)
      putPart(now, tree, put)
    }
    const told = list === undefined ? { nows: [now] } : list(tree, now)
    return aside === undefined || told.fault !== undefined ? told : { ...told, fault: aside }
  }
}

/** A text in the payload that is read as addresses are. */
function openTexts({ levels }: Route, puts: Puts): ((tree: unknown, now: unknown[]) => boolean) | undefined {
  if (levels === undefined) return undefined
  const read = openPointer(keysOf(levels.of))
  const match = openMatch({ topic: levels.are })
  const names = namesOf(readPattern(levels.are) ?? [])
  return (tree, now) => {
    const text = read(tree)
    if (typeof text !== 'string' || text.length > messageMappingLimits.addressChars) return false
    const found = match({ method: undefined, levels: text.split('/'), query: undefined })
    if (found === undefined) return false
    for (const [index, name] of names.entries()) puts.get(name)?.(now, found[index])
    return true
  }
}

function openPart({ at, value, replaces }: PayloadPart): (now: unknown[], tree: unknown, put: Put | undefined) => void {
  const readPath = openPointer(keysOf(at))
  const readValue = openPointer(keysOf(value))
  return (now, tree, put) => {
    const path = readPath(tree)
    if (typeof path !== 'string') return
    // The whole is "/" or nothing.
    put?.under(now, path === '/' ? [] : keysOf(path), readValue(tree), replaces === true)
  }
}

/** `now` has what is beside the list. */
function openList(
  { at, name }: List,
  named: Names,
  isOurs: boolean,
): (tree: unknown, now: unknown[]) => PayloadReading {
  const read = openPointer(keysOf(at))
  const nameOf = openName(name)
  return (tree, now) => {
    const items = read(tree)
    if (typeof items !== 'object' || items === null) return { nows: [now] }
    const entries = Object.entries(items)
    if (entries.length > messageMappingLimits.listItems) return { nows: [], fault: tooMany(at, entries.length) }
    const nows = [now]
    const beside = now.slice()
    let last = now
    const told = new Set<string>()
    for (const [key, item] of entries) {
      const called = nameOf(key, item)
      const put = called === undefined ? undefined : putNamed(named, called)
      if (called === undefined || put === undefined) continue
      if (told.has(called)) {
        told.clear()
        last = beside.slice()
        nows.push(last)
      }
      told.add(called)
      put(last, item, isOurs)
    }
    return { nows }
  }
}

const tooMany = (at: string, count: number): MappingRefusal => ({
  reason: 'too-many',
  detail: `The list at "${at}" has ${count} items; ${messageMappingLimits.listItems} are read.`,
})

/** The name of an item: what stands in it, one name for all, or its key. */
function openName(name: string | undefined): (key: string, item: unknown) => string | undefined {
  if (name === undefined) return (key) => key
  if (!name.startsWith('/')) return () => name
  const read = openPointer(keysOf(name))
  return (_key, item) => {
    const told = read(item)
    return typeof told === 'number' ? String(told) : typeof told === 'string' && told !== '' ? told : undefined
  }
}
