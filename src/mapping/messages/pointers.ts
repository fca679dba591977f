// Finds the values that JSON pointers (RFC 6901) lead to. Many are followed in one pass over the
// keys that came, which costs half of asking for each: most that a mapping knows are not there. A
// key `*` is whatever stands there.
import type { Field } from './fields.ts'
import type { UnreadNames } from './unread-names.ts'

/** The length of a list is no part of it. */
const has = (node: object, key: string): boolean =>
  Object.hasOwn(node, key) && !(key === 'length' && Array.isArray(node))

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** The keys of a pointer; of the empty one, which is the whole, none. */
export const keysOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))

/** The value that the keys lead to; undefined where there is none. Lists are counted from 0. */
export function openPointer(keys: readonly string[]): (json: unknown) => unknown {
  return (json) => {
    let node = json
    for (const key of keys) {
      if (typeof node !== 'object' || node === null || !has(node, key)) return undefined
      node = (node as Readonly<Record<string, unknown>>)[key]
    }
    return node
  }
}

/** Places of what is wanted here, and what is wanted below. `guess`: the keys of the last object
 *  read here and what is wanted of each, as publishers send the same keys in the same order, and to
 *  compare them costs a third of looking each up. */
type Wanted = {
  readonly places: number[]
  readonly below: Map<string, Wanted>
  /** The pointer that leads here. */
  readonly at: string
  readonly guess: { readonly keys: string[]; readonly wanted: (Wanted | undefined)[] }
}

const guessMax = 64
const none = (at: string): Wanted => ({ places: [], below: new Map(), at, guess: { keys: [], wanted: [] } })

export type Put = {
  /** Puts what a thing tells at the places of its fields. `isOurs`: its names are those of a
   *  decoder, and none is told as unread. */
  (now: unknown[], source: unknown, isOurs?: boolean): void
  /** The same of a part of the thing, by the keys that lead to it. `replaces`: what the part was
   *  told to have before and has no more is gone. */
  readonly under: (now: unknown[], keys: readonly string[], source: unknown, replaces: boolean) => void
}

/** `name`: what the thing is called, for what is unread of it. */
export function openPut(fields: readonly Field[], name: string, unread: UnreadNames): Put {
  const root = none(name)
  for (const { place, keys } of fields) {
    let wanted = root
    for (const key of keys) {
      const next = wanted.below.get(key) ?? none(`${wanted.at}/${escaped(key)}`)
      wanted.below.set(key, next)
      wanted = next
    }
    wanted.places.push(place)
  }
  const whole = (now: unknown[], source: unknown, isOurs = false): void => {
    // An empty place has nothing in it: all of its fields are.
    if (source === '') empty(now, root, source)
    else put(now, source, root, isOurs ? undefined : unread)
  }
  return Object.assign(whole, {
    under(now: unknown[], keys: readonly string[], source: unknown, replaces: boolean): void {
      let wanted: Wanted | undefined = root
      for (const key of keys) wanted = wanted?.below.get(key)
      if (wanted === undefined) return
      if (replaces) empty(now, wanted, '')
      if (source !== undefined) put(now, source, wanted, unread)
    },
  })
}

function empty(now: unknown[], { places, below }: Wanted, how: '' | null): void {
  for (const place of places) now[place] = how
  for (const wanted of below.values()) empty(now, wanted, how)
}

/** Hears of a place that was to have something in it, and has not: it came in another shape. */
function hearShape({ places, at }: Wanted, unread: UnreadNames | undefined): void {
  if (places.length === 0 && at !== '') unread?.hear(at)
}

/** As deep as the pointers are. */
function put(now: unknown[], node: unknown, wanted: Wanted, unread: UnreadNames | undefined): void {
  if (node === null) return empty(now, wanted, node)
  for (const place of wanted.places) now[place] = node
  if (wanted.below.size === 0) return
  if (typeof node !== 'object') return hearShape(wanted, unread)
  const { below, guess } = wanted
  const tree = node as Readonly<Record<string, unknown>>
  if (Array.isArray(node)) {
    const there = [...below].filter(([key]) => has(node, key))
    if (there.length === 0) hearShape(wanted, unread)
    for (const [key, next] of there) put(now, tree[key], next, unread)
    return
  }
  const any = below.get('*')
  let index = 0
  for (const key in tree) {
    let next: Wanted | undefined
    if (key === guess.keys[index]) next = guess.wanted[index]
    else {
      next = below.get(key)
      if (next === undefined && any === undefined) unread?.hear(`${wanted.at}/${escaped(key)}`)
      if (index < guessMax) {
        guess.keys[index] = key
        guess.wanted[index] = next
      }
    }
    index += 1
    if (next !== undefined) {
      if (next.below.size === 0 && next.places.length === 1) now[next.places[0]!] = tree[key]
      else put(now, tree[key], next, unread)
    }
    if (any !== undefined) put(now, tree[key], any, unread)
  }
}
