// A bounded sample of vehicles by hash, with the medians of their newest instants and of their
// delays. A member costs two numbers in two sorted lists, so that a record costs two binary
// searches and not a sort.
import { lowerBound } from './lower-bound.ts'
import { fnv1a } from './pace.ts'

type Member = { readonly hash: number; newestAt: number; heardAt: number }

export type SortedSample = {
  /** Takes in that a vehicle was heard at `heardAt`, and its instant; false when it has no place in
   *  the sample. */
  add(source: string, at: number, heardAt: number): boolean
  /** Drops the members that were last heard before `heardBefore`. */
  forget(heardBefore: number): void
  /** Of an even number the one further on; −∞ of none. */
  medianNewestAt(): number
  /** Of an even number the lesser; ∞ of none. */
  medianDelayMs(): number
  entries(): (readonly [source: string, newestAt: number, heardAt: number])[]
}

export function createSortedSample(max: number): SortedSample {
  const members = new Map<string, Member>()
  /** Ascending. */
  const newest: number[] = []
  const delays: number[] = []
  let greatest: string | undefined
  let leastHeardAt = Infinity

  const unlist = ({ newestAt, heardAt }: Member): void => {
    newest.splice(lowerBound(newest, newestAt), 1)
    delays.splice(lowerBound(delays, heardAt - newestAt), 1)
  }
  const list = ({ newestAt, heardAt }: Member): void => {
    newest.splice(lowerBound(newest, newestAt), 0, newestAt)
    delays.splice(lowerBound(delays, heardAt - newestAt), 0, heardAt - newestAt)
    leastHeardAt = Math.min(leastHeardAt, heardAt)
  }
  const remove = (source: string, member: Member): void => {
    members.delete(source)
    unlist(member)
    if (source === greatest) greatest = undefined
  }
  const isBefore = (hash: number, source: string, other: string): boolean => {
    const otherHash = members.get(other)!.hash
    return hash === otherHash ? source < other : hash < otherHash
  }
  const greatestMember = (): string =>
    (greatest ??= [...members].reduce((a, b) => (isBefore(b[1].hash, b[0], a[0]) ? a : b))[0])

  return {
    add(source, at, heardAt) {
      const known = members.get(source)
      if (known !== undefined) {
        unlist(known)
        known.newestAt = Math.max(known.newestAt, at)
        known.heardAt = heardAt
        list(known)
        return true
      }
      const hash = mixed(fnv1a(source))
      if (members.size >= max) {
        const last = greatestMember()
        if (!isBefore(hash, source, last)) return false
        remove(last, members.get(last)!)
      }
      const member: Member = { hash, newestAt: at, heardAt }
      members.set(source, member)
      list(member)
      if (greatest !== undefined && !isBefore(hash, source, greatest)) greatest = source
      return true
    },
    forget(heardBefore) {
      if (leastHeardAt >= heardBefore) return
      for (const [source, member] of members) if (member.heardAt < heardBefore) remove(source, member)
      leastHeardAt = Math.min(...[...members.values()].map(({ heardAt }) => heardAt))
    },
    medianNewestAt: () => newest[newest.length >> 1] ?? -Infinity,
    medianDelayMs: () => delays[(delays.length - 1) >> 1] ?? Infinity,
    entries: () => [...members].map(([source, { newestAt, heardAt }]) => [source, newestAt, heardAt]),
  }
}

/** The finaliser of MurmurHash3 (Appleby, public domain): without it names that differ in their
 *  last letter have neighbouring hashes. */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
