// Crashes: an airbag, or a pulse of acceleration of a moving car that then stands still. An airbag is told at once; stillness
// takes 40 s to be seen. An alert is a function of the set of a vehicle's samples: one that shows the car driving on withdraws it, one with
// the airbag makes it certain. Its id is derived from the vehicle and the instant of its evidence.
import type { Alert } from '../../model/read-models.ts'
import type { Sample, SignalValue } from '../../model/message.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { jsonCodec } from '../../engine/part-codec.ts'
import type { Input, Job, JobState, Now, Output } from '../../engine/job.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { isPlaceDoubted } from '../../plausibility/alone.ts'
import { alertsOf } from './crash-alert.ts'
import { airbagSilenceMs, pulseMs2 } from './crash-rules.ts'
import { addAirbag, addPulse, foldAirbags, type Airbag, type Pulse } from './evidence.ts'
import { addPlace, addSpeed, addWhole, blockMs, blockOf, motionCodec, newMotion, type Motion } from './motion.ts'

/** An alert further behind the vehicle's newest cannot change any more: no sample that counts reaches it. */
const settledMs = latenessMs + blockMs
/** What alerts that can change may depend on. */
const pulsesKeptMs = settledMs + blockMs
const airbagsKeptMs = settledMs + airbagSilenceMs
const motionKeptMs = airbagsKeptMs + blockMs

type SaidAlert = { readonly id: string; readonly at: number }

export type CrashParts = {
  motion: Motion
  /** The blocks of motion there are, ascending. */
  blocks: readonly number[]
  evidence: Evidence
}

type Evidence = {
  readonly pulses: readonly Pulse[]
  readonly airbags: readonly Airbag[]
  /** Airbags older than what can still change, by their first instant, that are to be told all the same: what concerns life is
   *  taken whenever it comes. */
  readonly overdue: readonly number[]
  readonly said: readonly SaidAlert[]
  /** How far the vehicle's data reached when that was said. One batch may hold hours: what was open at its beginning is decided
   *  at its end. */
  readonly saidAt: number
}

type State = JobState<CrashParts>

const airbagSignals = [
  'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed',
  'Vehicle.Cabin.Seat.Row1.PassengerSide.Airbag.IsDeployed',
] as const

/** Outputs `alert`. What is late changes nothing; an airbag on `critical` never is. */
export const crash: Job<CrashParts> = {
  name: 'crash',
  version: 4,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'alert' }],
  codecs: { motion: motionCodec, blocks: jsonCodec(), evidence: jsonCodec() },

  apply(state, input, now) {
    const { message, receivedAt, lateBefore } = input
    if (message === null) return
    if ('event' in message) {
      const { event, at } = message
      if (event === 'airbag-deployed' && at >= lateBefore) takeAirbag(state, { at, receivedAt, place: null }, now)
      return
    }
    for (const sample of message.samples) if (sample.at >= lateBefore) takeSample(state, sample, input, now)
  },

  emit(state, ref, now) {
    const evidence = state.get('evidence')
    const outputs = evidence === undefined || isPast(evidence, now) ? [] : say(state, ref, evidence, now)
    forgetMotion(state, now.reachedAt)
    return outputs
  },
}

/** Whether nothing of it can change: a car that crashed once is not looked at anew with every batch for as long as it is known. */
const isPast = ({ pulses, airbags, overdue, said, saidAt }: Evidence, { reachedAt }: Now): boolean =>
  pulses.length + overdue.length + said.length === 0 &&
  reachedAt >= saidAt &&
  airbags.every(({ lastAt }) => lastAt < saidAt - airbagsKeptMs)

function say(state: State, ref: VehicleRef, evidence: Evidence, { reachedAt, clockAheadMs }: Now): Output[] {
  const isOpen = (alert: { readonly at: number }): boolean => alert.at >= evidence.saidAt - settledMs
  const found = alertsOf(evidence, { ref, clockAheadMs, motionOf: (number) => state.get('motion', number) })
  const alerts = found.filter((alert) => isOpen(alert) || evidence.overdue.includes(alert.at))
  const said = alerts.map(({ id, at }): SaidAlert => ({ id, at }))
  const pulses = evidence.pulses.filter((pulse) => pulse.at >= reachedAt - pulsesKeptMs)
  const airbags = foldAirbags(evidence.airbags, reachedAt - airbagsKeptMs)
  if (pulses.length === 0 && airbags.length === 0) state.delete('evidence')
  else state.put('evidence', undefined, { pulses, airbags, overdue: [], said, saidAt: reachedAt })
  return alertOutputs(ref, alerts, evidence.said.filter(isOpen))
}

function takeSample(state: State, { at, signals }: Sample, { receivedAt }: Input, now: Now): void {
  const place = placeOf(signals)
  const airbag = airbagOf(signals)
  const block = blockOf(at)
  const motion = state.get('motion', block) ?? openBlock(state, block)
  const speed = signals['Vehicle.Speed']
  let changed = false
  if (typeof speed === 'number') changed = addSpeed(motion, at, Math.abs(speed))
  if (place !== null) changed = addPlace(motion, at, place.lat, place.lon) || changed
  if (airbag === false) changed = addWhole(motion, at) || changed
  if (changed) state.put('motion', block, motion)
  if (airbag === true) takeAirbag(state, { at, receivedAt, place }, now)
  takePulse(state, signals, { at, receivedAt, place }, now)
}

function openBlock(state: State, block: number): Motion {
  const motion = newMotion()
  state.put(
    'blocks',
    undefined,
    [...(state.get('blocks') ?? []), block].sort((a, b) => a - b),
  )
  state.put('motion', block, motion)
  return motion
}

function forgetMotion(state: State, reachedAt: number): void {
  const blocks = state.get('blocks')
  const isOver = (block: number): boolean => (block + 1) * blockMs <= reachedAt - motionKeptMs
  if (blocks?.[0] === undefined || !isOver(blocks[0])) return
  for (const block of blocks) if (isOver(block)) state.delete('motion', block)
  state.put(
    'blocks',
    undefined,
    blocks.filter((block) => !isOver(block)),
  )
}

function takePulse(state: State, signals: Sample['signals'], seen: Omit<Pulse, 'ms2'>, now: Now): void {
  const ms2 = Math.hypot(numberOf(signals['Vehicle.Acceleration.Longitudinal']), numberOf(signals['Vehicle.Acceleration.Lateral']))
  if (ms2 < pulseMs2) return
  const evidence = state.get('evidence') ?? noEvidence(now)
  const pulses = addPulse(evidence.pulses, { ...seen, ms2: Math.round(ms2 * 10) / 10 })
  if (pulses !== evidence.pulses) state.put('evidence', undefined, { ...evidence, pulses })
}

function takeAirbag(state: State, seen: Omit<Pulse, 'ms2'>, now: Now): void {
  const evidence = state.get('evidence') ?? noEvidence(now)
  const airbags = addAirbag(evidence.airbags, seen)
  if (airbags === evidence.airbags) return
  const overdue = isOverdue(evidence, seen.at, now) ? [...evidence.overdue, seen.at] : evidence.overdue
  state.put('evidence', undefined, { ...evidence, airbags, overdue })
}

/** Whether an airbag came when no alert of its time can change any more, and none that is known is of the same crash. */
const isOverdue = ({ airbags }: Evidence, at: number, { reachedAt }: Now): boolean =>
  at < reachedAt - settledMs && airbags.every(({ firstAt, lastAt }) => at < firstAt - airbagSilenceMs || at > lastAt + airbagSilenceMs)

const noEvidence = ({ reachedAt }: Now): Evidence => ({ pulses: [], airbags: [], overdue: [], said: [], saidAt: reachedAt })

const numberOf = (value: SignalValue | undefined): number => (typeof value === 'number' ? value : 0)

/** Where the sample says that the car is; null where it says nothing, or nothing to be believed. */
function placeOf(signals: Sample['signals']): Alert['place'] {
  const lat = signals['Vehicle.CurrentLocation.Latitude']
  const lon = signals['Vehicle.CurrentLocation.Longitude']
  if (typeof lat !== 'number' || typeof lon !== 'number' || isPlaceDoubted(signals)) return null
  return { lat: Math.round(lat * 1e7) / 1e7, lon: Math.round(lon * 1e7) / 1e7 }
}

/** True when one is deployed, false when what is said of them is that they are whole. */
function airbagOf(signals: Sample['signals']): boolean | undefined {
  let whole: boolean | undefined
  for (const path of airbagSignals) {
    if (signals[path] === true) return true
    if (signals[path] === false) whole = false
  }
  return whole
}

function alertOutputs(ref: VehicleRef, alerts: readonly Alert[], before: readonly SaidAlert[]): Output[] {
  const key = vehicleKey(ref)
  const gone = before.filter(({ id }) => !alerts.some((alert) => alert.id === id))
  return [
    ...gone.map(({ id, at }): Output => ({ topic: 'alert', id, key, at, value: null })),
    ...alerts.map((alert): Output => ({ topic: 'alert', id: alert.id, key, at: alert.at, value: alert })),
  ]
}
