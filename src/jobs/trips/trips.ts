// Trips and tracks. A trip is a function of the set of a vehicle's samples: it begins with the
// ignition or the first motion, and ends with the ignition or after 300 s of silence
// (trip-rules.ts). Late samples correct it; one that moves its start gives it another id and
// deletes the old one; one that closes a gap makes two trips one. Changes alone are said.
//
//   samples ──► minutes ──┬► marks ──► pieces: where trips begin and end ──┐
//                         └► sums ───► of the minutes in a trip ───────────┴► trips, tracks of the minutes they reach
//
// What is doubted of the samples is counted and told as an anomaly.
import type { Input, Job, JobState, Now as Times, Output } from '../../engine/job.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { noVehicles, type Vehicles } from '../../model/vehicles.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { nextTick } from '../../engine/pace.ts'
import { rulesOf } from '../kind-rules.ts'
import { countedSamples } from './counted-samples.ts'
import { countDoubts, doubtedOutputs } from './doubt-counts.ts'
import { doubtAnew } from './doubting.ts'
import { driveSamples, withoutIgnition, type DriveSample } from './drive-sample.ts'
import { noteSample, takeMarked } from './jumps.ts'
import { letGo } from './let-go.ts'
import { addSample, minuteMs, newMinute } from './minute.ts'
import { minutesOf, pastOf, pieces } from './past.ts'
import { sumsIn } from './span-sums.ts'
import { courseOf, reaches, trackOf, tripOf, type Course } from './trip.ts'
import { sayEveryMs, silenceMs, type KindTripRules } from './trip-rules.ts'
import { leadOf, odometersOf, tailOf, type Odometers, type Ways } from './unheard.ts'
import type { Piece } from './piece.ts'
import type { Sums } from './sums.ts'
import {
  emptyWindow,
  isTrip,
  newNow,
  tripsCodecs,
  type TripsNow,
  type SaidCourse,
  type TripsParts,
  type TripsWindow,
} from './trips-state.ts'
import { shrink, summarize } from './window.ts'

type State = JobState<TripsParts>

/** Outputs `trip`, `track`, and `anomaly` of the kind `doubted`, whose id is
 *  tenant/vehicle/doubted. Late samples change nothing. Where another kind is said of a vehicle
 *  than before, trips that can still change are derived by its rules when the vehicle is heard
 *  next, from what was kept of its samples; older ones stay. */
export const tripsBy = (vehicles: Vehicles): Job<TripsParts> => ({
  name: 'trips',
  version: 11,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'trip' }, { name: 'track' }, { name: 'anomaly' }],
  saidMax: 128,
  codecs: tripsCodecs,

  apply(state, input, times) {
    const { message } = input
    if (message === null) return
    const { trips: rules } = rulesOf(vehicles.of(input.record.key).kind)
    if (rules === null) return askToLetGo(state)
    const now = state.get('now') ?? newNow()
    const quiet = now.changed.length === 0
    const told = driveSamples(message, input.receivedAt)
    const samples = takeMarked(state, now, rules.hasIgnition ? told : withoutIgnition(told), { input, times })
    const keptFrom = Math.max(keptFromOf(input, times), now.foldedTo)
    for (const sample of samples) if (sample.at >= keptFrom) takeSample(state, now, sample)
    state.put('now', undefined, now)
    if (quiet && now.changed.length > 0) state.timer('say', nextTick(times.eventAt, sayEveryMs, input.record.key))
  },

  emit(state, ref, times) {
    const now = state.get('now')
    if (now === undefined || !(now.urgent || times.fired.length > 0)) return []
    const { trips: rules } = rulesOf(vehicles.of(vehicleKey(ref)).kind)
    return rules === null ? letGo(state, now, ref) : say({ state, now, times, rules }, ref)
  },
})

/** As they are of vehicles of which nothing is said. */
export const trips = tripsBy(noVehicles)

/** Of what does not drive, and was taken for what does. */
function askToLetGo(state: State): void {
  const now = state.get('now')
  if (now !== undefined) state.put('now', undefined, { ...now, urgent: true })
}

/** Samples before this instant are late. Records of `critical` never are; but what is this old is
 *  summed up. */
const keptFromOf = ({ lateBefore }: Input, { reachedAt }: Times): number => Math.max(lateBefore, reachedAt - latenessMs)

function takeSample(state: State, now: TripsNow, sample: DriveSample): void {
  const minute = Math.floor(sample.at / minuteMs)
  const samples = state.get('minute', minute) ?? newMinute()
  if (!addSample(samples, sample)) return
  state.put('minute', minute, samples)
  noteSample(now, sample)
}

/** The question asked of a vehicle each time. */
type Asked = { readonly state: State; readonly now: TripsNow; readonly times: Times; readonly rules: KindTripRules }

function say(asked: Asked, ref: VehicleRef): Output[] {
  const { state, now, times, rules } = asked
  const window = state.get('window') ?? emptyWindow()
  const odd = doubtAnew(state, now, window.odd)
  const doubts = countDoubts(state, now, window.doubts, odd)
  const groups = summarize(state, now, window.groups, { ...times, ...rules })
  const past = pastOf(state, now, { ...window, groups }, rules)
  const found = pieces(state, past, groups)
  const { outputs, said } = sayTrips({ ...asked, window: { ...window, groups, past } }, ref, found)
  const trips = said.filter(isTrip)
  outputs.push(
    ...trackOutputs(state, now, ref, minutesOf(state, past, groups), {
      said: trips,
      before: window.said.filter(isTrip),
    }),
  )
  outputs.push(...doubtedOutputs(ref, window.doubts, doubts))
  const shrunk = shrink(state, now, { ...window, groups, odd, doubts, said, past }, { ...times, ...rules })
  state.put('window', undefined, shrunk.window)
  state.cancel('say')
  // More than one where a clock ran ahead for a while.
  const open = trips.filter(({ endedBy }) => endedBy === null)
  if (open.length === 0) state.cancel('close')
  else state.timer('close', open[0]!.lastAt + silenceMs + 1)
  const last = trips.at(-1)
  const unknownFrom = last === undefined ? -1 : last.endAt + (last.endedBy === 'ignition' ? 0 : sayEveryMs)
  const foldedTo = Math.max(now.foldedTo, shrunk.foldedTo)
  state.put('now', undefined, {
    ...now,
    foldedTo,
    changed: [],
    openEndAt: open.at(-1)?.endAt ?? -1,
    unknownFrom,
    urgent: false,
  })
  return outputs
}

type Saying = Asked & { readonly window: TripsWindow }

/** The trips that changed, and those that are no longer. */
function sayTrips(
  saying: Saying,
  ref: VehicleRef,
  found: readonly Piece[],
): { readonly outputs: Output[]; readonly said: SaidCourse[] } {
  const { window, rules } = saying
  const key = vehicleKey(ref)
  const outputs: Output[] = []
  const said: SaidCourse[] = []
  const drives = found.map((piece, index) => driveOf(saying, piece, found[index + 1]))
  for (const [index, drive] of drives.entries()) {
    const { course, before } = drive
    if (course === undefined) continue
    const ways = waysOf(window, drives, index, course)
    if (before !== undefined && Object.is(before.leadM, ways.leadM) && Object.is(before.tailM, ways.tailM)) {
      // The car may have been heard since, which is no part of the trip and what silence counts
      // from.
      said.push({ ...before, ...course })
      continue
    }
    const sums = drive.sums ?? sumsOf(saying, course)
    const trip = sums === null ? undefined : tripOf(course, sums, ways, { ref, rules, id: idOf(window, course) })
    if (trip !== undefined) outputs.push({ topic: 'trip', id: trip.id, key, at: trip.endAt, value: trip })
    said.push({ ...course, metM: drive.metM, leftM: drive.leftM, ...ways, id: trip?.id ?? null })
  }
  const ids = new Set(said.map(({ id }) => id))
  const gone = window.said.flatMap(({ id, endAt }) => (id === null || ids.has(id) ? [] : [{ id, endAt }]))
  return {
    outputs: [...gone.map(({ id, endAt }): Output => ({ topic: 'trip', id, key, at: endAt, value: null })), ...outputs],
    said,
  }
}

/** The id that a trip with this start was said under: to reckon it anew each time would cost as
 *  much as to say the trip. */
const idOf = ({ said }: TripsWindow, { startAt }: Course): string | null =>
  said.find((other) => other.startAt === startAt)?.id ?? null

/** A piece with its course, where the car moved; and either how that was said, where it is the
 *  same, or its sums. */
type Drive = Odometers & {
  readonly piece: Piece
  readonly course: Course | undefined
  readonly before: SaidCourse | undefined
  readonly sums: Sums | null
}

function driveOf(saying: Saying, piece: Piece, next: Piece | undefined): Drive {
  const { now, times, window } = saying
  const course = courseOf(piece, next, times.eventAt)
  if (course === undefined) return { piece, course, before: undefined, sums: null, ...odometersOf(piece, null) }
  const same = window.said.find((other) => isSame(course, other))
  const before = now.changed.some((minute) => reaches(course, minute)) ? undefined : same
  if (before !== undefined) return { piece, course, before, sums: null, metM: before.metM, leftM: before.leftM }
  const sums = sumsOf(saying, course)
  return { piece, course, before, sums, ...(sums === null ? { metM: NaN, leftM: NaN } : odometersOf(piece, sums)) }
}

const sumsOf = ({ state, now, times, window, rules }: Saying, course: Course): Sums | null =>
  sumsIn({ state, now, window, clockAheadMs: times.clockAheadMs, burnLhMost: rules.burnLhMost }, course)

const waysOf = (window: TripsWindow, drives: readonly Drive[], index: number, { endedBy }: Course): Ways => ({
  leadM: leadOf(drives[index - 1] ?? window.over ?? undefined, drives[index]!),
  tailM: tailOf(drives[index]!, drives[index + 1], endedBy === null),
})

const isSame = (a: Course, b: Course): boolean =>
  a.startAt === b.startAt && a.endAt === b.endAt && a.endedBy === b.endedBy && a.switchedOn === b.switchedOn

/** The minutes that changed and are part of a trip, and those that became or are no longer part of
 *  one. */
function trackOutputs(
  state: State,
  now: TripsNow,
  ref: VehicleRef,
  minutes: readonly number[],
  { said, before }: { readonly said: readonly Course[]; readonly before: readonly Course[] },
): Output[] {
  const key = vehicleKey(ref)
  const changed = new Set(now.changed)
  const outputs: Output[] = []
  // A minute that changed may have none left that count.
  for (const minute of new Set([...minutes, ...changed])) {
    const isPart = said.some((trip) => reaches(trip, minute))
    const wasPart = before.some((trip) => reaches(trip, minute))
    if (!isPart && !wasPart) continue
    if (isPart && wasPart && !changed.has(minute)) continue
    const track = isPart ? trackOf(ref, minute, countedSamples(state, now, minute)) : null
    if (track === null && !wasPart) continue
    const minuteAt = minute * minuteMs
    outputs.push({
      topic: 'track',
      id: `${key}/${minuteAt}`,
      key,
      at: track?.lastAt ?? minuteAt,
      value: track?.row ?? null,
    })
  }
  return outputs
}
