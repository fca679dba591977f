import type { Grant } from '../../rights/grant.ts'
import { Outage } from '../../base/errors.ts'
import { foldCase } from '../../base/fold-case.ts'
import type { User, UserIdentity, UserStore } from '../user-store.ts'
import type { Sql } from './sql.ts'

const columns = 'id, name, password_hash as "passwordHash", grants, tenant, identity_issuer, identity_subject'

type UserRow = Omit<User, 'identity'> & {
  readonly identity_issuer: string | null
  readonly identity_subject: string | null
}

function userOf({ identity_issuer: issuer, identity_subject: subject, ...user }: UserRow): User {
  return { ...user, identity: issuer === null || subject === null ? null : { issuer, subject } }
}

export function openSqlUsers(sql: Sql): UserStore {
  const find = async (condition: string, params: readonly string[]): Promise<User | undefined> => {
    const [row] = await sql.query<UserRow>(`select ${columns} from users where ${condition} limit 1`, params)
    return row && userOf(row)
  }
  const change = async (id: string, assignment: string, value: string): Promise<void> => {
    const changed = await sql.query(`update users set ${assignment} where id = $1 returning id`, [id, value])
    if (changed.length === 0) throw new Outage('USER_UNKNOWN', 'There is no such user.', { retryable: false })
  }
  return {
    async count() {
      const [row] = await sql.query<{ readonly count: number }>('select count(*) as count from users')
      return row?.count ?? 0
    },
    async list() {
      return (await sql.query<UserRow>(`select ${columns} from users order by name_folded, name`)).map(userOf)
    },
    findByName: (name) =>
      find('name_folded = $1 or (name_folded is null and name = $2) order by name = $2 desc', [foldCase(name), name]),
    findByIdentity: ({ issuer, subject }: UserIdentity) =>
      find('identity_issuer = $1 and identity_subject = $2', [issuer, subject]),
    async add({ id, name, passwordHash, identity, grants, tenant }) {
      const added = await sql.query(
        `insert into users (id, name, name_folded, password_hash, grants, tenant, identity_issuer, identity_subject)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
        [
          id,
          name,
          foldCase(name),
          passwordHash,
          grantsText(grants),
          tenant,
          identity?.issuer ?? null,
          identity?.subject ?? null,
        ],
      )
      if (added.length === 0)
        throw new Outage('USER_EXISTS', 'There is a user of that name already: choose another.', { retryable: false })
    },
    setPassword: (id, passwordHash) => change(id, 'password_hash = $2', passwordHash),
    setGrants: (id, grants) => change(id, 'grants = $2', grantsText(grants)),
  }
}

const grantsText = (grants: readonly Grant[]): string => JSON.stringify(grants)
