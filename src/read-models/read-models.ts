// The read models, by the names of their tables. Twins, messages and users are stored by hand.
import { alerts } from './alerts/alerts.ts'
import { anomalies } from './anomalies/anomalies.ts'
import { ledger } from './ledger/ledger.ts'
import { tracks } from './tracks/tracks.ts'
import { trips } from './trips/trips.ts'

export const readModels = { alerts, trips, tracks, ledger, anomalies } as const
export type ReadModels = typeof readModels
export type ReadModelName = keyof ReadModels
