// The fields that a mapping reads of messages, each at a place that is known once the mapping is
// open. So a message is read into a list, and rules find what they need without a name being looked
// up.
import type { Access, Holding } from '../access.ts'
import { openWords } from '../values.ts'
import type { Condition } from '../mapping.ts'
import { createUnreadNames, type UnreadNames } from './unread-names.ts'

/** Values that one message, or several that were gathered, told; and those remembered of messages
 *  before. Undefined where nothing is. */
export type Told = { readonly now: readonly unknown[]; readonly kept: readonly unknown[] }

/** A field: what it is called, and the way from there into JSON. */
export type Field = {
  readonly ref: string
  readonly name: string
  readonly keys: readonly string[]
  readonly place: number
}

/** The name of a field, and the keys of the pointer behind it; `~1` in either is a slash, as in any
 *  pointer. */
export function readRef(ref: string): { readonly name: string; readonly keys: readonly string[] } {
  const [name = '', ...keys] = ref.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return { name, keys }
}

export type Fields = {
  readonly all: readonly Field[]
  /** Those that are remembered beyond the messages that told them. */
  readonly remembered: ReadonlySet<number>
  place(ref: string): number
  /** The same, of a field that counts until it is told anew. */
  remember(ref: string): number
  readonly access: Access<Told>
  /** Those that came and are none. */
  readonly unread: UnreadNames
}

export function openFields(): Fields {
  const all: Field[] = []
  const remembered = new Set<number>()
  const places = new Map<string, number>()
  const place = (ref: string): number => {
    const known = places.get(ref)
    if (known !== undefined) return known
    all.push({ ref, ...readRef(ref), place: all.length })
    places.set(ref, all.length - 1)
    return all.length - 1
  }
  const remember = (ref: string): number => {
    remembered.add(place(ref))
    return place(ref)
  }
  const condition = ({ field, is }: Condition): ((told: Told) => Holding) => {
    const at = remember(field)
    const holds = openWords(is)
    return ({ now, kept }) => {
      const raw = now[at]
      if (raw !== undefined) return holds(raw) ? 'told' : 'no'
      return kept[at] !== undefined && holds(kept[at]) ? 'holds' : 'no'
    }
  }
  const field = (ref: string): ((told: Told) => unknown) => {
    const at = place(ref)
    return ({ now }) => now[at]
  }
  const isAround = (ref: string): ((told: Told) => boolean) | undefined => {
    const [name = '', ...keys] = ref.split('/')
    if (name === '' || keys.length === 0) return undefined
    const at = place(name)
    return ({ now }) => now[at] !== undefined
  }
  return { all, remembered, place, remember, access: { field, isAround, condition }, unread: createUnreadNames() }
}
