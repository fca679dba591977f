// Islands: short runs of values that cannot be true beside those before and after them, which agree
// with each other.
//
//   value   ────A────┐              ┌────C────      A and C agree, B agrees with neither: B is an island when more
//                    └──────B───────┘               readings speak for A and C than for B
import { islandMs, witnessMs, witnessRuns } from './plausibility-rules.ts'

/** Values in order of time, by their place in the chain. */
export type Chain = {
  readonly count: number
  readonly atOf: (index: number) => number
  /** Whether both values can be true; `a` is the earlier one. */
  readonly agree: (a: number, b: number) => boolean
  /** Whether a way through the run, from `a` and on to `c`, leads off and back; always, where it is
   *  left out. */
  readonly isOff?: (a: number, run: Run, c: number) => boolean
  /** Whether a value is one that faults are known to make. Where it is given, a short run beside a
   *  silence is judged by its one neighbour: the odd one is the island, or the one for which less
   *  speaks. */
  readonly isOdd?: (index: number) => boolean
}

/** From a place in the chain to another, both of it. */
export type Run = { readonly from: number; readonly to: number }

/** The islands of a chain, in order. Each depends on values at most `islandMs + witnessMs` from its
 *  own. */
export function islandsOf(chain: Chain): Run[] {
  const runs = runsOf(chain)
  return runs.length < 2 ? [] : runs.filter((_, place) => isIsland(chain, runs, place))
}

/** The longest runs in which each value agrees with the one before, which is not too long ago to
 *  speak for it. */
function runsOf({ count, atOf, agree }: Chain): Run[] {
  const runs: Run[] = []
  let from = 0
  for (let index = 1; index <= count; index += 1) {
    if (index < count && atOf(index) - atOf(index - 1) <= witnessMs && agree(index - 1, index)) continue
    runs.push({ from, to: index - 1 })
    from = index
  }
  return runs
}

function isIsland(chain: Chain, runs: readonly Run[], place: number): boolean {
  const run = runs[place]!
  if (chain.atOf(run.to) - chain.atOf(run.from) > islandMs) return false
  const before = witnesses(chain, runs, place, -1)
  const after = witnesses(chain, runs, place, 1)
  if (before.length === 0 || after.length === 0) return isOddEnd(chain, run, [...before, ...after])
  return before.some((a) =>
    after.some((c) => isBetween(chain, { a, run, c }) && outweighs(chain, run, [...before, ...after], [a, c])),
  )
}

/** Runs that are near enough to speak, the nearest first. */
function witnesses({ atOf }: Chain, runs: readonly Run[], place: number, step: 1 | -1): Run[] {
  const { from, to } = runs[place]!
  const found: Run[] = []
  for (let next = place + step; found.length < witnessRuns; next += step) {
    const run = runs[next]
    if (run === undefined || (step < 0 ? atOf(from) - atOf(run.to) : atOf(run.from) - atOf(to)) > witnessMs) break
    found.push(run)
  }
  return found
}

function isBetween(
  { agree, isOff }: Chain,
  { a, run, c }: { readonly a: Run; readonly run: Run; readonly c: Run },
): boolean {
  if (agree(a.to, run.from) || agree(run.to, c.from) || !agree(a.to, c.from)) return false
  return isOff === undefined || isOff(a.to, run, c.from)
}

/** Whether more readings speak for `held` than for the run. */
function outweighs(chain: Chain, run: Run, heard: readonly Run[], held: readonly Run[]): boolean {
  let balance = -(run.to - run.from + 1)
  for (const other of heard) {
    const count = countNear(chain, run, other)
    if (held.includes(other)) balance += count
    else if (agreeRuns(chain, other, run)) balance -= count
    else if (held.some((each) => agreeRuns(chain, other, each))) balance += count
  }
  return balance > 0
}

/** A run beside a silence has one neighbour; they cannot both be true. */
function isOddEnd(chain: Chain, run: Run, heard: readonly Run[]): boolean {
  const nearest = heard[0]
  if (chain.isOdd === undefined || nearest === undefined || agreeRuns(chain, nearest, run)) return false
  const isOdd = chain.isOdd(run.from)
  return isOdd === chain.isOdd(nearest.from) ? outweighs(chain, run, heard, [nearest]) : isOdd
}

const agreeRuns = ({ agree }: Chain, x: Run, y: Run): boolean =>
  x.to < y.from ? agree(x.to, y.from) : agree(y.to, x.from)

/** The readings of `other` that are within `witnessMs` of the run. */
function countNear({ atOf }: Chain, run: Run, other: Run): number {
  if (other.to < run.from) return other.to + 1 - firstFrom(atOf, other, atOf(run.from) - witnessMs)
  return firstFrom(atOf, other, atOf(run.to) + witnessMs + 1) - other.from
}

/** The first place of the run that is not before the instant; one after the run where there is
 *  none. */
function firstFrom(atOf: Chain['atOf'], { from, to }: Run, at: number): number {
  let low = from
  let high = to + 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (atOf(middle) < at) low = middle + 1
    else high = middle
  }
  return low
}
