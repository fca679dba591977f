// Names of users as they are told apart, folded by this program and not by the database: its own
// folding goes by its collation, and "C" folds ASCII alone. `fold-names.ts` fills the column for
// users from before.
import type { Migration } from '../migrate.ts'

export const foldedNames: Migration = {
  version: 10,
  name: 'folded-names',
  statements: [
    `alter table users add column name_folded text collate "C"`,
    `drop index users_name`,
    `create unique index users_name_folded on users (name_folded)`,
  ],
}
