import { Outage } from '../../base/errors.ts'
import { foldCase } from '../../base/fold-case.ts'
import type { User, UserStore } from '../user-store.ts'
import type { Sql } from './sql.ts'

const columns = 'id, name, password_hash as "passwordHash", grants, tenant'

export function openSqlUsers(sql: Sql): UserStore {
  return {
    async count() {
      const [row] = await sql.query<{ readonly count: number }>('select count(*) as count from users')
      return row?.count ?? 0
    },
    list: () => sql.query<User>(`select ${columns} from users order by name_folded, name`),
    async findByName(name) {
      const [row] = await sql.query<User>(
        `select ${columns} from users
         where name_folded = $1 or (name_folded is null and name = $2) order by name = $2 desc limit 1`,
        [foldCase(name), name],
      )
      return row
    },
    async add({ id, name, passwordHash, grants, tenant }) {
      const added = await sql.query(
        `insert into users (id, name, name_folded, password_hash, grants, tenant) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing returning id`,
        [id, name, foldCase(name), passwordHash, JSON.stringify(grants), tenant],
      )
      if (added.length === 0)
        throw new Outage('USER_EXISTS', 'There is a user of that name already: choose another.', { retryable: false })
    },
    async setPassword(id, passwordHash) {
      const changed = await sql.query('update users set password_hash = $2 where id = $1 returning id', [
        id,
        passwordHash,
      ])
      if (changed.length === 0) throw new Outage('USER_UNKNOWN', 'There is no such user.', { retryable: false })
    },
  }
}
