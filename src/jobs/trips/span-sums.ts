// The sums of exactly the samples in a span: whole minutes as they are stored, and of the minutes
// at its ends what the span cuts out of them. Sums of what lies before the window were kept for
// every span that a trip may yet have.
import type { JobState } from '../../engine/job.ts'
import { lowerBound } from '../../engine/lower-bound.ts'
import { countedSamples } from './counted-samples.ts'
import { minuteMs } from './minute.ts'
import { startOfGroup } from './past.ts'
import { endsOf, startsOf, type Piece } from './piece.ts'
import { join, sumUp, type Sums } from './sums.ts'
import {
  groupMinutes,
  type KeptSums,
  type TripsNow,
  type MinuteSummary,
  type TripsParts,
  type TripsWindow,
} from './trips-state.ts'
import type { Span } from './used.ts'

export type SumsParts = {
  readonly state: JobState<TripsParts>
  readonly now: TripsNow
  readonly window: TripsWindow
  readonly clockAheadMs: number
  readonly burnLhMost: number
}

/** Null where the span has no samples. */
export function sumsIn(parts: SumsParts, { startAt, endAt }: Span): Sums | null {
  const kept = keptFor(parts.window.kept, startAt, endAt)
  if (kept?.endAt === endAt) return kept.sums
  const sums = kept === undefined ? null : copyOf(kept.sums)
  const { past } = parts.window
  const pastTo = past === null ? -Infinity : startOfGroup(past.upTo)
  if (past === null || startAt >= pastTo || endAt < pastTo) return addMinutes(parts, sums, { startAt, endAt }, startAt)
  // The sums up to the first group that changed are remembered on the way.
  const known = past.sums?.startAt === startAt ? past.sums : { sums, toAt: startAt }
  const before = known.sums && copyOf(known.sums)
  const upTo = known.toAt === pastTo ? before : addMinutes(parts, before, { startAt, endAt: pastTo - 1 }, known.toAt)
  if (upTo === null) return addMinutes(parts, null, { startAt, endAt }, pastTo)
  if (known.toAt !== pastTo) past.sums = { startAt, toAt: pastTo, sums: copyOf(upTo) }
  return addMinutes(parts, upTo, { startAt, endAt }, pastTo)
}

/** Joins what the span has from an instant on to the sums, in place. */
function addMinutes(parts: SumsParts, before: Sums | null, span: Span, fromAt: number): Sums | null {
  let sums = before
  for (const [minute, summary] of minutesIn(parts, fromAt, span.endAt)) {
    const next = cut(parts, minute, summary, span)
    if (next === null) continue
    if (sums === null) sums = copyOf(next)
    else join(sums, next, parts.burnLhMost)
  }
  return sums
}

const copyOf = (sums: Sums): Sums => ({ ...sums })

const keptFor = (kept: readonly KeptSums[], startAt: number, endAt: number): KeptSums | undefined =>
  kept.find((each) => each.startAt === startAt && each.endAt === endAt) ??
  kept.find((each) => each.startAt === startAt && each.endAt === null)

function* minutesIn(
  { state, window }: SumsParts,
  startAt: number,
  endAt: number,
): Generator<readonly [number, MinuteSummary]> {
  const [first, last] = [Math.floor(startAt / minuteMs), Math.floor(endAt / minuteMs)]
  const { groups } = window
  const lastGroup = Math.floor(last / groupMinutes)
  for (let place = lowerBound(groups, Math.floor(first / groupMinutes)); place < groups.length; place += 1) {
    const number = groups[place]!
    if (number > lastGroup) return
    for (const entry of state.get('group', number) ?? []) if (entry[0] >= first && entry[0] <= last) yield entry
  }
}

function cut(
  { state, now, clockAheadMs, burnLhMost }: SumsParts,
  minute: number,
  { sums }: MinuteSummary,
  { startAt, endAt }: Span,
): Sums | null {
  if (sums.fromAt >= startAt && sums.toAt <= endAt) return sums
  const samples = countedSamples(state, now, minute).filter(({ at }) => at >= startAt && at <= endAt)
  const inside = sumUp(samples, clockAheadMs, burnLhMost)
  return inside && { ...inside, thinned: sums.thinned }
}

/** The sums to keep of the samples before `foldedTo` for the trips that the pieces may become: from
 *  every start, to every end they may have, and up to the window. */
export function keepSums(parts: SumsParts, pieces: readonly Piece[], foldedTo: number): KeptSums[] {
  return pieces.flatMap((piece) =>
    [...new Set(startsOf(piece))].flatMap((startAt) =>
      [...endsOf(piece), null].flatMap((endAt): KeptSums[] => {
        const sums = sumsIn(parts, { startAt, endAt: endAt ?? foldedTo - 1 })
        return sums === null || (endAt !== null && endAt < startAt) ? [] : [{ startAt, endAt, sums }]
      }),
    ),
  )
}
