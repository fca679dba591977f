// People who sign in at an identity provider, and have no password here.
import type { Migration } from '../migrate.ts'

export const identities: Migration = {
  version: 17,
  name: 'identities',
  statements: [
    `alter table users alter column password_hash drop not null`,
    `alter table users add column identity_issuer text collate "C"`,
    `alter table users add column identity_subject text collate "C"`,
    `create unique index users_identity on users (identity_issuer, identity_subject)`,
  ],
}
