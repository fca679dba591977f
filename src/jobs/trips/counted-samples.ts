// The samples of a minute as marks, sums and tracks are made of them, in order of time: without
// what is doubted of them, as if that had not been told (doubting.ts).
import type { JobState } from '../../engine/job.ts'
import { packedReason } from '../../plausibility/doubts.ts'
import { copyOf, tells, type DriveSample } from './drive-sample.ts'
import { samplesOf } from './jumps.ts'
import { minuteMs } from './minute.ts'
import type { TripsNow, TripsParts } from './trips-state.ts'

export function countedSamples(state: JobState<TripsParts>, now: TripsNow, minute: number): readonly DriveSample[] {
  const { samples, doubted } = samplesOf(state, now, minute)
  const told =
    doubted === null
      ? samples.list()
      : samples.list().map((sample) => withoutDoubted(sample, doubted.get(sample.at % minuteMs) ?? 0))
  return told.every(tells) ? told : told.filter(tells)
}

/** A sample without the values that are doubted for packed reasons. */
export function withoutDoubted(sample: DriveSample, reasons: number): DriveSample {
  if (reasons === 0) return sample
  return {
    ...copyOf(sample),
    ...(packedReason(reasons, 'place') !== undefined && { lat: NaN, lon: NaN, apart: 0 }),
    // A rate of fuel may be made of the speed told with it.
    ...(packedReason(reasons, 'speed') !== undefined && { speedKmh: NaN, fuelLh: NaN }),
    ...(packedReason(reasons, 'odometer') !== undefined && { odometerM: NaN }),
  }
}
