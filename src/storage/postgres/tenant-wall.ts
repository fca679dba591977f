// A second wall between tenants, behind the conditions of the stores: row-level security. Reads for
// a tenant are made as a role that owns nothing and may only read: of every table that tells of
// tenants it is given the rows of the tenant that its transaction names, and none where it names
// none. The owner of the tables, who migrates, writes and dumps them, is not hindered.
import { escapeLiteral } from 'pg'
import { schemaLock } from './migrate.ts'
import type { Sql } from './sql.ts'

/** The name of the role by the user of a connection: names have at most 63 bytes. */
const readerName = `left(session_user, 50) || '_reader'`

/** Tables that tell of tenants, but their partitions, which are read by way of them. */
const tenantTables = `select c.oid, c.oid::regclass as name, c.relrowsecurity as is_secured from pg_class c
  where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped)`

const secure = `do $$ declare of_tenants record; begin
  for of_tenants in ${tenantTables} loop
    if not of_tenants.is_secured then
      execute format('create policy of_tenant on %s for select
        using (tenant = (select current_setting(''roadstream.tenant'', true)))', of_tenants.name);
      execute format('alter table %s enable row level security', of_tenants.name);
    end if;
  end loop;
end $$`

/** Made where our user may; where it is not there in the end, reads are the owner's. */
const admit = `do $$ declare of_tenants record; reader text := ${readerName}; begin
  begin
    if to_regrole(quote_ident(reader)) is null then
      execute format('create role %I nologin', reader);
    end if;
    if not pg_has_role(session_user, reader, 'member') then
      execute format('grant %I to %I', reader, session_user);
    end if;
  exception when insufficient_privilege or duplicate_object or unique_violation then null;
  end;
  if to_regrole(quote_ident(reader)) is not null then
    execute format('grant usage on schema %I to %I', current_schema(), reader);
    for of_tenants in ${tenantTables} loop
      if not has_table_privilege(reader, of_tenants.oid, 'select') then
        execute format('grant select on %s to %I', of_tenants.name, reader);
      end if;
    end loop;
  end if;
end $$`

/** Has every table that tells of tenants, also those of a later migration, behind the wall. The
 *  tables are up to date. Any number of processes at once. */
export const raiseTenantWall = (sql: Sql): Promise<void> =>
  sql.transaction([schemaLock, { text: secure }, { text: admit }])

/** Of the role, where our user is a member of it and it was given the tables. */
const reader = `from pg_roles where rolname = ${readerName} and pg_has_role(session_user, oid, 'member')
  and has_table_privilege(oid, to_regclass('twins'), 'select')`

/** Begins a transaction that reads for a tenant, in one way to the server. All that it sets ends
 *  with it, so that a connection that is lent to others, here or in a pooler, keeps nothing. */
export const tenantText = (tenant: string): string =>
  `begin read only; select set_config('roadstream.tenant', ${escapeLiteral(tenant)}, true),
    set_config('role', coalesce((select rolname ${reader}), 'none'), true)`

export type TenantWall = {
  readonly role: string
  readonly user: string
  readonly has_tables: boolean
  readonly is_reading: boolean
  /** Tables that every reader sees the whole of. */
  readonly open_tables: string | null
}

export const wallLook = `select ${readerName} as role, session_user::text as user,
  to_regclass('twins') is not null as has_tables,
  exists (select ${reader}) as is_reading,
  (select string_agg(name::text, ', ') from (${tenantTables}) as tables where not is_secured) as open_tables`
