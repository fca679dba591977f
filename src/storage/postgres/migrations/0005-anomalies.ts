// Anomalies of vehicles, and numbers used twice or jumped over in the ledger, where rows of the
// schema before have null: not known.
import type { Migration } from '../migrate.ts'

export const anomalyTables: Migration = {
  version: 5,
  name: 'anomalies',
  statements: [
    `alter table ledger add column reused bigint, add column jumps bigint`,
    `drop index ledger_troubled`,
    `create index ledger_troubled on ledger (tenant, vehicle, stream)
       where missing + refused + late + duplicate + coalesce(clock, 0) + coalesce(reused, 0) + coalesce(jumps, 0) > 0`,
    `create table anomalies (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       kind text collate "C" not null,
       count bigint not null,
       parts jsonb not null,
       last_received_at bigint not null
     )`,
    `create index anomalies_newest on anomalies (tenant, last_received_at desc, vehicle desc, kind desc)`,
    `create index anomalies_of_kind on anomalies (tenant, kind, last_received_at desc, vehicle desc)`,
    `create index anomalies_of_vehicle on anomalies (tenant, vehicle)`,
  ],
}
