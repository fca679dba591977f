// The lateness window of a vehicle: summing up the minutes that changed, folding them into stretches, and letting go of what no
// sample may change any more.
import type { JobState, Now as Times } from '../../engine/job.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { samplesOf } from './jumps.ts'
import { silenceMs, standingMs } from './trip-rules.ts'
import { minuteMs } from './minute.ts'
import { append, stretchOf, type Stretch } from './stretch.ts'
import { groupMinutes, type Now, type SaidTrip, type TripsParts, type Window } from './trips-state.ts'

type State = JobState<TripsParts>

export const emptyWindow: Window = { before: null, groups: [], said: [] }

/** Sums up the minutes that changed; gives the groups of the window with theirs among them. */
export function summarize(state: State, now: Now, groups: readonly number[], { clockAheadMs }: Times): number[] {
  const known = [...groups]
  for (const minute of now.changed) {
    const number = Math.floor(minute / groupMinutes)
    const group = state.get('group', number) ?? new Map<number, Stretch[]>()
    const stretches: Stretch[] = []
    for (const sample of samplesOf(state, now, minute)) append(stretches, stretchOf(sample, clockAheadMs))
    const ordered = group.has(minute) || [...group.keys()].every((other) => other < minute)
    group.set(minute, stretches)
    state.put('group', number, ordered ? group : new Map([...group].sort(([a], [b]) => a - b)))
    if (!known.includes(number)) known.push(number)
  }
  return known.sort((a, b) => a - b)
}

/** The stretches of the window and of what came before it, in order of time. */
export function fold(state: State, before: Stretch | null, groups: readonly number[]): Stretch[] {
  const stretches: Stretch[] = before === null ? [] : [{ ...before }]
  for (const number of groups)
    for (const summaries of state.get('group', number)?.values() ?? []) for (const stretch of summaries) append(stretches, stretch)
  return stretches
}

export const minutesOf = (state: State, groups: readonly number[]): number[] =>
  groups.flatMap((number) => [...(state.get('group', number)?.keys() ?? [])])

/** A sample may show that a trip ended so long before it, where the car came to rest. */
const settlingMs = standingMs + silenceMs

type Shrunk = { readonly window: Window; /** No sample before this instant counts any more; −1 while all do. */ readonly foldedTo: number }

/** Folds the groups that no sample may change any more into the stretch before the window, and forgets their samples and the
 *  trips that are over since. `reachedAt` is how far the vehicle's data reached. */
export function shrink(state: State, { before, groups, said }: Window, reachedAt: number): Shrunk {
  const over = groups.filter((number) => endOf(number) <= reachedAt - latenessMs - settlingMs)
  if (over.length === 0) return { window: { before, groups, said }, foldedTo: -1 }
  const last = fold(state, before, over).at(-1) ?? null
  for (const number of over) {
    for (const minute of state.get('group', number)?.keys() ?? []) state.delete('minute', minute)
    state.delete('group', number)
  }
  const standing = (trip: SaidTrip): boolean => last === null || trip.endAt >= last.firstAt
  const window = { before: last, groups: groups.slice(over.length), said: said.filter(standing) }
  return { window, foldedTo: endOf(over.at(-1)!) }
}

const endOf = (group: number): number => (group + 1) * groupMinutes * minuteMs
