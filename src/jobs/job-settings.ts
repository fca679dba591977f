// Settings of the jobs and facts of vehicles that an operator gives, as plain data; and the jobs
// that are run by it. The outputs of a job are a function of this and of the records.
import type { RunBy } from '../engine/settings-change.ts'
import { createCatalogueOf } from '../model/catalogue.ts'
import { createVehicles, type VehicleEntry } from '../model/vehicles.ts'
import type { VssSignal } from '../model/vss.ts'
import type { Thresholds } from './crash/thresholds.ts'
import { jobsBy } from './jobs.ts'

export type JobSettings = {
  readonly crash: Thresholds
  readonly vehicles: readonly VehicleEntry[]
  readonly signals: readonly VssSignal[]
  readonly clockAheadMs: number
}

export const jobSettingsOf = ({ crash, vehicles, signals, clockAheadMs }: JobSettings): JobSettings => ({
  crash,
  vehicles,
  signals,
  clockAheadMs,
})

/** By the settings, or by those of the run before as far as they know what there is to set now. */
export function runBy(settings: JobSettings, before: Partial<JobSettings> = {}): RunBy {
  const { vehicles: entries, signals, clockAheadMs } = { ...settings, ...before }
  const vehicles = createVehicles(entries)
  const crash = { ...settings.crash, ...before.crash }
  const catalogueOf = createCatalogueOf(signals, vehicles)
  return { jobs: jobsBy({ crash, vehicles, catalogueOf }), catalogueOf, clockAheadMs }
}
