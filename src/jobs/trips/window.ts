// The lateness window of a vehicle: summing up the minutes that changed, and letting go of what no
// sample may change any more.
import type { JobState, Now as Times } from '../../engine/job.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { contextMs } from '../../plausibility/plausibility-rules.ts'
import { countedSamples } from './counted-samples.ts'
import { foldDoubts } from './doubt-counts.ts'
import { samplesOf } from './jumps.ts'
import { thinnedOf, minuteMs } from './minute.ts'
import { marksOf } from './marks.ts'
import { copyOfScan, foldPast, scanGroups, startOfGroup } from './past.ts'
import { tripStartOf, type Piece } from './piece.ts'
import { piecesOf } from './pieces.ts'
import { keepSums } from './span-sums.ts'
import { sumUp } from './sums.ts'
import { odometersOf, type ToldPiece } from './unheard.ts'
import { joinMs, silenceMs, type KindTripRules } from './trip-rules.ts'
import { outingMs } from './wander.ts'
import { groupMinutes, type TripsNow, type SaidCourse, type TripsParts, type TripsWindow } from './trips-state.ts'

type State = JobState<TripsParts>

/** The times of a vehicle, and what its kind makes of readings and silences. */
type By = Times & Pick<KindTripRules, 'burnLhMost' | 'silentPaceKmh'>

/** Sums up the minutes that changed; gives the groups of the window with theirs among them. */
export function summarize(
  state: State,
  now: TripsNow,
  groups: readonly number[],
  { clockAheadMs, burnLhMost }: By,
): number[] {
  const known = [...groups]
  for (const minute of now.changed) {
    const number = Math.floor(minute / groupMinutes)
    const group = state.get('group', number) ?? new Map()
    const samples = countedSamples(state, now, minute)
    const sums = sumUp(samples, clockAheadMs, burnLhMost)
    const isOrdered = group.has(minute) || [...group.keys()].every((other) => other < minute)
    if (sums === null) group.delete(minute)
    else {
      sums.thinned = thinnedOf(samplesOf(state, now, minute))
      group.set(minute, { marks: marksOf(samples, clockAheadMs), sums })
    }
    state.put('group', number, isOrdered ? group : new Map([...group].sort(([a], [b]) => a - b)))
    if (!known.includes(number)) known.push(number)
  }
  return known.sort((a, b) => a - b)
}

/** A sample may show so long after it whether a minute is part of a trip: a car that had set out
 *  came along in the silence after, and others after that say what is doubted of it. So the minutes
 *  in which doubts may still change, and all that says so, are in the window. */
const settlingMs = outingMs + joinMs + silenceMs + contextMs + minuteMs

type Shrunk = {
  readonly window: TripsWindow
  /** No sample before this instant counts any more; −1 while all do. */ readonly foldedTo: number
}

/** Folds the groups that no sample may change any more into the pieces before the window, and
 *  forgets their samples and the trips that are over since. `reachedAt` is how far the vehicle's
 *  data reached. */
export function shrink(
  state: State,
  now: TripsNow,
  window: TripsWindow,
  { reachedAt, clockAheadMs, burnLhMost, silentPaceKmh }: By,
): Shrunk {
  const { groups, said } = window
  const over = groups.filter((number) => endOfGroup(number) <= reachedAt - latenessMs - settlingMs)
  if (over.length === 0) return { window, foldedTo: -1 }
  const foldedTo = endOfGroup(over.at(-1)!)
  const scan = copyOfScan(window.scan)
  const piecesOver = scanGroups(state, scan, over, silentPaceKmh)
  const last = piecesOver.at(-1)
  const left = piecesOf(scan)
  const kept = keepSums({ state, now, window, clockAheadMs, burnLhMost }, left, foldedTo)
  for (const number of over) forget(state, number)
  const odd = window.odd.filter((minute) => minute * minuteMs >= foldedTo)
  const mayChange = (course: SaidCourse): boolean =>
    course.lastAt >= Math.min(...left.map(({ firstAt }) => firstAt), foldedTo)
  return {
    window: {
      scan,
      kept,
      over: last === undefined ? window.over : toldOf(last, said),
      groups: groups.slice(over.length),
      odd,
      doubts: foldDoubts(window.doubts, over),
      said: said.filter(mayChange),
      past: window.past && window.past.upTo > over.at(-1)! ? foldPast(window.past, piecesOver.length, foldedTo) : null,
    },
    foldedTo,
  }
}

const toldOf = (piece: Piece, said: readonly SaidCourse[]): ToldPiece => {
  const course = said.find(({ startAt }) => startAt === tripStartOf(piece))
  return { piece, ...(course === undefined ? odometersOf(piece, null) : { metM: course.metM, leftM: course.leftM }) }
}

/** A minute of the group may have samples and no sums, as all of them are doubted. */
export function forget(state: State, group: number): void {
  state.delete('group', group)
  for (let minute = group * groupMinutes; minute < (group + 1) * groupMinutes; minute += 1)
    state.delete('minute', minute)
}

const endOfGroup = (group: number): number => startOfGroup(group + 1)
