import { Outage } from '../../base/errors.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import type { Program, ProgramStore, ProgramToken, ProgramWithTokens } from '../program-store.ts'
import { openConditions } from './sql-conditions.ts'
import type { Sql } from './sql.ts'

const list = 'programs'
const columns = `p.id, p.tenant, p.name, p.grants, p.manages_people as "managesPeople", p.made_at as "madeAt", p.made_by as "madeBy"`
const token = `json_build_object('id', t.id, 'program', t.program, 'name', t.name, 'hash', t.hash, 'madeAt', t.made_at,
  'madeBy', t.made_by, 'expiresAt', t.expires_at, 'usedAt', t.used_at)`
const withTokens = `select ${columns},
  coalesce((select json_agg(${token} order by t.made_at desc, t.id) from program_tokens t where t.program = p.id), '[]') as tokens
  from programs p`

export const openSqlPrograms = (sql: Sql): ProgramStore => ({
  async list(tenant, page) {
    const limit = pageLimit(page.limit)
    const conditions = openConditions().add('p.tenant = ?', tenant)
    if (page.after !== undefined) conditions.add('p.name > ?', ...decodeCursor(list, ['s'], page.after))
    const rows = await sql.query<ProgramWithTokens>(
      `${withTokens} ${conditions.where} order by p.name limit ${limit + 1}`,
      conditions.params,
    )
    return pageOf(list, rows, limit, ({ name }) => [name])
  },
  async get(tenant, id) {
    const [row] = await sql.query<ProgramWithTokens>(`${withTokens} where p.tenant = $1 and p.id = $2`, [tenant, id])
    return row
  },
  async add({ id, tenant, name, grants, managesPeople, madeAt, madeBy }) {
    const added = await sql.query(
      `insert into programs (id, tenant, name, grants, manages_people, made_at, made_by)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
      [id, tenant, name, JSON.stringify(grants), managesPeople, madeAt, madeBy],
    )
    if (added.length === 0)
      throw new Outage('PROGRAM_EXISTS', 'There is a program of that name already: choose another.', {
        retryable: false,
      })
  },
  async remove(tenant, id) {
    const removed = await sql.query(
      `with gone as (delete from programs where tenant = $1 and id = $2 returning id),
         tokens as (delete from program_tokens using gone where program = gone.id)
       select id from gone`,
      [tenant, id],
    )
    return removed.length > 0
  },
  async addToken({ id, program, name, hash, madeAt, madeBy, expiresAt, usedAt }) {
    const added = await sql.query(
      `insert into program_tokens (id, program, name, hash, made_at, made_by, expires_at, used_at)
       select $1, p.id, $3, $4, $5, $6, $7, $8 from programs p where p.id = $2 for share returning id`,
      [id, program, name, hash, madeAt, madeBy, expiresAt, usedAt],
    )
    if (added.length === 0) throw new Outage('PROGRAM_UNKNOWN', 'There is no such program.', { retryable: false })
  },
  async removeToken(program, id) {
    const removed = await sql.query('delete from program_tokens where program = $1 and id = $2 returning id', [
      program,
      id,
    ])
    return removed.length > 0
  },
  async findToken(hash) {
    const [row] = await sql.query<Program & { readonly token: ProgramToken }>(
      `select ${columns}, ${token} as token from program_tokens t join programs p on p.id = t.program where t.hash = $1`,
      [hash],
    )
    if (row === undefined) return undefined
    const { token: found, ...program } = row
    return { program, token: found }
  },
  async noteUse(id, at) {
    await sql.query('update program_tokens set used_at = greatest(used_at, $2) where id = $1', [id, at])
  },
})
