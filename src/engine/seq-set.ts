// A set of sequence numbers as sorted, disjoint, inclusive ranges: [low, high, low, high, …]. A car
// that loses nothing has one range however long it runs.

export type SeqSet = number[]

/** Ranges kept at most. When there are more, the two lowest are joined: what was missing between
 *  them can no longer be told from what was seen, so a message that fills such an old hole counts
 *  as a duplicate and the hole stays missing. */
export const seqRangesMax = 500

/** Adds a number; false when it was there. */
export function addSeq(set: SeqSet, seq: number, rangesMax = seqRangesMax): boolean {
  const last = set.length - 1
  if (last < 0 || seq > set[last]! + 1) set.push(seq, seq)
  else if (seq === set[last]! + 1) set[last] = seq
  else return insert(set, seq, rangesMax)
  if (set.length > 2 * rangesMax) set.splice(1, 2)
  return true
}

export const hasSeq = (set: SeqSet, seq: number): boolean => {
  const at = rangeFrom(set, seq)
  return at < set.length && set[at]! <= seq
}

/** −1 of an empty set. */
export const highestOf = (set: SeqSet): number => (set.length === 0 ? -1 : set[set.length - 1]!)

/** The greatest number below `seq` and the least above it; −1 and ∞ where there is none. */
export function neighboursOf(set: SeqSet, seq: number): readonly [below: number, above: number] {
  const at = rangeFrom(set, seq)
  const inside = at < set.length && set[at]! <= seq
  const below = inside && set[at]! < seq ? seq - 1 : at > 0 ? set[at - 1]! : -1
  if (inside && set[at + 1]! > seq) return [below, seq + 1]
  return [below, set[inside ? at + 2 : at] ?? Infinity]
}

/** The index of the low end of the first range that ends at or after `seq`. */
function rangeFrom(set: SeqSet, seq: number): number {
  let low = 0
  let high = set.length / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if (set[2 * middle + 1]! < seq) low = middle + 1
    else high = middle
  }
  return 2 * low
}

function insert(set: SeqSet, seq: number, rangesMax: number): boolean {
  const at = rangeFrom(set, seq)
  if (at < set.length && set[at]! <= seq) return false
  const joinsBelow = at > 0 && set[at - 1] === seq - 1
  const joinsAbove = at < set.length && set[at] === seq + 1
  if (joinsBelow && joinsAbove) set.splice(at - 1, 2)
  else if (joinsBelow) set[at - 1] = seq
  else if (joinsAbove) set[at] = seq
  else set.splice(at, 0, seq, seq)
  if (set.length > 2 * rangesMax) set.splice(1, 2)
  return true
}

/** The numbers of both. */
export function joinSeqs(a: SeqSet, b: SeqSet): SeqSet {
  const ranges = [...rangesOf(a), ...rangesOf(b)].sort(([lowA], [lowB]) => lowA - lowB)
  const joined: SeqSet = []
  for (const [low, high] of ranges) {
    const last = joined.length - 1
    if (last >= 0 && low <= joined[last]! + 1) joined[last] = Math.max(joined[last]!, high)
    else joined.push(low, high)
  }
  return joined
}

function rangesOf(set: SeqSet): (readonly [low: number, high: number])[] {
  const ranges: (readonly [number, number])[] = []
  for (let index = 0; index < set.length; index += 2) ranges.push([set[index]!, set[index + 1]!])
  return ranges
}
