// Grants of people, in place of one role over everything.
import type { Migration } from '../migrate.ts'

export const grants: Migration = {
  version: 16,
  name: 'grants',
  statements: [
    `alter table users add column grants jsonb`,
    `update users set grants =
       jsonb_build_array(jsonb_build_object('role', role, 'scope', jsonb_build_object('of', 'tenant')))`,
    `alter table users alter column grants set not null`,
    `alter table users drop column role`,
  ],
}
