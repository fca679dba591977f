// Users from before their names were kept folded get theirs. Of two whose names fold alike the one
// with the first id gets it; the other is found by its name as it is written, which needs none.
import { foldCase } from '../../base/fold-case.ts'
import { schemaLock } from './migrate.ts'
import type { Sql } from './sql.ts'

type Unfolded = { readonly id: string; readonly name: string }

/** The tables are up to date. Any number of processes at once. */
export async function foldNames(sql: Sql): Promise<void> {
  const unfolded = await sql.query<Unfolded>('select id, name from users where name_folded is null order by id')
  if (unfolded.length === 0) return
  const idOf = new Map<string, string>()
  for (const { id, name } of unfolded) {
    const folded = foldCase(name)
    if (!idOf.has(folded)) idOf.set(folded, id)
  }
  await sql.transaction([
    schemaLock,
    {
      text: `update users set name_folded = given.folded
        from json_to_recordset($1::json) as given (id text, folded text)
        where users.id = given.id and name_folded is null
          and not exists (select 1 from users as other where other.name_folded = given.folded)`,
      params: [JSON.stringify(Array.from(idOf, ([folded, id]) => ({ id, folded })))],
    },
  ])
}
