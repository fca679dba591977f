// The jobs there are. Their order is that in which each record is applied; `crash` first, as seconds count there.
import { crash } from './crash/crash.ts'
import type { AnyJob } from '../engine/job.ts'
import { ledger } from './ledger/ledger.ts'
import { trips } from './trips/trips.ts'
import { twin } from './twin/twin.ts'

export const jobs: readonly AnyJob[] = [crash, twin, trips, ledger]
