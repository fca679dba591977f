// Indexes by the instants that rows have their time by, so that the oldest are found without a look
// at the others. An instant of none of them changes while its row is written again (HOT).
import type { Migration } from '../migrate.ts'

export const ages: Migration = {
  version: 11,
  name: 'ages',
  statements: [
    `create index trips_by_age on trips (listed_at)`,
    `create index tracks_by_age on tracks (minute_at)`,
    `create index alerts_by_age on alerts ((coalesce(received_at, at)))`,
  ],
}
