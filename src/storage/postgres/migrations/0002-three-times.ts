// Receipts beside measured instants, and what clocks are off by. Rows of the schema before stay,
// with null: not known. The job decides which value is newest, so what compared instants here goes.
import type { Migration } from '../migrate.ts'

export const threeTimes: Migration = {
  version: 2,
  name: 'three-times',
  statements: [
    `alter table twins add column received_at bigint, add column clock jsonb, drop column newest_signal_at`,
    // In the row: it changes with every boot at least, and is as short as an instant or two.
    `alter table twins alter clock set storage plain`,
    `drop function newer_signals`,
    `alter table trips add column received_at bigint, add column clock text collate "C"`,
    `alter table alerts add column received_at bigint, add column clock text collate "C"`,
    `alter table ledger add column clock bigint, add column last_received_at bigint`,
    `drop index ledger_troubled`,
    `create index ledger_troubled on ledger (tenant, vehicle, stream)
       where missing + refused + late + duplicate + coalesce(clock, 0) > 0`,
  ],
}
