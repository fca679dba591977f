// Trips and tracks. A trip is a function of the set of a vehicle's samples: it begins with the ignition or the first motion, and ends
// with the ignition or after 300 s of silence (trip-rules.ts). Late samples correct it; one that moves its start gives it
// another id and deletes the old one; one that closes a gap makes two trips one. What is said is what changed.
//
//   samples ──► minutes ──► summaries, ten minutes a group ──► stretches ──► trips, tracks of the minutes they reach
import type { Input, Job, JobState, Now as Times, Output } from '../../engine/job.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import type { Trip } from '../../model/read-models.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { nextTick } from '../../engine/pace.ts'
import { driveSamples, type DriveSample } from './drive-sample.ts'
import { noteSample, samplesOf, takeMarked } from './jumps.ts'
import { addSample, minuteMs } from './minute.ts'
import { reaches, trackOf, tripsOf } from './trip.ts'
import { sayEveryMs, silenceMs } from './trip-rules.ts'
import { newNow, tripsCodecs, type Now, type SaidTrip, type TripsParts } from './trips-state.ts'
import { emptyWindow, fold, minutesOf, shrink, summarize } from './window.ts'

type State = JobState<TripsParts>

/** Outputs `trip` and `track`. Late samples change nothing. */
export const trips: Job<TripsParts> = {
  name: 'trips',
  version: 6,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'trip' }, { name: 'track' }],
  saidMax: 128,
  codecs: tripsCodecs,

  apply(state, input, times) {
    const { message } = input
    if (message === null) return
    const now = state.get('now') ?? newNow()
    const quiet = now.changed.length === 0
    const samples = takeMarked(state, now, driveSamples(message, input.receivedAt), { input, times })
    const keptFrom = Math.max(keptFromOf(input, times), now.foldedTo)
    for (const sample of samples) if (sample.at >= keptFrom) takeSample(state, now, sample)
    state.put('now', undefined, now)
    if (quiet && now.changed.length > 0) state.timer('say', nextTick(times.eventAt, sayEveryMs, input.record.key))
  },

  emit(state, ref, times) {
    const now = state.get('now')
    return now !== undefined && (now.urgent || times.fired.length > 0) ? say(state, now, ref, times) : []
  },
}

/** Samples before this instant are late. Records of `critical` never are; but what is this old is summed up. */
const keptFromOf = ({ lateBefore }: Input, { reachedAt }: Times): number => Math.max(lateBefore, reachedAt - latenessMs)

function takeSample(state: State, now: Now, sample: DriveSample): void {
  const minute = Math.floor(sample.at / minuteMs)
  const samples = state.get('minute', minute) ?? []
  if (!addSample(samples, sample)) return
  state.put('minute', minute, samples)
  noteSample(now, sample)
}

function say(state: State, now: Now, ref: VehicleRef, times: Times): Output[] {
  const { eventAt, reachedAt } = times
  const window = state.get('window') ?? emptyWindow
  const groups = summarize(state, now, window.groups, times)
  const found = tripsOf(fold(state, window.before, groups), ref, eventAt)
  const said = found.map(({ id, startAt, endAt }): SaidTrip => ({ id, startAt, endAt }))
  const outputs = [
    ...tripOutputs(ref, found, window.said),
    ...trackOutputs(state, now, ref, minutesOf(state, groups), { said, before: window.said }),
  ]
  const shrunk = shrink(state, { before: window.before, groups, said }, reachedAt)
  state.put('window', undefined, shrunk.window)
  const last = found.at(-1)
  // More than one where a clock ran ahead for a while.
  const openEnds = found.flatMap(({ status, endAt }) => (status === 'open' ? [endAt] : []))
  const openEndAt = openEnds.at(-1) ?? -1
  state.cancel('say')
  if (openEndAt < 0) state.cancel('close')
  else state.timer('close', openEnds[0]! + silenceMs + 1)
  const unknownFrom = last === undefined ? -1 : last.endAt + (last.endedBy === 'ignition' ? 0 : sayEveryMs)
  const foldedTo = Math.max(now.foldedTo, shrunk.foldedTo)
  state.put('now', undefined, { ...now, foldedTo, changed: [], openEndAt, unknownFrom, urgent: false })
  return outputs
}

function tripOutputs(ref: VehicleRef, found: readonly Trip[], before: readonly SaidTrip[]): Output[] {
  const key = vehicleKey(ref)
  const ids = new Set(found.map((trip) => trip.id))
  const gone = before.filter((trip) => !ids.has(trip.id))
  return [
    ...gone.map((trip): Output => ({ topic: 'trip', id: trip.id, key, at: trip.endAt, value: null })),
    ...found.map((trip): Output => ({ topic: 'trip', id: trip.id, key, at: trip.endAt, value: trip })),
  ]
}

/** The minutes that changed and are part of a trip, and those that became or are no longer part of one. */
function trackOutputs(
  state: State,
  now: Now,
  ref: VehicleRef,
  minutes: readonly number[],
  { said, before }: { readonly said: readonly SaidTrip[]; readonly before: readonly SaidTrip[] },
): Output[] {
  const key = vehicleKey(ref)
  const changed = new Set(now.changed)
  const outputs: Output[] = []
  for (const minute of minutes) {
    const isPart = said.some((trip) => reaches(trip, minute))
    const wasPart = before.some((trip) => reaches(trip, minute))
    if (!isPart && !wasPart) continue
    if (isPart && wasPart && !changed.has(minute)) continue
    const track = isPart ? trackOf(ref, minute, samplesOf(state, now, minute)) : null
    if (track === null && !wasPart) continue
    const minuteAt = minute * minuteMs
    outputs.push({ topic: 'track', id: `${key}/${minuteAt}`, key, at: track?.at.at(-1) ?? minuteAt, value: track })
  }
  return outputs
}
