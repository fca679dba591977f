// Trips and tracks. A trip is a function of the set of a vehicle's samples: it begins with the ignition or the first motion, and ends
// with the ignition or after 300 s of silence (trip-rules.ts). Late samples correct it; one that moves its start gives it
// another id and deletes the old one; one that closes a gap makes two trips one. What is said is what changed.
//
//   samples ──► minutes ──► summaries, ten minutes a group ──► stretches ──► trips, tracks of the minutes they reach
import type { Job, Output, VehicleState } from '../../engine/job.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import type { Trip } from '../../model/read-models.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { nextTick } from '../../engine/pace.ts'
import { driveSamples, ignition, type DriveSample } from './drive-sample.ts'
import { addSample, minuteMs } from './minute.ts'
import { reaches, trackOf, tripsOf } from './trip.ts'
import { movingKmh, sayEveryMs, silenceMs } from './trip-rules.ts'
import { tripsCodecs, type Now, type SaidTrip, type TripsParts } from './trips-state.ts'
import { emptyWindow, fold, minutesOf, shrink, summarize } from './window.ts'

type State = VehicleState<TripsParts>

/** Outputs `trip` and `track`. Samples further behind the vehicle's newest than `latenessMs` change nothing. */
export const trips: Job<TripsParts> = {
  name: 'trips',
  version: 2,
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  codecs: tripsCodecs,

  apply(state, { record, message }) {
    if (message === null) return
    const samples = driveSamples(message, record.receivedAt)
    if (samples.length === 0) return
    const now = state.get('now') ?? { at: -1, changed: [], dueAt: -1, openEndAt: -1, unknownFrom: -1, urgent: false }
    let changed = false
    for (const sample of samples) changed = takeSample(state, now, sample, record.topic !== 'critical') || changed
    if (changed) state.put('now', undefined, now)
  },

  emit(state, ref, watermark) {
    const now = state.get('now')
    if (now === undefined) return []
    const closing = now.openEndAt >= 0 && watermark > now.openEndAt + silenceMs
    if (now.urgent || closing || (now.dueAt >= 0 && watermark >= now.dueAt)) return say(state, now, ref, watermark)
    if (now.changed.length > 0 && now.dueAt < 0) {
      now.dueAt = nextTick(Number.isFinite(watermark) ? watermark : now.at, sayEveryMs, ref.vehicle)
      state.put('now', undefined, now)
    }
    askTimer(state, now)
    return []
  },
}

/** Whether anything changed. Records of `critical` are read before others of their time, so they do not make those late. */
function takeSample(state: State, now: Now, sample: DriveSample, ordered: boolean): boolean {
  if (sample.at < now.at - latenessMs) return false
  const minute = Math.floor(sample.at / minuteMs)
  const samples = state.get('minute', minute) ?? []
  if (!addSample(samples, sample)) return false
  state.put('minute', minute, samples)
  if (!now.changed.includes(minute)) now.changed.push(minute)
  if (ordered && sample.at > now.at) now.at = sample.at
  if (sample.at > now.unknownFrom && sample.speedKmh >= movingKmh && now.openEndAt < 0) now.urgent = true
  if (sample.ignition === ignition.off && now.openEndAt >= 0) now.urgent = true
  return true
}

function askTimer(state: State, now: Now): void {
  if (now.dueAt >= 0) state.timer(now.dueAt)
  if (now.openEndAt >= 0) state.timer(now.openEndAt + silenceMs + 1)
}

function say(state: State, now: Now, ref: VehicleRef, watermark: number): Output[] {
  const window = state.get('window') ?? emptyWindow
  const groups = summarize(state, window.groups, now.changed)
  const found = tripsOf(fold(state, window.before, groups), ref, watermark)
  const said = found.map(({ id, startAt, endAt }, index): SaidTrip => ({ id, startAt, endAt, json: JSON.stringify(found[index]) }))
  const outputs = [
    ...tripOutputs(ref, found, said, window.said),
    ...trackOutputs(state, ref, minutesOf(state, groups), new Set(now.changed), said, window.said),
  ]
  state.put('window', undefined, shrink(state, { before: window.before, groups, said }, now.at))
  const last = found.at(-1)
  now.changed = []
  now.dueAt = -1
  now.urgent = false
  now.openEndAt = last?.status === 'open' ? last.endAt : -1
  now.unknownFrom = last === undefined ? -1 : last.endAt + (last.endedBy === 'ignition' ? 0 : sayEveryMs)
  state.put('now', undefined, now)
  askTimer(state, now)
  return outputs
}

function tripOutputs(ref: VehicleRef, found: readonly Trip[], said: readonly SaidTrip[], before: readonly SaidTrip[]): Output[] {
  const key = vehicleKey(ref)
  const old = new Map(before.map((trip) => [trip.id, trip]))
  const ids = new Set(said.map((trip) => trip.id))
  const gone = before.filter((trip) => !ids.has(trip.id))
  return [
    ...gone.map((trip): Output => ({ topic: 'trip', id: trip.id, key, at: trip.endAt, value: null })),
    ...found
      .filter((trip, index) => old.get(trip.id)?.json !== said[index]!.json)
      .map((trip): Output => ({ topic: 'trip', id: trip.id, key, at: trip.endAt, value: trip })),
  ]
}

/** The minutes that changed and are part of a trip, and those that became or are no longer part of one. */
function trackOutputs(
  state: State,
  ref: VehicleRef,
  minutes: readonly number[],
  changed: ReadonlySet<number>,
  said: readonly SaidTrip[],
  before: readonly SaidTrip[],
): Output[] {
  const key = vehicleKey(ref)
  const outputs: Output[] = []
  for (const minute of minutes) {
    const isPart = said.some((trip) => reaches(trip, minute))
    const wasPart = before.some((trip) => reaches(trip, minute))
    if (!isPart && !wasPart) continue
    if (isPart && wasPart && !changed.has(minute)) continue
    const track = isPart ? trackOf(ref, minute, state.get('minute', minute) ?? []) : null
    if (track === null && !wasPart) continue
    const minuteAt = minute * minuteMs
    outputs.push({ topic: 'track', id: `${key}/${minuteAt}`, key, at: track?.at.at(-1) ?? minuteAt, value: track })
  }
  return outputs
}
