// Links to a vehicle for a time.
import type { Migration } from '../migrate.ts'

export const shares: Migration = {
  version: 19,
  name: 'shares',
  statements: [
    `create table shares (
       id text collate "C" primary key,
       hash text collate "C" not null unique,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       with_trip boolean not null,
       seen_from bigint not null,
       seen_until bigint not null,
       made_at bigint not null,
       maker_id text not null,
       made_by text not null,
       used_at bigint
     )`,
    `create index shares_of_vehicle on shares (tenant, vehicle, made_at desc, id desc)`,
  ],
}
