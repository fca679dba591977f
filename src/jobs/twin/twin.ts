// The twin: the last value of each signal of a vehicle. The order of what a car said is that of its
// boots, and within one by `seq`, whatever its clock: so a late or repeated message changes only
// the signals of which nothing later is known. Values that others told late of a car are in the
// order of their instants.
import type { Input, Job, JobState, Output } from '../../engine/job.ts'
import type { TwinPatch, TwinValue } from '../../model/twin.ts'
import { isAhead } from '../../model/car-clock.ts'
import { vssCatalogue, type Catalogue, type CatalogueOf } from '../../model/catalogue.ts'
import { mergeTwin } from '../../model/merge-twin.ts'
import { clockRank, type SamplesMessage, type SignalValue } from '../../model/message.ts'
import { isByInstant } from '../../model/record-order.ts'
import { missingMax } from '../../model/seq.ts'
import type { DoubtReason } from '../../model/value-doubt.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import { doubtsAlone } from '../../plausibility/alone.ts'
import { carInstants, clockOf, hearBoot, hearClock, lastHeard, lastOf } from './twin-boots.ts'
import { excessOutput, fitRoom, hasRoom, hearInRoom, newRoom, type TwinRoom } from './room.ts'
import {
  newBoot,
  newKnown,
  twinCodecs,
  valueOf,
  type BootState,
  type KnownTwin,
  type Stamp,
  type Times,
  type TwinParts,
  type Value,
} from './twin-state.ts'

type State = JobState<TwinParts>

/** Outputs `twin`: one patch for each vehicle in a batch, with its times and clock, and the signals
 *  that changed. Its id is the vehicle's key. And `anomaly`, of a vehicle that told more signals
 *  beyond its catalogue than its twin has room for (room.ts). */
export const twinBy = (catalogueOf: CatalogueOf): Job<TwinParts> => ({
  name: 'twin',
  version: 7,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'twin' }, { name: 'anomaly' }],
  // A patch says only what changed, so it is no value to compare.
  saidMax: 0,
  patches: {
    topic: 'twin',
    add: (before, patch) => inOrder(mergeTwin(before as TwinPatch, patch as TwinPatch)),
  },
  codecs: twinCodecs,

  apply(state, input, { clockAheadMs }) {
    const { message, record, receivedAt, newestAt, markedAt } = input
    if (message === null) return
    const known = state.get('known') ?? newKnown()
    if (!Number.isNaN(newestAt)) known.at = Math.max(known.at, newestAt)
    if (!Number.isNaN(markedAt)) known.markedAt = Math.max(known.markedAt, markedAt)
    known.receivedAt = Math.max(known.receivedAt, receivedAt)
    if (!hearBoot(state, known, message, receivedAt)) state.leftOut('twin-boots', 1)
    else {
      const boot = state.get('boot', message.boot) ?? newBoot()
      hearClock(boot, record.topic, message.seq, carInstants(message, input, clockAheadMs))
      const taking = { state, known, boot, catalogue: catalogueOf(record.key), clockAheadMs }
      const room = 'samples' in message ? takeSamples(taking, message, input) : undefined
      state.put('boot', message.boot, boot)
      if (room !== undefined) closeRoom(taking, room, receivedAt)
    }
    state.put('known', undefined, known)
  },

  emit(state, ref, { clockAheadMs, logAt }) {
    const patch = patchOutput(state, ref, clockAheadMs)
    const outputs = patch === undefined ? [] : [patch]
    const room = state.get('room')
    if (room === undefined) return outputs
    const excess = excessOutput(room, ref, logAt, (dueAt) => state.logTimer('excess', dueAt))
    if (excess === undefined) return outputs
    state.put('room', undefined, room)
    return [...outputs, excess]
  },
})

/** Where nothing is added to the catalogue. */
export const twin = twinBy(() => vssCatalogue)

function patchOutput(state: State, { tenant, vehicle }: VehicleRef, clockAheadMs: number): Output | undefined {
  const known = state.get('known')
  if (known === undefined) return undefined
  const signals = newsOf(state, known)
  const last = lastHeard(known.boots)
  const carClock =
    last === undefined ? null : clockOf(last.boot, state.get('boot', last.boot) ?? newBoot(), clockAheadMs)
  const times: Times = { at: known.at || known.markedAt || known.receivedAt, receivedAt: known.receivedAt, carClock }
  if (isSame(times, known.said) && known.gone.size === 0 && Object.keys(signals).length === 0) return undefined
  const patch: TwinPatch = { tenant, vehicle, at: times.at, receivedAt: times.receivedAt, carClock, signals }
  const key = `${tenant}/${vehicle}`
  const value = known.gone.size === 0 ? patch : { ...patch, gone: [...known.gone].sort() }
  remember(known, times)
  state.put('known', undefined, known)
  return { topic: 'twin', id: key, key, at: patch.at, value }
}

/** Takes in that the times were said, and all that is gone. */
function remember(known: KnownTwin, times: Times): void {
  const { said } = known
  if (said === null) known.said = { ...times }
  else {
    said.at = times.at
    said.receivedAt = times.receivedAt
    if (!isSameClock(times, said)) said.carClock = times.carClock
  }
  if (known.gone.size > 0) known.gone = new Set()
}

/** Signals by name, so that equal twins are equal texts, whichever patches they came of. */
function inOrder(patch: TwinPatch): TwinPatch {
  const signals = Object.entries(patch.signals).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...patch, signals: Object.fromEntries(signals) }
}

const isSame = (a: Times, b: Times | null): boolean =>
  b !== null && a.receivedAt === b.receivedAt && a.at === b.at && isSameClock(a, b)

const isSameClock = (a: Times, b: Times): boolean =>
  a.carClock?.boot === b.carClock?.boot &&
  a.carClock?.offsetMs === b.carClock?.offsetMs &&
  a.carClock?.state === b.carClock?.state

/** The vehicle and the boot of a message. */
type Taking = {
  readonly state: State
  readonly known: KnownTwin
  readonly boot: BootState
  readonly catalogue: Catalogue
  readonly clockAheadMs: number
}

/** Gives the room, where the message has signals beyond the catalogue. */
function takeSamples(
  { state, known, boot, catalogue, clockAheadMs }: Taking,
  message: SamplesMessage,
  { record, receivedAt }: Input,
): TwinRoom | undefined {
  const { seq, samples } = message
  let room: TwinRoom | undefined
  let leftOut = 0
  const isLate = isByInstant(record.headers)
  // A number past what a unit can have counted up to says nothing of the order: such messages count
  // apart, as another stream does, or one of them would have the last word as long as its boot
  // runs. So does what is late: its order is another one.
  const stream = isLate ? `${record.topic} late` : seq > missingMax ? `${record.topic} far` : record.topic
  const isLastBoot = known.boots[0]!.boot === message.boot
  for (let index = 0; index < samples.length; index += 1) {
    const { at, signals, clock } = samples[index]!
    const doubts = doubtsAlone(signals)
    const stamp: Stamp = { stream, seq, index, at, marked: isAhead(at, receivedAt, clockAheadMs), clock }
    for (const path in signals) {
      const isOther = catalogue.find(path) === undefined
      if (isOther) room ??= state.get('room') ?? newRoom()
      if (isOther && !hasRoom(room!, path)) {
        leftOut += 1
        continue
      }
      let ofStreams = boot.values.get(path)
      if (ofStreams === undefined) boot.values.set(path, (ofStreams = []))
      const value = placeValue(ofStreams, stamp, signals[path]!, doubts?.[path], isLate)
      if (isOther) hearInRoom(room!, path, signals[path]!, ofStreams.length)
      if (value === undefined) continue
      if (isLastBoot && ofStreams.length === 1) {
        value.said = true
        known.news ??= {}
        known.news[path] = twinValue(value)
      } else {
        if (value.said) known.replaced.add(path)
        value.said = false
        if (known.dirty !== 'all') known.dirty.add(path)
      }
    }
  }
  if (leftOut > 0) state.leftOut('twin-room', leftOut)
  return room
}

/** Forgets the signals that do not fit any more, in all boots. */
function closeRoom({ state, known, catalogue }: Taking, room: TwinRoom, receivedAt: number): void {
  room.receivedAt = Math.max(room.receivedAt, receivedAt)
  // A signal that an overlay has made one of the catalogue meanwhile stays.
  const gone = fitRoom(room).filter((path) => catalogue.find(path) === undefined)
  state.put('room', undefined, room)
  if (gone.length === 0) return
  state.leftOut('twin-room', gone.length)
  for (const path of gone) {
    delete known.news?.[path]
    if (known.dirty !== 'all') known.dirty.delete(path)
    known.gone.add(path)
  }
  for (const { boot } of known.boots) {
    const { values } = state.get('boot', boot)!
    if (gone.filter((path) => values.delete(path)).length > 0) state.put('boot', boot, state.get('boot', boot)!)
  }
}

/** Puts the value in the place of an earlier one of its stream; `said` is still that of the earlier
 *  one. Undefined when a later one is known. */
function placeValue(
  ofStreams: Value[],
  stamp: Stamp,
  value: SignalValue,
  doubt: DoubtReason | undefined,
  isLate: boolean,
): Value | undefined {
  for (const known of ofStreams) {
    if (known.stream !== stamp.stream) continue
    if (!(isLate ? isMeasuredAfter : isAfter)(stamp, known) && !isOfReusedNumber(known, stamp, value)) return undefined
    known.seq = stamp.seq
    known.index = stamp.index
    known.at = stamp.at
    known.marked = stamp.marked
    known.clock = stamp.clock
    known.value = value
    known.doubt = doubt
    return known
  }
  const added = valueOf(stamp, value, doubt, false)
  ofStreams.push(added)
  return added
}

const isMeasuredAfter = (a: Stamp, b: Stamp): boolean => (a.at === b.at ? isAfter(a, b) : a.at > b.at)

const isAfter = (a: Stamp, b: Stamp): boolean => (a.seq === b.seq ? a.index > b.index : a.seq > b.seq)

/** Whether the value is of another message under the number of the known one, and the one that
 *  counts: the later measured, of these the one whose instant says less, or what comes later as
 *  text, so that it does not depend on which was heard first. */
function isOfReusedNumber(known: Value, stamp: Stamp, value: SignalValue): boolean {
  if (stamp.seq !== known.seq || stamp.index !== known.index) return false
  if (stamp.at !== known.at) return stamp.at > known.at
  if (stamp.clock !== known.clock) return clockRank(stamp.clock) > clockRank(known.clock)
  return value !== known.value && JSON.stringify(value) > JSON.stringify(known.value)
}

/** Nearly always without the last three, and then without a spread, which costs as much as all else
 *  of a value. */
function twinValue({ at, marked, clock, value, doubt }: Value): TwinValue {
  if (!marked && clock === undefined && doubt === undefined) return { value, at }
  return {
    value,
    at,
    ...(clock !== undefined && { clock }),
    ...(marked && { clockDoubt: 'ahead' }),
    ...(doubt !== undefined && { doubt }),
  }
}

/** The signals whose value is not what was said last; from now on it is. */
function newsOf(state: State, known: KnownTwin): Record<string, TwinValue> {
  const { dirty, replaced } = known
  const news = known.news ?? {}
  known.news = null
  if (replaced.size > 0) known.replaced = new Set()
  if (dirty !== 'all' && dirty.size === 0) return news
  known.dirty = new Set()
  const boots: BootState[] = []
  const bootAt = (place: number): BootState => (boots[place] ??= state.get('boot', known.boots[place]!.boot)!)
  const paths =
    dirty === 'all' ? new Set(known.boots.flatMap((_, place) => [...bootAt(place).values.keys()]).sort()) : dirty
  for (const path of paths) {
    let place = 0
    while (!bootAt(place).values.has(path)) place += 1
    const last = lastOf(bootAt(place).values.get(path)!)
    if (last.said && (dirty !== 'all' || (isSaidAlone(boots, path) && !replaced.has(path)))) continue
    for (const boot of boots) for (const other of boot.values.get(path) ?? []) other.said = other === last
    news[path] = twinValue(last)
  }
  for (const [place, { boot }] of known.boots.entries())
    if (boots[place] !== undefined) state.put('boot', boot, boots[place])
  return news
}

/** Whether no other value of the signal was said since: one of a boot that had the last word for a
 *  while. */
const isSaidAlone = (boots: readonly BootState[], path: string): boolean =>
  boots.flatMap((boot) => boot.values.get(path) ?? []).filter(({ said }) => said).length === 1
