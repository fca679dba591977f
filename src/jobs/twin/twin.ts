// The twin: the newest value of each signal of a vehicle. Newest is by the stamp of the sample (the car's clock, then boot
// and seq), so a late or repeated message changes only the signals of which nothing newer is known.
import type { Job } from '../../engine/job.ts'
import type { TwinPatch } from '../../model/read-models.ts'
import { isAhead } from '../../model/car-clock.ts'
import type { SamplesMessage } from '../../model/message.ts'
import { clockOf, newerStamp, newTwin, takeInstant, twinCodec, type Stamp, type TwinSignals } from './twin-state.ts'
import { addTwinPatch } from './twin-patch.ts'

/** Signals of one vehicle; further paths are not taken into its twin. The catalogue has about 90, a maker's overlay adds some hundreds. */
export const twinSignalsMax = 2_000

/** Outputs `twin`: one patch for each vehicle in a batch, with its times and clock, and the signals that advanced. Its id is the
 *  vehicle's key. */
export const twin: Job<{ twin: TwinSignals }> = {
  name: 'twin',
  version: 3,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'twin' }],
  // A patch says only what advanced, so it is no value to compare.
  saidMax: 0,
  addPatch: addTwinPatch,
  codecs: { twin: twinCodec },

  apply(state, { message, receivedAt }) {
    if (message === null) return
    const known = state.get('twin') ?? newTwin()
    if ('event' in message) takeInstant(known, message.boot, message.at, receivedAt)
    else for (let index = 0; index < message.samples.length; index += 1) takeSample(known, message, index, receivedAt)
    state.put('twin', undefined, known)
  },

  emit(state, { tenant, vehicle }) {
    const known = state.get('twin')
    if (known === undefined) return []
    const times = { at: known.at === 0 ? known.markedAt : known.at, receivedAt: known.receivedAt, clock: clockOf(known) }
    const said = JSON.stringify(times)
    const signals = known.news
    if (said === known.said && Object.keys(signals).length === 0) return []
    known.news = {}
    known.said = said
    state.put('twin', undefined, known)
    const patch: TwinPatch = { tenant, vehicle, ...times, signals }
    const key = `${tenant}/${vehicle}`
    return [{ topic: 'twin', id: key, key, at: patch.at, value: patch }]
  },
}

function takeSample(known: TwinSignals, { boot, seq, samples }: SamplesMessage, index: number, receivedAt: number): void {
  const { at, signals } = samples[index]!
  const marked = isAhead(at, receivedAt)
  const stamp: Stamp = { at: marked ? receivedAt : at, boot, seq, index }
  takeInstant(known, boot, at, receivedAt)
  for (const path in signals) {
    const last = known.stamps.get(path)
    if (last === undefined ? known.stamps.size >= twinSignalsMax : !newerStamp(stamp, last)) continue
    known.stamps.set(path, stamp)
    const value = signals[path]!
    known.news[path] = marked ? { value, at, clock: 'ahead' } : { value, at }
  }
}
