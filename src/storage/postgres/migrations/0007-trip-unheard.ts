// Metres driven beside a trip while nobody heard the car. Null in rows of the schema before: nobody
// noted it.
import type { Migration } from '../migrate.ts'

export const tripUnheard: Migration = {
  version: 7,
  name: 'trip-unheard',
  statements: ['alter table trips add column unheard_m double precision'],
}
