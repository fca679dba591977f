// The tables of the read models, the raw messages and the users. Text that is compared or sorted is
// collated "C": by its bytes, the same on every machine. Instants are epoch milliseconds.
import type { Migration } from '../migrate.ts'

export const firstTables: Migration = {
  version: 1,
  name: 'read-models',
  statements: [
    `create table sink_positions (
       sink text collate "C" not null,
       log_partition text collate "C" not null,
       next_offset bigint not null,
       primary key (sink, log_partition)
     ) with (fillfactor = 50)`,

    // A signal is kept as [value, at]. Values that change with every message stay in `recent`, in
    // the row; the rest is in `signals`, beside the table (external), where an update of the row
    // leaves it alone. `recent` is on top of `signals`.
    `create table twins (
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       at bigint not null,
       newest_signal_at bigint not null,
       powertrain text collate "C",
       speed_kmh double precision,
       signals jsonb not null,
       recent jsonb not null,
       primary key (tenant, vehicle)
     ) with (fillfactor = 60, toast_tuple_target = 128)`,
    `alter table twins alter signals set storage external, alter recent set storage plain`,
    `create function newer_signals(known jsonb, patch jsonb) returns jsonb language sql immutable as
     $$ select coalesce(jsonb_object_agg(key, value), '{}')
          from jsonb_each(patch)
         where known -> key is null or (known -> key ->> 1)::numeric <= (value ->> 1)::numeric $$`,

    `create table trips (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       start_at bigint not null,
       end_at bigint not null,
       status text collate "C" not null,
       ended_by text collate "C",
       start_lat double precision,
       start_lon double precision,
       end_lat double precision,
       end_lon double precision,
       distance_m double precision not null,
       duration_ms double precision not null,
       idle_ms double precision not null,
       max_speed_kmh double precision not null,
       fuel_l double precision,
       energy_kwh double precision,
       samples bigint not null
     ) with (fillfactor = 80)`,
    `create index trips_newest on trips (tenant, start_at desc, id desc)`,
    `create index trips_of_vehicle on trips (tenant, vehicle, start_at desc, id desc)`,

    // A minute grows with every message: kept in the row and uncompressed, it is cheap to write
    // again.
    `create table tracks (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       minute_at bigint not null,
       at bigint[] not null,
       lat double precision[] not null,
       lon double precision[] not null,
       speed_kmh double precision[] not null
     ) with (fillfactor = 90, toast_tuple_target = 8160)`,
    `create index tracks_of_vehicle on tracks (tenant, vehicle, minute_at)`,

    `create table alerts (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       kind text collate "C" not null,
       severity text collate "C" not null,
       at bigint not null,
       lat double precision,
       lon double precision,
       evidence jsonb not null
     )`,
    `create index alerts_newest on alerts (tenant, at desc, id desc)`,
    `create index alerts_of_vehicle on alerts (tenant, vehicle, at desc, id desc)`,

    `create table ledger (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       stream text collate "C" not null,
       sent bigint not null,
       received bigint not null,
       stored bigint not null,
       duplicate bigint not null,
       late bigint not null,
       refused bigint not null,
       missing bigint not null,
       last_at bigint not null
     ) with (fillfactor = 60)`,
    `create index ledger_by_vehicle on ledger (tenant, vehicle, stream)`,
    `create index ledger_troubled on ledger (tenant, vehicle, stream) where missing + refused + late + duplicate > 0`,

    // One partition for each hour of receipt, made when its first message comes and dropped whole
    // when it has had its time: nothing is deleted row by row. The one index serves the list and
    // tells a message that is there already.
    `create table messages (
       id text collate "C" not null,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       stream text collate "C" not null,
       at bigint not null,
       received_at bigint not null,
       body jsonb not null
     ) partition by range (received_at)`,
    `create unique index messages_of_vehicle on messages (tenant, vehicle, received_at, id)`,

    `create table users (
       id text collate "C" primary key,
       name text collate "C" not null,
       password_hash text not null,
       role text collate "C" not null,
       tenant text collate "C" not null
     )`,
    `create unique index users_name on users (lower(name))`,
  ],
}
