// The twin: the newest value of each signal of a vehicle. Newest is by the stamp of the sample (the car's clock, then boot
// and seq), so a late or repeated message changes only the signals of which nothing newer is known.
import type { Job } from '../../engine/job.ts'
import type { TwinPatch } from '../../model/read-models.ts'
import { newerStamp, twinCodec, type Stamp, type TwinSignals } from './twin-state.ts'

/** Signals of one vehicle; further paths are not taken into its twin. The catalogue has about 90, a maker's overlay adds some hundreds. */
export const twinSignalsMax = 2_000

/** Outputs `twin`: one patch for each vehicle in a batch, with the signals that advanced. Its id is the vehicle's key. */
export const twin: Job<{ twin: TwinSignals }> = {
  name: 'twin',
  version: 1,
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  codecs: { twin: twinCodec },

  apply(state, { message }) {
    if (message === null || 'event' in message) return
    const known = state.get('twin') ?? { stamps: new Map<string, Stamp>(), news: null, newsAt: 0 }
    const { stamps } = known
    let advanced = false
    for (let index = 0; index < message.samples.length; index += 1) {
      const { at, signals } = message.samples[index]!
      const stamp: Stamp = { at, boot: message.boot, seq: message.seq, index }
      for (const path in signals) {
        const last = stamps.get(path)
        if (last === undefined ? stamps.size >= twinSignalsMax : !newerStamp(stamp, last)) continue
        stamps.set(path, stamp)
        known.news ??= {}
        known.news[path] = { value: signals[path]!, at }
        advanced = true
        if (at > known.newsAt) known.newsAt = at
      }
    }
    if (advanced) state.put('twin', undefined, known)
  },

  emit(state, ref) {
    const known = state.get('twin')
    if (known === undefined || known.news === null) return []
    const patch: TwinPatch = { tenant: ref.tenant, vehicle: ref.vehicle, at: known.newsAt, signals: known.news }
    known.news = null
    known.newsAt = 0
    const key = `${ref.tenant}/${ref.vehicle}`
    return [{ topic: 'twin', id: key, key, at: patch.at, value: patch }]
  },
}
