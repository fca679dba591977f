import type { Grant } from '../../rights/grant.ts'
import { Outage } from '../../base/errors.ts'
import { foldCase } from '../../base/fold-case.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import { lastAdministrator, type User, type UserIdentity, type UserStore } from '../user-store.ts'
import type { Sql, SqlValue } from './sql.ts'

const columns =
  'id, name, password_hash as "passwordHash", grants, tenant, identity_issuer, identity_subject, disabled_at'

type UserRow = Omit<User, 'identity' | 'disabledAt'> & {
  readonly disabled_at: number | null
  readonly identity_issuer: string | null
  readonly identity_subject: string | null
}

function userOf(row: UserRow): User {
  const { id, name, passwordHash, grants, tenant, identity_issuer: issuer, identity_subject: subject } = row
  return {
    id,
    name,
    passwordHash,
    identity: issuer === null || subject === null ? null : { issuer, subject },
    grants,
    tenant,
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
  }
}

const peopleList = 'people'
/** Two from a time when more names were told apart may fold alike. */
const sortedBy = `(coalesce(name_folded, name)) collate "C"`

export function openSqlUsers(sql: Sql): UserStore {
  const find = async (condition: string, params: readonly string[]): Promise<User | undefined> => {
    const [row] = await sql.query<UserRow>(`select ${columns} from users where ${condition} limit 1`, params)
    return row && userOf(row)
  }
  const change = async (id: string, assignment: string, value: string): Promise<void> => {
    const changed = await sql.query(`update users set ${assignment} where id = $1 returning id`, [id, value])
    if (changed.length === 0) throw unknownUser()
  }
  /** Does it unless the tenant would be left without an administrator. */
  const guarded = async (text: string, staysOne: string, params: readonly SqlValue[]): Promise<void> => {
    const done = await sql.query(
      `${text} where id = $1
         and (${staysOne} or not is_administrator(grants, disabled_at) or has_other_administrator($1)) returning id`,
      params,
    )
    if (done.length > 0) return
    throw (await find('id = $1', [String(params[0])])) === undefined ? unknownUser() : lastAdministrator()
  }
  return {
    async count() {
      const [row] = await sql.query<{ readonly count: number }>('select count(*) as count from users')
      return row?.count ?? 0
    },
    async list() {
      return (await sql.query<UserRow>(`select ${columns} from users order by name_folded, name`)).map(userOf)
    },
    async page(tenant, { limit, after }) {
      const [name = '', id = ''] = after === undefined ? [] : decodeCursor(peopleList, ['s', 's'], after)
      const count = pageLimit(limit)
      const rows = await sql.query<UserRow & { readonly sorted: string }>(
        `select ${columns}, ${sortedBy} as sorted from users
         where tenant = $1 and (${sortedBy}, id) > ($2, $3) order by ${sortedBy}, id limit ${count + 1}`,
        [tenant, name, id],
      )
      const { next } = pageOf(peopleList, rows, count, (row) => [row.sorted, row.id])
      const users = rows.slice(0, count).map(userOf)
      return next === undefined ? { rows: users } : { rows: users, next }
    },
    findById: (id) => find('id = $1', [id]),
    findByName: (name) =>
      find('name_folded = $1 or (name_folded is null and name = $2) order by name = $2 desc', [foldCase(name), name]),
    findByIdentity: ({ issuer, subject }: UserIdentity) =>
      find('identity_issuer = $1 and identity_subject = $2', [issuer, subject]),
    async add({ id, name, passwordHash, identity, grants, tenant, disabledAt }) {
      const added = await sql.query(
        `insert into users (id, name, name_folded, password_hash, grants, tenant, identity_issuer, identity_subject, disabled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning id`,
        [
          id,
          name,
          foldCase(name),
          passwordHash,
          grantsText(grants),
          tenant,
          identity?.issuer ?? null,
          identity?.subject ?? null,
          disabledAt ?? null,
        ],
      )
      if (added.length === 0)
        throw new Outage('USER_EXISTS', 'There is a user of that name already: choose another.', { retryable: false })
    },
    setPassword: (id, passwordHash) => change(id, 'password_hash = $2', passwordHash),
    change: (id, { grants, disabledAt }) =>
      guarded(
        `update users set grants = coalesce($2::jsonb, grants),
           disabled_at = case when $3::boolean then $4::bigint else disabled_at end`,
        `is_administrator(coalesce($2::jsonb, grants), case when $3::boolean then $4::bigint else disabled_at end)`,
        [id, grants === undefined ? null : grantsText(grants), disabledAt !== undefined, disabledAt ?? null],
      ),
    remove: (id) => guarded('delete from users', 'false', [id]),
    setGrants: (id, grants) => change(id, 'grants = $2', grantsText(grants)),
  }
}

const unknownUser = (): Outage => new Outage('USER_UNKNOWN', 'There is no such user.', { retryable: false })

const grantsText = (grants: readonly Grant[]): string => JSON.stringify(grants)
