// What JSON pointers (RFC 6901) lead to. Many are followed in one pass over the keys that came, which costs half of asking for each: most that a mapping
// knows are not there.
import type { Field } from './fields.ts'

/** The length of a list is no part of it. */
const has = (node: object, key: string): boolean => Object.hasOwn(node, key) && !(key === 'length' && Array.isArray(node))

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

/** Places of what is wanted here, and what is wanted below. */
type Wanted = { readonly places: number[]; readonly below: Map<string, Wanted> }

/** Puts what a thing tells at the places of its fields. */
export type Put = (now: unknown[], source: unknown) => void

export function openPut(fields: readonly Field[]): Put {
  const root: Wanted = { places: [], below: new Map() }
  for (const { place, keys } of fields) {
    let wanted = root
    for (const key of keys) {
      const next = wanted.below.get(key) ?? { places: [], below: new Map() }
      wanted.below.set(key, next)
      wanted = next
    }
    wanted.places.push(place)
  }
  const all = fields.map(({ place }) => place)
  return (now, source) => {
    // What is empty has nothing in it: all of its fields are.
    if (source === '') for (const place of all) now[place] = ''
    else put(now, source, root)
  }
}

/** As deep as the pointers are. */
function put(now: unknown[], node: unknown, wanted: Wanted): void {
  for (const place of wanted.places) now[place] = node
  if (typeof node !== 'object' || node === null || wanted.below.size === 0) return
  const { below } = wanted
  const tree = node as Readonly<Record<string, unknown>>
  if (Array.isArray(node)) {
    for (const [key, next] of below) if (has(node, key)) put(now, tree[key], next)
    return
  }
  for (const key in tree) {
    const next = below.get(key)
    if (next === undefined) continue
    if (next.below.size === 0 && next.places.length === 1) now[next.places[0]!] = tree[key]
    else put(now, tree[key], next)
  }
}
