// The part of the window that has not changed: a car that drives for hours says its trip once a
// minute, of which the last minutes are new. So the pieces and the sums up to there are remembered,
// and the groups before need not be in memory. It is no state: where it is lost, or a late sample
// changes what it is made of, it is made of the groups again, and is the same.
//
//   window   [ group · group · group · group │ group · group ]
//                                          upTo   changed since
import type { JobState } from '../../engine/job.ts'
import { minuteMs } from './minute.ts'
import type { Piece } from './piece.ts'
import { piecesOf, scanMarks, type Scan } from './pieces.ts'
import type { Sums } from './sums.ts'
import type { KindTripRules } from './trip-rules.ts'
import { groupMinutes, type TripsNow, type TripsParts, type TripsWindow } from './trips-state.ts'

type State = JobState<TripsParts>

export type Past = {
  /** The groups of the window before this one are in it. */
  readonly upTo: number
  /** By which it was made. */
  readonly rules: KindTripRules
  /** The pieces as the marks of the groups leave them, and those that are over since the window
   *  began. */
  readonly scan: Scan
  readonly over: readonly Piece[]
  readonly minutes: readonly number[]
  /** The sums of the trip that goes on behind it, up to an instant in it. */
  sums: { readonly startAt: number; readonly toAt: number; readonly sums: Sums } | null
}

export const startOfGroup = (group: number): number => group * groupMinutes * minuteMs

/** The window's past up to the first group that changed, and never all of it: the last group
 *  changes next. */
export function pastOf(
  state: State,
  now: TripsNow,
  { scan, groups, past }: Pick<TripsWindow, 'scan' | 'groups' | 'past'>,
  rules: KindTripRules,
): Past {
  const changedFrom = Math.floor(Math.min(...now.changed) / groupMinutes)
  const known: Past =
    past !== null && past.rules === rules && past.upTo <= changedFrom
      ? past
      : { upTo: -Infinity, rules, scan, over: [], minutes: [], sums: null }
  const upTo = Math.min(changedFrom, groups.at(-1) ?? -Infinity)
  const more = groups.filter((group) => group >= known.upTo && group < upTo)
  if (more.length === 0) return known
  const going = copyOfScan(known.scan)
  const over = [...known.over, ...scanGroups(state, going, more, rules.silentPaceKmh)]
  return { ...known, upTo, scan: going, over, minutes: [...known.minutes, ...minutesIn(state, more)] }
}

/** The pieces that the marks of the window make. */
export function pieces(state: State, { upTo, scan, over, rules }: Past, groups: readonly number[]): Piece[] {
  const going = copyOfScan(scan)
  const more = groups.filter((group) => group >= upTo)
  return [...over, ...scanGroups(state, going, more, rules.silentPaceKmh), ...piecesOf(going)]
}

export const minutesOf = (state: State, { upTo, minutes }: Past, groups: readonly number[]): number[] => [
  ...minutes,
  ...minutesIn(
    state,
    groups.filter((group) => group >= upTo),
  ),
]

/** The past of the window that begins later, at an instant before which so many pieces are over. */
export const foldPast = (past: Past, piecesOver: number, foldedTo: number): Past => ({
  ...past,
  over: past.over.slice(piecesOver),
  minutes: past.minutes.filter((minute) => minute * minuteMs >= foldedTo),
})

/** Takes the marks of groups in, and gives the pieces that are over for good. */
export function scanGroups(state: State, scan: Scan, groups: readonly number[], paceKmh: number): Piece[] {
  const summaries = groups.flatMap((number) => [...(state.get('group', number)?.values() ?? [])])
  return summaries.flatMap(({ marks }) => scanMarks(scan, marks, paceKmh))
}

export const copyOfScan = ({ before, open, ...word }: Scan): Scan => ({
  before: before && { ...before },
  open: open && { ...open },
  ...word,
})

const minutesIn = (state: State, groups: readonly number[]): number[] =>
  groups.flatMap((number) => [...(state.get('group', number)?.keys() ?? [])])
