// The memory of the crash job of a vehicle, and for how long.
import type { JobState, Now } from '../../engine/job.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { airbagSilenceMs, drivingUntilS } from './crash-rules.ts'
import type { Airbag } from './evidence.ts'
import { blockMs, type Motion } from './motion.ts'

/** An alert further behind the vehicle's newest cannot change any more: no sample that counts
 *  reaches it. */
export const settledMs = latenessMs + drivingUntilS * 1000 + blockMs
/** Time over which pulses are kept: alerts that can change may depend on them. */
export const pulsesKeptMs = settledMs + blockMs
export const airbagsKeptMs = settledMs + airbagSilenceMs
export const motionKeptMs = airbagsKeptMs + blockMs

export type SaidAlert = { readonly id: string; readonly at: number }

export type CrashParts = {
  motion: Motion
  /** The blocks of motion there are, ascending. */
  blocks: number[]
  evidence: Evidence
}

export type Evidence = {
  /** The blocks that may hold a pulse, ascending. */
  readonly suspects: readonly number[]
  readonly airbags: readonly Airbag[]
  /** Airbags older than what can still change, by their first instant, that are to be told all the
   *  same: what concerns life is taken whenever it comes. */
  readonly overdue: readonly number[]
  readonly said: readonly SaidAlert[]
  /** How far the vehicle's data reached when that was said. One batch may hold hours: what was open
   *  at its beginning is decided at its end. */
  readonly saidAt: number
  /** How far time has passed for the vehicle: until then silence is known. */
  readonly knownTo: number
}

export type State = JobState<CrashParts>

/** Whether nothing that alerts of `at` depend on can change any more. */
export const isSettled = (at: number, { reachedAt }: Now): boolean => at < reachedAt - settledMs
