// Columns that are named for the fields they hold, so that a table is made of its rows' shape: the
// place of an alert, and its status, which stood in the document of its evidence. Without one an
// alert is of the time when all were certain.
import type { Migration } from '../migrate.ts'

export const columnsByName: Migration = {
  version: 9,
  name: 'columns-by-name',
  statements: [
    `alter table alerts rename column lat to place_lat`,
    `alter table alerts rename column lon to place_lon`,
    `alter table alerts add column status text collate "C" not null default 'confirmed'`,
    `update alerts set status = evidence ->> 'status', evidence = evidence - 'status' where evidence ? 'status'`,
    `alter table alerts alter column status drop default`,
  ],
}
