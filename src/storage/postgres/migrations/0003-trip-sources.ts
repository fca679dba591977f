// Figures of a trip that may be unknown, and what its fuel and energy are known from. Rows of the
// schema before keep their figures, with null: nobody noted from what.
import type { Migration } from '../migrate.ts'

export const tripSources: Migration = {
  version: 3,
  name: 'trip-sources',
  statements: [
    `alter table trips
       alter column idle_ms drop not null,
       alter column max_speed_kmh drop not null,
       add column fuel_from text collate "C",
       add column fuel_covered double precision,
       add column energy_from text collate "C",
       add column energy_covered double precision`,
  ],
}
