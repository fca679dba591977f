import type { AccountLink, AccountLinkStore } from '../account-link-store.ts'
import type { SignInRow, SignInStore } from '../sign-in-store.ts'
import type { Sql } from './sql.ts'

const signInColumns = `id, person, since, used_at as "usedAt", expires_at as "expiresAt", proven_at as "provenAt", address, browser`

export function openSqlSignIns(sql: Sql): SignInStore {
  const list = (condition: string, param: string): Promise<readonly SignInRow[]> =>
    sql.query(`select ${signInColumns} from sign_ins where ${condition} order by since desc, id`, [param])
  return {
    add: ({ id, person, since, usedAt, expiresAt, provenAt, address, browser }) =>
      sql.transaction([
        { text: 'delete from sign_ins where expires_at <= $1', params: [since] },
        {
          text: `insert into sign_ins (id, person, since, used_at, expires_at, proven_at, address, browser)
            values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          params: [id, person, since, usedAt, expiresAt, provenAt, address, browser],
        },
      ]),
    get: async (id) => (await list('id = $1', id))[0],
    of: (person) => list('person = $1', person),
    async mark(id, at) {
      const [column, value] = 'usedAt' in at ? ['used_at', at.usedAt] : ['proven_at', at.provenAt]
      await sql.query(`update sign_ins set ${column} = $2 where id = $1`, [id, value])
    },
    async end(person, id) {
      const ended = await sql.query('delete from sign_ins where person = $1 and id = $2 returning id', [person, id])
      return ended.length > 0
    },
    async endAll(person, but = '') {
      await sql.query('delete from sign_ins where person = $1 and id <> $2', [person, but])
    },
  }
}

const linkColumns = `id, tenant, hash, person, label, grants, made_by as "madeBy", made_at as "madeAt", expires_at as "expiresAt"`

export function openSqlAccountLinks(sql: Sql): AccountLinkStore {
  const list = (condition: string, param: string): Promise<readonly AccountLink[]> =>
    sql.query(`select ${linkColumns} from account_links where ${condition} order by made_at desc, id`, [param])
  return {
    add: ({ id, tenant, hash, person, label, grants, madeBy, madeAt, expiresAt }) =>
      sql.transaction([
        { text: 'delete from account_links where expires_at <= $1 or person = $2', params: [madeAt, person] },
        {
          text: `insert into account_links (id, tenant, hash, person, label, grants, made_by, made_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          params: [id, tenant, hash, person, label, JSON.stringify(grants), madeBy, madeAt, expiresAt],
        },
      ]),
    find: async (hash) => (await list('hash = $1', hash))[0],
    list: (tenant) => list('tenant = $1', tenant),
    async take(tenant, id) {
      const taken = await sql.query('delete from account_links where tenant = $1 and id = $2 returning id', [
        tenant,
        id,
      ])
      return taken.length > 0
    },
  }
}
