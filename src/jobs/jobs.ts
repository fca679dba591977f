// The jobs there are. Their order is that in which each record is applied; `crash` first, as seconds count there. `ledger` is before `trips`, as it
// is the first that wrote anomalies: those that name no job are its own (engine/seats.ts).
import type { AnyJob } from '../engine/job.ts'
import { noVehicles, type Vehicles } from '../model/vehicles.ts'
import { crashBy } from './crash/crash.ts'
import { usualThresholds, type Thresholds } from './crash/thresholds.ts'
import { ledger } from './ledger/ledger.ts'
import { tripsBy } from './trips/trips.ts'
import { twin } from './twin/twin.ts'

/** What an operator may set of them, and says of vehicles. What a job derives is a function of these and of the records. */
export type JobSettings = { readonly crash: Thresholds; readonly vehicles: Vehicles }

export const jobsBy = ({ crash, vehicles }: JobSettings): readonly AnyJob[] => [crashBy(crash, vehicles), twin, ledger, tripsBy(vehicles)]

/** As they are where nothing is set. */
export const jobs = jobsBy({ crash: usualThresholds, vehicles: noVehicles })
