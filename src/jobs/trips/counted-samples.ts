// The samples of a minute as marks, sums and tracks are made of them, in order of time. What tells doubtful places and speeds from good ones
// belongs here.
import type { JobState } from '../../engine/job.ts'
import type { DriveSample } from './drive-sample.ts'
import { samplesOf } from './jumps.ts'
import type { Now, TripsParts } from './trips-state.ts'

export const countedSamples = (state: JobState<TripsParts>, now: Now, minute: number): readonly DriveSample[] =>
  samplesOf(state, now, minute).samples
