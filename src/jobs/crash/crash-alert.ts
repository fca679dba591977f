// From pulses and airbags to alerts: what belongs to one crash, how sure it is, and where it was.
//
//   possible ──┬── a strong pulse and what speaks for it, or an airbag ──► confirmed
//              └── the car drives on ──────────────────────────────────► withdrawn
//
// An alert is a function of the set of samples and of how far silence is known, so late samples
// turn it either way.
import type { Alert } from '../../read-models/alerts/alerts.ts'
import type { Place } from '../../model/place.ts'
import { vehicleKey } from '../../model/vehicle-id.ts'
import { outputId } from '../../engine/output-id.ts'
import * as rules from './crash-rules.ts'
import type { Airbag } from './evidence.ts'
import type { Known } from './known.ts'
import { blockOf, placesIn, type MotionOf } from './motion.ts'
import { pulsesIn, type Pulse } from './pulses.ts'
import { droveOn, speedBefore } from './speeds.ts'
import { isLasting, isSure, witnessesOf, type Witnesses } from './witnesses.ts'

export type Alerts = {
  readonly alerts: readonly Alert[]
  /** When silence may have become evidence; Infinity where none can. */
  readonly silentBy: number
}

/** A pulse with what speaks for it. */
type Judged = { readonly pulse: Pulse; readonly witnesses: Witnesses }

export function alertsOf(blocks: readonly number[], airbags: readonly Airbag[], known: Known): Alerts {
  const pulses = pulsesIn(known, blocks)
  const judged = pulses.map((pulse): Judged => ({ pulse, witnesses: witnessesOf(pulse, known) }))
  const joined = joinAirbags(airbags, known.motionOf)
  const alone = judged.filter(
    ({ pulse, witnesses }) => witnesses.counts && !joined.some((airbag) => isBeside(pulse, airbag)),
  )
  const alerts = [
    ...joined.map((airbag) => airbagAlert(airbag, judged, known)),
    ...crashesOf(alone).map((crash) => pulseAlert(crash, known)),
  ]
  return {
    alerts: alerts.sort((a, b) => a.at - b.at),
    silentBy: Math.min(...judged.map(({ witnesses }) => witnesses.silentBy)),
  }
}

/** A pulse while airbags are deployed is no crash of its own: the car is being towed. */
const isBeside = (pulse: Pulse, airbag: Airbag): boolean =>
  pulse.at >= airbag.firstAt - rules.sameCrashMs && pulse.at <= airbag.lastAt + rules.sameCrashMs

/** Airbags that go on being deployed are one crash, unless they were said to be whole in
 *  between. */
function joinAirbags(airbags: readonly Airbag[], motionOf: MotionOf): Airbag[] {
  const joined: Airbag[] = []
  for (const airbag of airbags) {
    const last = joined.at(-1)
    if (
      last === undefined ||
      airbag.firstAt - last.lastAt > rules.airbagSilenceMs ||
      wholeBetween(last.lastAt, airbag.firstAt, motionOf)
    )
      joined.push(airbag)
    else joined[joined.length - 1] = { ...last, lastAt: airbag.lastAt }
  }
  return joined
}

function wholeBetween(fromAt: number, toAt: number, motionOf: MotionOf): boolean {
  for (let block = blockOf(fromAt); block <= blockOf(toAt); block += 1) {
    const { wholeFirstAt = NaN, wholeLastAt = NaN } = motionOf(block) ?? {}
    if ((wholeFirstAt > fromAt && wholeFirstAt < toAt) || (wholeLastAt > fromAt && wholeLastAt < toAt)) return true
  }
  return false
}

/** Pulses in order of time, cut where a minute passed without one. Of a crash that goes on the
 *  first minute counts, so that what is told of it does not depend on how far it reached when it
 *  was told. */
function crashesOf(judged: readonly Judged[]): Judged[][] {
  const crashes: Judged[][] = []
  let lastAt = -Infinity
  for (const each of judged) {
    const crash = crashes.at(-1)
    if (crash === undefined || each.pulse.at - lastAt > rules.sameCrashMs) crashes.push([each])
    else if (each.pulse.at - crash[0]!.pulse.at <= rules.sameCrashMs) crash.push(each)
    lastAt = each.pulse.at
  }
  return crashes
}

function airbagAlert(airbag: Airbag, judged: readonly Judged[], known: Known): Alert {
  const { firstAt: at, receivedAt, clock, clockDoubt, place } = airbag
  const beside = judged.filter(({ pulse }) => Math.abs(pulse.at - at) <= rules.sameCrashMs)
  const pulses = beside.map(({ pulse }) => pulse)
  const evidence = {
    airbag: true,
    ...figuresOf(pulses, at, known),
    ...signsOf(beside.map(({ witnesses }) => witnesses)),
  }
  const alert = { at, receivedAt, clock, clockDoubt, place: place ?? placeAt(at, known.motionOf), evidence }
  return { ...nameOf(at, known), ...alert, severity: 'critical', status: 'confirmed' }
}

function pulseAlert(crash: readonly Judged[], known: Known): Alert {
  const [{ pulse: first }] = crash as readonly [Judged]
  const { at, receivedAt, clockDoubt, aroundAt } = first
  const stands = crash.some((each) => isLasting(each.pulse, each.witnesses))
  const isWithdrawn = !stands && crash.some(({ pulse }) => droveOn(known.motionOf, pulse.aroundAt))
  const isConfirmed = crash.some((each) => isSure(each.pulse, each.witnesses))
  const status = isWithdrawn ? 'withdrawn' : isConfirmed ? 'confirmed' : 'possible'
  const pulses = crash.map(({ pulse }) => pulse)
  const signs = { ...signsOf(crash.map(({ witnesses }) => witnesses)), ...(isWithdrawn && { droveOn: true }) }
  const evidence = { airbag: false, ...figuresOf(pulses, aroundAt, known), ...signs }
  const place = placeAt(aroundAt, known.motionOf)
  // A pulse is made of measured instants alone (take.ts).
  return { ...nameOf(at, known), severity: 'warning', status, at, receivedAt, clock: null, clockDoubt, place, evidence }
}

/** The id is that of the minute, which no two crashes share: so it stays when an earlier instant of
 *  the same crash becomes known. */
const nameOf = (at: number, { ref }: Known) => ({
  tenant: ref.tenant,
  vehicle: ref.vehicle,
  id: outputId('crash', vehicleKey(ref), Math.floor(at / rules.sameCrashMs) * rules.sameCrashMs),
  kind: 'crash' as const,
})

/** In m/s² and km/h; what is not known is not there. */
function figuresOf(pulses: readonly Pulse[], aroundAt: number, { motionOf }: Known): Alert['evidence'] {
  const most = (of: (pulse: Pulse) => number | null): number =>
    pulses.reduce((greatest, pulse) => Math.max(greatest, of(pulse) ?? 0), 0)
  const pulseMs2 = most(({ peakMs2 }) => peakMs2)
  const deltaVKmh = Math.round(most((pulse) => pulse.deltaVKmh))
  const lostKmh = Math.round(most((pulse) => pulse.lostKmh))
  const speedBeforeKmh = speedBefore(motionOf, aroundAt)
  return {
    ...(pulseMs2 > 0 && { pulseMs2 }),
    ...(deltaVKmh > 0 && { deltaVKmh }),
    ...(lostKmh > 0 && { speedLostKmh: lostKmh }),
    ...(speedBeforeKmh !== undefined && { speedBeforeKmh }),
  }
}

const signs = ['stoodStill', 'wentSilent', 'speedWentSilent', 'skidded', 'hazardLights', 'beltOpened'] as const

/** Signs that were seen beside; those not seen are not there, for it may only not have been
 *  told. */
const signsOf = (witnesses: readonly Witnesses[]): Alert['evidence'] =>
  Object.fromEntries(signs.filter((sign) => witnesses.some((each) => each[sign])).map((sign) => [sign, true]))

function placeAt(at: number, motionOf: MotionOf): Place | null {
  const before = placesIn(motionOf, at - rules.placeBeforeMs, at - 1).at(-1)
  const found = placesIn(motionOf, at, at + rules.placeAfterMs)[0] ?? before
  return found === undefined ? null : { lat: found.lat, lon: found.lon }
}
