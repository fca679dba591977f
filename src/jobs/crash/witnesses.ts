// Evidence for and against a pulse being a crash. A value that was not measured, or is not known
// yet, speaks neither way.
import * as rules from './crash-rules.ts'
import type { Known } from './known.ts'
import { seen, seenIn } from './motion.ts'
import type { Pulse } from './pulses.ts'
import { silentBy, type Voice } from './silence.ts'
import { speedBefore, stood } from './speeds.ts'

export type Witnesses = {
  /** Whether the pulse is a crash that is at least possible. */
  readonly counts: boolean
  readonly stoodStill: boolean
  /** Longer than at a light. */
  readonly stoodLong: boolean
  readonly wentSilent: boolean
  /** For as long as who stood long stood. */
  readonly silentLong: boolean
  readonly speedWentSilent: boolean
  readonly skidded: boolean
  readonly hazardLights: boolean
  readonly beltOpened: boolean
  /** When silence that is not known yet would be; Infinity where there can be none. */
  readonly silentBy: number
}

export function witnessesOf(pulse: Pulse, known: Known): Witnesses {
  const { motionOf, knownTo, thresholds } = known
  const { aroundAt: at, grade, peakMs2 } = pulse
  const movedBefore = (speedBefore(motionOf, at) ?? 0) >= rules.beforeKmh
  const silences = (['unit', 'speed'] satisfies Voice[]).map((voice) => silentBy(known, at, voice) ?? Infinity) as [
    number,
    number,
  ]
  const [wentSilent, speedSilent] = [silences[0] <= knownTo, silences[1] <= knownTo]
  const silentLongBy = silentBy(known, at, 'unit', Math.max(thresholds.silentS, rules.longStillS)) ?? Infinity
  const rollOutS = grade === 'strong' ? rules.rollOutS : rules.rollOutShortS
  const stoodStill = stood(motionOf, at, { rollOutS, stillS: thresholds.stillS })
  const isPulse = (peakMs2 ?? 0) >= thresholds.pulseMs2
  const counts = grade !== 'lone' || (movedBefore && ((isPulse && stoodStill) || wentSilent))
  const bits = (fromMs: number, toMs: number): number => seenIn(motionOf, at + fromMs, at + toMs)
  const wasSeen = (bit: number, fromMs: number, toMs: number): boolean => (bits(fromMs, toMs) & bit) !== 0
  return {
    counts,
    stoodStill,
    stoodLong: stoodStill && stood(motionOf, at, { rollOutS, stillS: Math.max(thresholds.stillS, rules.longStillS) }),
    wentSilent,
    silentLong: silentLongBy <= knownTo,
    speedWentSilent: speedSilent && !wentSilent,
    skidded: wasSeen(seen.rotation, 0, 3_000),
    hazardLights: wasSeen(seen.hazardOn, 0, rules.hazardMs) && !wasSeen(seen.hazardOn, -30_000, -10_000),
    beltOpened:
      wasSeen(seen.unbelted, 0, rules.unbeltedMs) &&
      wasSeen(seen.belted, -60_000, 0) &&
      !wasSeen(seen.unbelted, -60_000, -10_000),
    silentBy: Math.min(...silences.filter((by) => by > knownTo)),
  }
}

/** Whether the crash is certain: a strong pulse that is severe, or has a second thing that speaks
 *  for it. A glitch is never a strong one. A possible full brake ends in standing too, and with
 *  hazard lights, which UN R48 lets go on by themselves after an emergency stop: these do not speak
 *  for it. */
export const isSure = ({ grade, isSevere, isLikeBraking }: Pulse, witnesses: Witnesses): boolean =>
  grade === 'strong' && (isSevere || (isLikeBraking ? notOfBraking : corroborating).some((sign) => witnesses[sign]))

const notOfBraking = ['wentSilent', 'skidded', 'beltOpened'] as const
const corroborating = [...notOfBraking, 'stoodStill', 'speedWentSilent', 'hazardLights'] as const

/** Whether driving later does not take it back: the car stood, and that is not all that speaks
 *  for it. A slight crash ends so too. A speed that was lost, and the standing that it tells,
 *  are the word of one sensor; a little speed lost beside one reading is that of two, if the car
 *  stood for longer than at a light: a glitch falls on a car that brakes, and brakes go before
 *  lights. Of a car whose unit was silent for so long nobody knows that it drove on: it may have
 *  stood as well. */
export const isLasting = ({ grade, isFelt, lostKmh }: Pulse, witnesses: Witnesses): boolean => {
  const { stoodStill, stoodLong, silentLong, wentSilent, hazardLights, skidded, beltOpened } = witnesses
  const isStrong = grade === 'strong'
  const isSlight = grade === 'weak' && lostKmh !== null
  if (silentLong && ((isStrong && isFelt) || isSlight)) return true
  return (
    stoodStill &&
    ((isStrong && (isFelt || wentSilent)) || (isSlight && stoodLong) || hazardLights || skidded || beltOpened)
  )
}
