// The audit. Columns that lists filter by are computed of the text, of which the chain is made:
// nothing that is shown can differ from it. A trigger keeps mistakes from entries, but not somebody
// who may drop it: that is seen by the chain.
import type { Migration } from '../migrate.ts'

const ofEntry = (column: string, type: string, value: string): string =>
  `${column} ${type} generated always as (((entry::jsonb) ${value})::${type}) stored`

export const auditTables: Migration = {
  version: 20,
  name: 'audit',
  statements: [
    `create table audit (
      tenant text collate "C" not null,
      seq bigint not null,
      prev text not null,
      hash text not null,
      entry text not null,
      searched text not null,
      ${ofEntry('at', 'bigint', `->> 'at'`)},
      ${ofEntry('who', 'text', `#>> '{who,id}'`)},
      ${ofEntry('action', 'text', `->> 'action'`)},
      ${ofEntry('target_kind', 'text', `#>> '{target,kind}'`)},
      ${ofEntry('target_id', 'text', `#>> '{target,id}'`)},
      ${ofEntry('result', 'text', `->> 'result'`)},
      primary key (tenant, seq))`,
    `create index audit_targets on audit (tenant, target_kind, target_id, seq)`,
    `create index audit_who on audit (tenant, who, seq)`,
    `create table audit_chains (
      tenant text collate "C" primary key,
      base_seq bigint not null,
      base_hash text not null,
      prev text not null,
      seq bigint not null,
      hash text not null)`,
    `create function audit_stays() returns trigger language plpgsql as $$ begin
      if tg_op = 'DELETE' and current_setting('roadstream.audit_pruned', true) = old.tenant then return old; end if;
      raise exception 'entries of the audit are neither changed nor removed';
    end $$`,
    `create trigger audit_stays before update or delete on audit for each row execute function audit_stays()`,
  ],
}
