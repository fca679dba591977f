// Lists go by our clock where a car's is ahead: alerts by when they were heard, trips by their
// start, though no later than they were last heard. Rows without a receipt stand where they stood.
import type { Migration } from '../migrate.ts'

export const listsByReceipt: Migration = {
  version: 4,
  name: 'lists-by-receipt',
  statements: [
    `drop index alerts_newest, alerts_of_vehicle, trips_newest, trips_of_vehicle`,
    `create index alerts_newest on alerts (tenant, coalesce(received_at, at) desc, id desc)`,
    `create index alerts_of_vehicle on alerts (tenant, vehicle, coalesce(received_at, at) desc, id desc)`,
    // A column, for it does not change while the receipt of a trip that goes on does: an update
    // then touches no index (HOT), which it would with an expression of the receipt.
    `alter table trips add column listed_at bigint generated always as (least(start_at, received_at)) stored`,
    `create index trips_newest on trips (tenant, listed_at desc, id desc)`,
    `create index trips_of_vehicle on trips (tenant, vehicle, listed_at desc, id desc)`,
  ],
}
