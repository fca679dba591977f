import { Outage } from '../../base/errors.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import type { ShareLink, ShareStore } from '../share-store.ts'
import { openConditions } from './sql-conditions.ts'
import type { Sql } from './sql.ts'

const list = 'shares'
const columns = `id, tenant, vehicle, with_trip as "withTrip", seen_from as "from", seen_until as "until",
  made_at as "madeAt", maker_id as "makerId", made_by as "madeBy", used_at as "usedAt"`

export const openSqlShares = (sql: Sql): ShareStore => ({
  async list(tenant, vehicle, page) {
    const limit = pageLimit(page.limit)
    const conditions = openConditions().add('tenant = ?', tenant).add('vehicle = ?', vehicle)
    if (page.after !== undefined)
      conditions.add('(made_at, id) < (?, ?)', ...decodeCursor(list, ['n', 's'], page.after))
    const rows = await sql.query<ShareLink>(
      `select ${columns} from shares ${conditions.where} order by made_at desc, id desc limit ${limit + 1}`,
      conditions.params,
      tenant,
    )
    return pageOf(list, rows, limit, ({ madeAt, id }) => [madeAt, id])
  },
  async add({ id, tenant, vehicle, withTrip, from, until, madeAt, makerId, madeBy, usedAt }, hash) {
    const added = await sql.query(
      `insert into shares (id, hash, tenant, vehicle, with_trip, seen_from, seen_until, made_at, maker_id, made_by, used_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning id`,
      [id, hash, tenant, vehicle, withTrip, from, until, madeAt, makerId, madeBy, usedAt],
    )
    if (added.length === 0)
      throw new Outage('SHARE_EXISTS', 'There is a link of that id or token already.', { retryable: false })
  },
  async findByHash(hash) {
    const [row] = await sql.query<ShareLink>(`select ${columns} from shares where hash = $1`, [hash])
    return row
  },
  async remove(tenant, vehicle, id) {
    const [row] = await sql.query<ShareLink>(
      `delete from shares where tenant = $1 and vehicle = $2 and id = $3 returning ${columns}`,
      [tenant, vehicle, id],
    )
    return row
  },
  async noteUse(id, at) {
    await sql.query('update shares set used_at = greatest(used_at, $2) where id = $1', [id, at])
  },
  async removeEnded(before) {
    await sql.query('delete from shares where seen_until < $1', [before])
  },
})
