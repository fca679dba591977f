// The list of what a message holds beside what is good. Things of one path and reason are one
// entry, so that its length is bounded by kinds and not by the message. Invariant: the counts add
// up to what was set aside.
import type { SetAside } from './message.ts'
import { shortJson } from './short-json.ts'

/** Kinds told apart in a message: one that has more comes from something that speaks another
 *  language. */
const kindsMax = 50
const valueChars = 100
const pathChars = 200

type Found = { readonly path: string | null; readonly reason: string; readonly sample: number; readonly value: unknown }

export function addSetAside(list: SetAside[], { path, reason, sample, value }: Found, count = 1): void {
  const isFull = list.length >= kindsMax
  const name = path === null || path.length <= pathChars ? path : path.slice(0, pathChars)
  const place = list.findIndex((each) => each.path === name && each.reason === reason)
  const known = place < 0 && isFull ? kindsMax - 1 : place
  const before = list[known]
  if (before !== undefined) list[known] = { ...before, count: before.count + count }
  else if (list.length < kindsMax - 1)
    list.push({ path: name, reason, sample, value: shortJson(value, valueChars), count })
  else list.push({ path: null, reason: 'more', sample, value: shortJson(value, valueChars), count })
}
