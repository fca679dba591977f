// Sign-ins as rows, links that make accounts, and people who are kept out. A change that takes the
// right of an administrator away asks `has_other_administrator`: one after the other in a tenant,
// each in sight of what the one before has done.
import type { Migration } from '../migrate.ts'

export const accounts: Migration = {
  version: 22,
  name: 'accounts',
  statements: [
    `alter table users add column disabled_at bigint`,
    `create index users_of_tenant on users (tenant, (coalesce(name_folded, name)) collate "C", id)`,
    `create table sign_ins (
       id text collate "C" primary key,
       person text collate "C" not null,
       since bigint not null,
       used_at bigint not null,
       expires_at bigint not null,
       proven_at bigint not null,
       address text not null,
       browser text not null
     )`,
    `create index sign_ins_of_person on sign_ins (person)`,
    `create table account_links (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       hash text collate "C" not null unique,
       person text collate "C",
       label text not null,
       grants jsonb not null,
       made_by text not null,
       made_at bigint not null,
       expires_at bigint not null
     )`,
    `create index account_links_of_tenant on account_links (tenant)`,
    `create function is_administrator(grants jsonb, disabled_at bigint) returns boolean language sql immutable as $$
       select disabled_at is null and exists (
         select from jsonb_array_elements(grants) as each
         where each->>'role' = 'administrator' and each->'scope'->>'of' = 'tenant'
           and not each ?| array['from', 'until', 'expiresAt'])
     $$`,
    `create function has_other_administrator(person text) returns boolean language plpgsql volatile as $$
       declare
         place text;
       begin
         select tenant into place from users where id = person;
         perform pg_advisory_xact_lock(hashtext('administrators of ' || place));
         return exists (select from users where tenant = place and id <> person and is_administrator(grants, disabled_at));
       end $$`,
  ],
}
