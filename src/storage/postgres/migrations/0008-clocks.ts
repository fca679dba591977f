// Whose clock an instant is of, beside what is doubtful about it, which had that name. Rows of the
// schema before stay: a car measured them all.
import type { Migration } from '../migrate.ts'

export const clocks: Migration = {
  version: 8,
  name: 'clocks',
  statements: [
    `alter table trips rename column clock to clock_doubt`,
    `alter table trips add column clock text collate "C"`,
    `alter table alerts rename column clock to clock_doubt`,
    `alter table alerts add column clock text collate "C"`,
    `alter table twins rename column clock to car_clock`,
  ],
}
