// From evidence to alerts: which pulses were crashes, what belongs to one crash, and where it was.
import type { Alert, Place } from '../../model/read-models.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { isAhead } from '../../model/car-clock.ts'
import { outputId } from '../../engine/output-id.ts'
import * as rules from './crash-rules.ts'
import type { Airbag, Pulse } from './evidence.ts'
import { blockOf, cellMs, cellOf, speedIn, type Motion } from './motion.ts'

type MotionOf = (block: number) => Motion | undefined

/** One crash: its pulses and, when they deployed, its airbags. */
type Crash = { readonly airbag: Airbag | null; readonly pulses: readonly Pulse[] }

/** Of whom alerts are told, by what motion and which bound of marked instants. */
type Known = { readonly ref: VehicleRef; readonly motionOf: MotionOf; readonly clockAheadMs: number }

export function alertsOf(
  { pulses, airbags }: { readonly pulses: readonly Pulse[]; readonly airbags: readonly Airbag[] },
  known: Known,
): Alert[] {
  const { motionOf } = known
  const joined = joinAirbags(airbags, motionOf)
  const crashes: Crash[] = joined.map((airbag) => ({
    airbag,
    pulses: pulses.filter((pulse) => Math.abs(pulse.at - airbag.firstAt) <= rules.sameCrashMs),
  }))
  const alone = pulses.filter((pulse) => !airbags.some((airbag) => isBeside(pulse, airbag)) && isCrash(pulse, motionOf))
  for (const pulse of alone) {
    const last = crashes.at(-1)
    const lastPulse = last?.airbag === null ? last.pulses.at(-1) : undefined
    if (lastPulse !== undefined && pulse.at - lastPulse.at <= rules.sameCrashMs)
      crashes[crashes.length - 1] = { airbag: null, pulses: [...last!.pulses, pulse] }
    else crashes.push({ airbag: null, pulses: [pulse] })
  }
  return crashes.map((crash) => alertOf(crash, known)).sort((a, b) => a.at - b.at)
}

/** A pulse while airbags are deployed is no crash of its own: the car is being towed. */
const isBeside = (pulse: Pulse, airbag: Airbag): boolean =>
  pulse.at >= airbag.firstAt - rules.sameCrashMs && pulse.at <= airbag.lastAt + rules.sameCrashMs

/** Airbags that go on being deployed are one crash, unless they were said to be whole in between. */
function joinAirbags(airbags: readonly Airbag[], motionOf: MotionOf): Airbag[] {
  const joined: Airbag[] = []
  for (const airbag of airbags) {
    const last = joined.at(-1)
    if (last === undefined || airbag.firstAt - last.lastAt > rules.airbagSilenceMs || wholeBetween(last.lastAt, airbag.firstAt, motionOf))
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

/** Whether the car moved before the pulse and stood after it, as far as is known. */
function isCrash(pulse: Pulse, motionOf: MotionOf): boolean {
  const speed = speedBefore(pulse.at, motionOf)
  return speed !== undefined && speed >= rules.beforeKmh && stoodAfter(pulse.at, motionOf)
}

function speedBefore(at: number, motionOf: MotionOf): number | undefined {
  let greatest: number | undefined
  for (let cell = cellOf(at - rules.beforeMs); cell <= cellOf(at); cell += 1) {
    const speed = speedIn(motionOf, cell)
    if (speed !== undefined && (greatest === undefined || speed > greatest)) greatest = speed
  }
  return greatest
}

/** Every speed from the end of rolling out to the first one measured half a minute later is that of a car that stands. */
function stoodAfter(at: number, motionOf: MotionOf): boolean {
  const first = cellOf(at + rules.rollOutMs) + 1
  const shown = first + rules.stillMs / cellMs - 1
  const last = cellOf(at + rules.stillSeenMs)
  for (let cell = first; cell <= last; cell += 1) {
    const speed = speedIn(motionOf, cell)
    if (speed === undefined) continue
    if (speed >= rules.stillKmh) return false
    if (cell >= shown) return true
  }
  return false
}

function alertOf({ airbag, pulses }: Crash, { ref, motionOf, clockAheadMs }: Known): Alert {
  const first = airbag ?? pulses[0]!
  const at = 'firstAt' in first ? first.firstAt : first.at
  const speedKmh = speedBefore(at, motionOf)
  const peakMs2 = Math.max(0, ...pulses.map((pulse) => pulse.ms2))
  return {
    tenant: ref.tenant,
    vehicle: ref.vehicle,
    id: outputId('crash', vehicleKey(ref), at),
    kind: 'crash',
    severity: airbag === null ? 'warning' : 'critical',
    at,
    place: first.place ?? placeAt(at, motionOf),
    receivedAt: first.receivedAt,
    clock: isAhead(at, first.receivedAt, clockAheadMs) ? 'ahead' : null,
    evidence: {
      airbag: airbag !== null,
      ...(peakMs2 > 0 && { pulseMs2: peakMs2 }),
      ...(speedKmh !== undefined && { speedBeforeKmh: speedKmh }),
      ...(peakMs2 > 0 && { stoodStill: pulses.some((pulse) => stoodAfter(pulse.at, motionOf)) }),
    },
  }
}

function placeAt(at: number, motionOf: MotionOf): Place | null {
  let before: (Place & { at: number }) | undefined
  let after: (Place & { at: number }) | undefined
  for (let block = blockOf(at - rules.placeBeforeMs); block <= blockOf(at + rules.placeAfterMs); block += 1)
    for (const place of motionOf(block)?.places.values() ?? []) {
      if (place.at >= at ? after === undefined || place.at < after.at : false) after = place
      if (place.at < at ? before === undefined || place.at > before.at : false) before = place
    }
  const found =
    after !== undefined && after.at - at <= rules.placeAfterMs
      ? after
      : before !== undefined && at - before.at <= rules.placeBeforeMs
        ? before
        : undefined
  return found === undefined ? null : { lat: found.lat, lon: found.lon }
}
