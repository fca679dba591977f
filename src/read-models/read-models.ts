// The read models, by the names of their tables. Twins, messages and users are stored by hand.
import { alertsModel } from './alerts/alerts.ts'
import { anomaliesModel } from './anomalies/anomalies.ts'
import { ledgerModel } from './ledger/ledger.ts'
import { tracksModel } from './tracks/tracks.ts'
import { tripsModel } from './trips/trips.ts'

export const readModels = {
  alerts: alertsModel,
  trips: tripsModel,
  tracks: tracksModel,
  ledger: ledgerModel,
  anomalies: anomaliesModel,
} as const
export type ReadModels = typeof readModels
export type ReadModelName = keyof ReadModels
