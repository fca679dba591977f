// Rows that each tell a part of an instant, made one sample. Invariant: nothing is lost; a signal
// that is told again with another value begins the next sample.
import type { SignalValue } from '../model/message.ts'
import type { MappedSample } from './open-mapping.ts'

export type Gathering = {
  /** Gives the sample before, once it is whole. */
  add(sample: MappedSample): MappedSample | undefined
  /** Gives the last one. */
  end(): MappedSample | undefined
}

/** `isPartial`: whether rows tell parts; where they do not each is a sample of its own. A sample
 *  without signals is none. */
export function openGathering(isPartial: boolean): Gathering {
  let gathered: (MappedSample & { readonly signals: Record<string, SignalValue> }) | undefined
  return {
    add(sample) {
      if (Object.keys(sample.signals).length === 0) return undefined
      if (!isPartial) return sample
      if (gathered !== undefined && isPartOf(gathered, sample)) {
        Object.assign(gathered.signals, sample.signals)
        return undefined
      }
      const whole = gathered
      gathered = { ...sample, signals: { ...sample.signals } }
      return whole
    },
    end() {
      return gathered
    },
  }
}

const isPartOf = (sample: MappedSample, next: MappedSample): boolean =>
  sample.at === next.at &&
  sample.clock === next.clock &&
  sample.segment === next.segment &&
  Object.entries(next.signals).every(
    ([path, value]) => !Object.hasOwn(sample.signals, path) || sample.signals[path] === value,
  )
