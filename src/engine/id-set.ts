// The ids of inputs that were taken in. Those that end in a number, as messages' do, are kept as
// ranges of it: a car that loses nothing costs one range, however many messages there were.
import { addSeq, joinSeqs, type SeqSet } from './seq-set.ts'

export type IdSet = { readonly numbered: Record<string, SeqSet>; readonly others: string[] }

export const newIdSet = (): IdSet => ({ numbered: {}, others: [] })

/** False when it was there. */
export function addId(ids: IdSet, id: string): boolean {
  const slash = id.lastIndexOf('/')
  const seq = Number(id.slice(slash + 1))
  if (slash > 0 && Number.isSafeInteger(seq) && String(seq) === id.slice(slash + 1) && seq >= 0)
    return addSeq((ids.numbered[id.slice(0, slash)] ??= []), seq, Infinity)
  if (ids.others.includes(id)) return false
  ids.others.push(id)
  return true
}

/** Adds to `ids` those of `more`. */
export function joinIds(ids: IdSet, more: IdSet): void {
  for (const id of more.others) addId(ids, id)
  for (const [prefix, seqs] of Object.entries(more.numbered))
    ids.numbered[prefix] = joinSeqs(ids.numbered[prefix] ?? [], seqs)
}
