// Deployed airbags, merged so that a set of samples gives one list whatever its order.
import type { ClockDoubt } from '../../model/car-clock.ts'
import { clockRank, type SampleClock } from '../../model/message.ts'
import type { Place } from '../../model/place.ts'
import { airbagSilenceMs, airbagsMax, sameCrashMs } from './crash-rules.ts'
import { isBefore } from './motion.ts'

/** Airbags were said to be deployed from the first to the last instant, with no minute between.
 *  Instants are by the car's clock, or receipts where that cannot be believed. */
export type Airbag = {
  readonly firstAt: number
  readonly lastAt: number
  /** Receipt and place of the first instant, whose clock it is of, and what is doubtful about
   *  it. */
  readonly receivedAt: number
  readonly place: Place | null
  readonly clock: SampleClock | null
  readonly clockDoubt: ClockDoubt | null
}

export type SeenAirbag = Pick<Airbag, 'receivedAt' | 'place' | 'clock' | 'clockDoubt'> & { readonly at: number }

export function addAirbag(airbags: readonly Airbag[], { at, ...seen }: SeenAirbag): readonly Airbag[] {
  const touching = airbags.filter(({ firstAt, lastAt }) => at >= firstAt - sameCrashMs && at <= lastAt + sameCrashMs)
  let merged: Airbag = { firstAt: at, lastAt: at, ...seen }
  for (const other of touching) {
    const { place, clock, clockDoubt } = isFirst(other, merged) ? other : merged
    const receivedAt =
      other.firstAt === merged.firstAt
        ? Math.min(other.receivedAt, merged.receivedAt)
        : (other.firstAt < merged.firstAt ? other : merged).receivedAt
    const firstAt = Math.min(other.firstAt, merged.firstAt)
    merged = { firstAt, lastAt: Math.max(merged.lastAt, other.lastAt), receivedAt, place, clock, clockDoubt }
  }
  const only = touching[0]
  if (touching.length === 1 && only !== undefined && isSame(only, merged)) return airbags
  return [...airbags.filter((other) => !touching.includes(other)), merged].sort((a, b) => a.firstAt - b.firstAt)
}

/** Airbags that ended before `settledTo`, each as one with those that followed it within its
 *  silence: no alert that can change begins between them, and one that is told again is known by
 *  their span. Beyond the limit the oldest are taken to be settled. */
export function foldAirbags(airbags: readonly Airbag[], settledTo: number): readonly Airbag[] {
  const openFrom = Math.max(settledTo, airbags.at(-airbagsMax)?.firstAt ?? -Infinity)
  const folded: Airbag[] = []
  for (const airbag of airbags) {
    const last = folded.at(-1)
    if (last === undefined || last.lastAt >= openFrom || airbag.firstAt - last.lastAt > airbagSilenceMs)
      folded.push(airbag)
    else folded[folded.length - 1] = { ...last, lastAt: airbag.lastAt }
  }
  return folded.slice(-airbagsMax)
}

const isSame = (a: Airbag, b: Airbag): boolean =>
  a.firstAt === b.firstAt &&
  a.lastAt === b.lastAt &&
  a.receivedAt === b.receivedAt &&
  a.place === b.place &&
  a.clock === b.clock &&
  a.clockDoubt === b.clockDoubt

/** Which of two is the first; of two of one instant the one with a known place, then the lesser,
 *  then the one that is not doubted, then the one whose clock says more: the same in every
 *  order. */
function isFirst(a: Airbag, b: Airbag): boolean {
  if (a.firstAt !== b.firstAt) return a.firstAt < b.firstAt
  if ((a.place === null) !== (b.place === null)) return a.place !== null
  if (a.place !== null && b.place !== null && (a.place.lat !== b.place.lat || a.place.lon !== b.place.lon))
    return isBefore({ at: 0, ...a.place }, { at: 0, ...b.place })
  if (a.clockDoubt !== b.clockDoubt) return (a.clockDoubt ?? '') < (b.clockDoubt ?? '')
  return clockRank(a.clock) < clockRank(b.clock)
}
