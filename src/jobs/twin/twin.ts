// The twin: the last value of each signal of a vehicle. What a car said later is decided by the order of its boots, and within
// one by `seq`, whatever its clock: so a late or repeated message changes only the signals of which nothing later is known.
import type { Input, Job, JobState } from '../../engine/job.ts'
import type { TwinPatch, TwinValue } from '../../model/read-models.ts'
import { isAhead } from '../../model/car-clock.ts'
import type { SamplesMessage } from '../../model/message.ts'
import { clockOf, hearBoot, hearClock, lastHeard, lastOf } from './twin-boots.ts'
import { addTwinPatch } from './twin-patch.ts'
import { newBoot, newKnown, twinCodecs, type BootState, type Known, type Stamp, type TwinParts } from './twin-state.ts'

/** Signals of one boot; further paths are not taken into its twin. The catalogue has about 90, a maker's overlay adds some hundreds. */
export const twinSignalsMax = 2_000

type State = JobState<TwinParts>

/** Outputs `twin`: one patch for each vehicle in a batch, with its times and clock, and the signals that changed. Its id is the
 *  vehicle's key. */
export const twin: Job<TwinParts> = {
  name: 'twin',
  version: 4,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'twin' }],
  // A patch says only what changed, so it is no value to compare.
  saidMax: 0,
  addPatch: addTwinPatch,
  codecs: twinCodecs,

  apply(state, input) {
    const { message, record, receivedAt, newestAt, markedAt } = input
    if (message === null) return
    const known = state.get('known') ?? newKnown()
    if (!Number.isNaN(newestAt)) known.at = Math.max(known.at, newestAt)
    if (!Number.isNaN(markedAt)) known.markedAt = Math.max(known.markedAt, markedAt)
    known.receivedAt = Math.max(known.receivedAt, receivedAt)
    if (hearBoot(known, message, receivedAt, (boot) => state.delete('boot', boot))) {
      const boot = state.get('boot', message.boot) ?? newBoot()
      hearClock(boot, record.topic, message.seq, input)
      if ('samples' in message) takeSamples(known, boot, message, input)
      state.put('boot', message.boot, boot)
    }
    state.put('known', undefined, known)
  },

  emit(state, { tenant, vehicle }) {
    const known = state.get('known')
    if (known === undefined) return []
    const signals = newsOf(state, known)
    const last = lastHeard(known.boots)
    const clock = last === undefined ? null : clockOf(last.boot, state.get('boot', last.boot) ?? newBoot())
    const times = { at: known.at === 0 ? known.markedAt : known.at, receivedAt: known.receivedAt, clock }
    const said = JSON.stringify(times)
    if (said === known.said && Object.keys(signals).length === 0) return []
    known.said = said
    state.put('known', undefined, known)
    const patch: TwinPatch = { tenant, vehicle, ...times, signals }
    const key = `${tenant}/${vehicle}`
    return [{ topic: 'twin', id: key, key, at: patch.at, value: patch }]
  },
}

function takeSamples(known: Known, boot: BootState, message: SamplesMessage, { record, receivedAt }: Input): void {
  for (const [index, { at, signals }] of message.samples.entries()) {
    const stamp: Stamp = { stream: record.topic, seq: message.seq, index, at, marked: isAhead(at, receivedAt) }
    for (const path in signals) {
      const ofStreams = boot.values.get(path)
      const value = { stamp, value: signals[path]!, said: false }
      if (ofStreams === undefined) {
        if (boot.values.size >= twinSignalsMax) continue
        boot.values.set(path, [value])
      } else {
        const place = ofStreams.findIndex((other) => other.stamp.stream === stamp.stream)
        if (place >= 0 && !isAfter(stamp, ofStreams[place]!.stamp)) continue
        ofStreams[place < 0 ? ofStreams.length : place] = value
      }
      if (known.dirty !== 'all') known.dirty.add(path)
    }
  }
}

const isAfter = (a: Stamp, b: Stamp): boolean => (a.seq === b.seq ? a.index > b.index : a.seq > b.seq)

/** The signals whose value is not what was said last; from now on it is. */
function newsOf(state: State, known: Known): Record<string, TwinValue> {
  const { dirty } = known
  known.dirty = new Set()
  const signals: Record<string, TwinValue> = {}
  if (dirty !== 'all' && dirty.size === 0) return signals
  const boots: BootState[] = []
  const bootAt = (place: number): BootState => (boots[place] ??= state.get('boot', known.boots[place]!.boot)!)
  const paths = dirty === 'all' ? new Set(known.boots.flatMap((_, place) => [...bootAt(place).values.keys()]).sort()) : dirty
  for (const path of paths) {
    let place = 0
    while (!bootAt(place).values.has(path)) place += 1
    const ofStreams = bootAt(place).values.get(path)!
    const { stamp, value, said } = lastOf(ofStreams)
    if (said && (dirty !== 'all' || isSaidAlone(boots, path))) continue
    for (const boot of boots) for (const other of boot.values.get(path) ?? []) other.said = other.stamp === stamp
    signals[path] = stamp.marked ? { value, at: stamp.at, clock: 'ahead' } : { value, at: stamp.at }
  }
  for (const [place, { boot }] of known.boots.entries()) if (boots[place] !== undefined) state.put('boot', boot, boots[place])
  return signals
}

/** Whether no other value of the signal was said since: one of a boot that had the last word for a while. */
const isSaidAlone = (boots: readonly BootState[], path: string): boolean =>
  boots.flatMap((boot) => boot.values.get(path) ?? []).filter(({ said }) => said).length === 1
