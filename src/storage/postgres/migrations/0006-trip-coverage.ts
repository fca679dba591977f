// How much of a trip is known and how: what was driven in silences, the share with speeds, samples
// left out, and energy that is doubted. Null in rows of the schema before: nobody noted it.
import type { Migration } from '../migrate.ts'

export const tripCoverage: Migration = {
  version: 6,
  name: 'trip-coverage',
  statements: [
    `alter table trips
       add column bridged_m double precision,
       add column bridged_ms double precision,
       add column speed_covered double precision,
       add column energy_doubt text collate "C",
       add column thinned bigint`,
  ],
}
