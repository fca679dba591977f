// Vehicles as people know them, groups, assignments, tariffs and roles of tenants. Every row has
// the version of the registry that brought it, and `registry_version` counts them: a writer names
// the version it has read, so writers wait for each other and none acts on what is no more.
// `search` and `tags` are folded by us, as names of users are. Every vehicle that was heard has a
// row, so that a list of all vehicles reads this table alone; version 0: nobody wrote anything.
import type { Migration } from '../migrate.ts'

export const registry: Migration = {
  version: 18,
  name: 'registry',
  statements: [
    // Made with its first version, so that a database without rows is an empty one.
    `create table registry_version (
       only_one boolean primary key default true check (only_one),
       changed bigint not null,
       removed bigint not null
     )`,
    `create table vehicle_registry (
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       version bigint not null default 0,
       name text collate "C",
       plate text collate "C",
       make text collate "C",
       model text collate "C",
       year integer,
       kind text collate "C",
       vin text collate "C",
       notes text collate "C",
       groups text[] collate "C" not null default '{}',
       tags text[] collate "C" not null default '{}',
       attributes jsonb not null default '{}',
       tariff text collate "C",
       zone text collate "C",
       hours jsonb not null default '[]',
       archived_at bigint,
       search text collate "C" not null,
       primary key (tenant, vehicle)
     )`,
    `create index vehicle_registry_groups on vehicle_registry using gin (groups)`,
    `create index vehicle_registry_versions on vehicle_registry (version) where version > 0`,
    `create index vehicle_registry_vins on vehicle_registry (tenant, vin) where vin is not null`,
    `insert into vehicle_registry (tenant, vehicle, search) select tenant, vehicle, upper(vehicle) from twins`,
    `create table vehicle_groups (
       tenant text collate "C" not null,
       id text collate "C" not null,
       version bigint not null,
       name text collate "C" not null,
       parent text collate "C",
       primary key (tenant, id)
     )`,
    `create table vehicle_assignments (
       tenant text collate "C" not null,
       id text collate "C" not null,
       version bigint not null,
       vehicle text collate "C" not null,
       person text collate "C" not null,
       from_at bigint not null,
       until_at bigint,
       primary key (tenant, id)
     )`,
    `create index vehicle_assignments_versions on vehicle_assignments (version)`,
    `create table custom_roles (
       tenant text collate "C" not null,
       name text collate "C" not null,
       version bigint not null,
       may text[] collate "C" not null,
       primary key (tenant, name)
     )`,
    `create table tariffs (
       tenant text collate "C" not null,
       id text collate "C" not null,
       valid_from bigint not null,
       version bigint not null,
       name text collate "C" not null,
       currency text collate "C" not null,
       per_km double precision,
       per_hour double precision,
       per_kwh double precision,
       per_litre double precision,
       primary key (tenant, id, valid_from)
     )`,
  ],
}
