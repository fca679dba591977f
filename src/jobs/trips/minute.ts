// The samples of one minute of a vehicle, one for each instant, in order of time: a set, whatever
// order they came in. A minute with more of them than a drive needs is thinned to a grid of time.
import { mergeSamples, sameSample, type DriveSample } from './drive-sample.ts'
import { SampleRows } from './sample-rows.ts'
import { newInstants, thin, thinned, type MinuteInstants } from './thinning.ts'

export const minuteMs = 60_000

/** Samples of one minute that are kept as they are: 100 Hz. */
export const minuteSamplesMax = 6_000

export type Minute = {
  samples: SampleRows
  /** The instants heard, where there were so many that samples were left out. */
  instants: MinuteInstants | null
  /** Doubts of its samples beside those around them, and why, when that was last judged; null =
   *  nothing. */
  doubted: Doubted | null
}

/** By millisecond of the minute, as `packDoubts` has it. */
export type Doubted = ReadonlyMap<number, number>

export const newMinute = (): Minute => ({ samples: new SampleRows(), instants: null, doubted: null })

/** Adds a sample; false when it changes nothing. */
export function addSample(minute: Minute, sample: DriveSample): boolean {
  if (minute.instants !== null) return thin(minute.samples, minute.instants, sample)
  const { samples } = minute
  let row = samples.count
  while (row > 0 && samples.atOf(row - 1) > sample.at) row -= 1
  if (row === 0 || samples.atOf(row - 1) < sample.at) {
    samples.splice(row, 0, [sample])
    if (samples.count > minuteSamplesMax) thinAll(minute)
    return true
  }
  const same = samples.sampleAt(row - 1)
  const merged = mergeSamples(same, sample)
  if (sameSample(same, merged)) return false
  samples.replace(row - 1, merged)
  return true
}

function thinAll(minute: Minute): void {
  const { samples } = minute
  minute.samples = new SampleRows()
  minute.instants = newInstants()
  for (const sample of samples.list()) thin(minute.samples, minute.instants, sample)
}

/** Instants of the minute whose samples were left out. */
export const thinnedOf = ({ samples, instants }: Minute): number =>
  instants === null ? 0 : thinned(instants) - samples.count
