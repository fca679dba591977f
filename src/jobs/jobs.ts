// The jobs there are. Their order is that in which each record is applied; `crash` first, as seconds count there. `ledger` is before `trips`, as it
// is the first that wrote anomalies: those that name no job are its own (engine/seats.ts).
import type { AnyJob } from '../engine/job.ts'
import { crashBy } from './crash/crash.ts'
import { usualThresholds, type Thresholds } from './crash/thresholds.ts'
import { ledger } from './ledger/ledger.ts'
import { trips } from './trips/trips.ts'
import { twin } from './twin/twin.ts'

/** What an operator may set of them. */
export type JobSettings = { readonly crash: Thresholds }

export const jobsBy = ({ crash }: JobSettings): readonly AnyJob[] => [crashBy(crash), twin, ledger, trips]

/** As they are where nothing is set. */
export const jobs = jobsBy({ crash: usualThresholds })
