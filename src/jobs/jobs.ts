// The jobs there are. Their order is that in which each record is applied; `crash` first, as
// seconds count there. `ledger` is before `twin` and `trips`, as it is the first that wrote
// anomalies: those that name no job are its own (engine/seats.ts).
import type { AnyJob } from '../engine/job.ts'
import { vssCatalogue, type CatalogueOf } from '../model/catalogue.ts'
import { noVehicles, type Vehicles } from '../model/vehicles.ts'
import { crashBy } from './crash/crash.ts'
import { usualThresholds, type Thresholds } from './crash/thresholds.ts'
import { ledger } from './ledger/ledger.ts'
import { tripsBy } from './trips/trips.ts'
import { twinBy } from './twin/twin.ts'

type Given = {
  readonly crash: Thresholds
  readonly vehicles: Vehicles
  readonly catalogueOf?: CatalogueOf
}

/** By what an operator set, and says of vehicles. */
export const jobsBy = ({ crash, vehicles, catalogueOf = () => vssCatalogue }: Given): readonly AnyJob[] => [
  crashBy(crash, vehicles),
  ledger,
  twinBy(catalogueOf),
  tripsBy(vehicles),
]

/** As they are where nothing is set. */
export const jobs = jobsBy({ crash: usualThresholds, vehicles: noVehicles })
