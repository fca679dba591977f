// What speaks for a crash: pulses and deployed airbags, merged so that a set of samples gives one list whatever its order.
import type { Place } from '../../model/read-models.ts'
import { cellMs, isBefore } from './motion.ts'
import { airbagSilenceMs, airbagsMax, pulsesMax, sameCrashMs } from './crash-rules.ts'

/** The strongest acceleration of five seconds, with instant, receipt and place of the first beyond the threshold. */
export type Pulse = { readonly at: number; readonly receivedAt: number; readonly ms2: number; readonly place: Place | null }

/** Airbags were said to be deployed from the first to the last instant, with no minute between. */
export type Airbag = {
  readonly firstAt: number
  readonly lastAt: number
  /** Receipt and place of the first instant. */
  readonly receivedAt: number
  readonly place: Place | null
}

/** In order of time; gives the list itself when the pulse changes nothing. */
export function addPulse(pulses: readonly Pulse[], pulse: Pulse): readonly Pulse[] {
  const cell = Math.floor(pulse.at / cellMs)
  const before = pulses.find((other) => Math.floor(other.at / cellMs) === cell)
  if (before === undefined) return [...pulses, pulse].sort((a, b) => a.at - b.at).slice(-pulsesMax)
  const earlier = pulse.at < before.at || (pulse.at === before.at && placeBefore(pulse, before)) ? pulse : before
  const receivedAt = pulse.at === before.at ? Math.min(pulse.receivedAt, before.receivedAt) : earlier.receivedAt
  const merged: Pulse = { at: earlier.at, receivedAt, ms2: Math.max(before.ms2, pulse.ms2), place: earlier.place }
  if (merged.at === before.at && receivedAt === before.receivedAt && merged.ms2 === before.ms2 && merged.place === before.place)
    return pulses
  return pulses.map((other) => (other === before ? merged : other))
}

export function addAirbag(airbags: readonly Airbag[], { at, receivedAt, place }: Omit<Pulse, 'ms2'>): readonly Airbag[] {
  const touching = airbags.filter(({ firstAt, lastAt }) => at >= firstAt - sameCrashMs && at <= lastAt + sameCrashMs)
  let merged: Airbag = { firstAt: at, lastAt: at, receivedAt, place }
  for (const other of touching) {
    const earlier = other.firstAt < merged.firstAt || (other.firstAt === merged.firstAt && placeBefore(other, merged)) ? other : merged
    const first = other.firstAt === merged.firstAt ? Math.min(other.receivedAt, merged.receivedAt) : earlier.receivedAt
    merged = {
      firstAt: earlier.firstAt,
      lastAt: Math.max(merged.lastAt, other.lastAt),
      receivedAt: first,
      place: earlier.place,
    }
  }
  const only = touching[0]
  if (touching.length === 1 && only !== undefined && sameAirbag(only, merged)) return airbags
  return [...airbags.filter((other) => !touching.includes(other)), merged].sort((a, b) => a.firstAt - b.firstAt)
}

/** Airbags that ended before `settledTo`, each as one with those that followed it within its silence: no alert that can change begins
 *  between them, and one that is told again is known by their span. Beyond the limit the oldest are taken to be settled. */
export function foldAirbags(airbags: readonly Airbag[], settledTo: number): readonly Airbag[] {
  const openFrom = Math.max(settledTo, airbags.at(-airbagsMax)?.firstAt ?? -Infinity)
  const folded: Airbag[] = []
  for (const airbag of airbags) {
    const last = folded.at(-1)
    if (last === undefined || last.lastAt >= openFrom || airbag.firstAt - last.lastAt > airbagSilenceMs) folded.push(airbag)
    else folded[folded.length - 1] = { ...last, lastAt: airbag.lastAt }
  }
  return folded.slice(-airbagsMax)
}

const sameAirbag = (a: Airbag, b: Airbag): boolean =>
  a.firstAt === b.firstAt && a.lastAt === b.lastAt && a.receivedAt === b.receivedAt && a.place === b.place

/** Which of two places of one instant is taken: a known one, and of two the lesser; the same in every order. */
const placeBefore = (a: { readonly place: Place | null }, b: { readonly place: Place | null }): boolean =>
  a.place !== null && (b.place === null || isBefore({ at: 0, ...a.place }, { at: 0, ...b.place }))
