// Programs and the hashes of their tokens. No key refers to another table: a move copies tables one
// by one, in the order of their names.
import type { Migration } from '../migrate.ts'

export const programTables: Migration = {
  version: 21,
  name: 'programs',
  statements: [
    `create table programs (
       id text collate "C" primary key,
       tenant text collate "C" not null,
       name text collate "C" not null,
       grants jsonb not null,
       manages_people boolean not null,
       made_at bigint not null,
       made_by text not null,
       unique (tenant, name)
     )`,
    `create table program_tokens (
       id text collate "C" primary key,
       program text collate "C" not null,
       name text not null,
       hash text collate "C" not null unique,
       made_at bigint not null,
       made_by text not null,
       expires_at bigint not null,
       used_at bigint
     )`,
    `create index program_tokens_program on program_tokens (program)`,
  ],
}
