import type { Alert, AlertStatus } from '../../model/read-models.ts'
import { heardAt, type AlertStore } from '../alert-store.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import { openConditions } from './sql-conditions.ts'
import { deleteById, openSqlProjection, overRows, upsertText } from './sql-projection.ts'
import type { Sql } from './sql.ts'

const columns = {
  id: 'text',
  tenant: 'text',
  vehicle: 'text',
  kind: 'text',
  severity: 'text',
  at: 'bigint',
  lat: 'double precision',
  lon: 'double precision',
  evidence: 'jsonb',
  received_at: 'bigint',
  clock: 'text',
  clock_doubt: 'text',
}
const names = Object.keys(columns).join(', ')
const upsert = upsertText('alerts', columns)
const list = 'alerts'
/** `heardAt`, as the indexes have it. */
const heard = 'coalesce(received_at, at)'

/** The status is kept in the evidence's document, as nothing selects by it; without one, a row is of a time when all were certain. */
type AlertRow = Omit<Alert, 'place' | 'receivedAt' | 'status' | 'evidence' | 'clockDoubt'> & {
  readonly evidence: Alert['evidence'] & { readonly status?: AlertStatus }
  readonly lat: number | null
  readonly lon: number | null
  readonly received_at: number | null
  readonly clock_doubt: Alert['clockDoubt']
}

export function openSqlAlerts(sql: Sql): AlertStore {
  return {
    ...openSqlProjection<Alert>(sql, {
      sink: 'alerts',
      statements: (puts, deletes) => [
        ...deleteById('alerts', deletes),
        ...overRows(
          upsert,
          puts.map(({ id, row: { place, receivedAt, clockDoubt, status, evidence, ...row } }) => ({
            ...row,
            evidence: { ...evidence, status },
            id,
            lat: place?.lat ?? null,
            lon: place?.lon ?? null,
            received_at: receivedAt,
            clock_doubt: clockDoubt,
          })),
        ),
      ],
    }),
    async get(tenant, id) {
      const [row] = await sql.query<AlertRow>(`select ${names} from alerts where id = $1 and tenant = $2`, [id, tenant])
      return row === undefined ? undefined : alertOf(row)
    },
    async list(tenant, { vehicle, kind }, page) {
      const limit = pageLimit(page.limit)
      const conditions = openConditions().add('tenant = ?', tenant).add('vehicle = ?', vehicle).add('kind = ?', kind)
      if (page.after !== undefined) conditions.add(`(${heard}, id) < (?, ?)`, ...decodeCursor(list, ['n', 's'], page.after))
      const rows = await sql.query<AlertRow>(
        `select ${names} from alerts ${conditions.where} order by ${heard} desc, id desc limit ${limit + 1}`,
        conditions.params,
      )
      return pageOf(list, rows.map(alertOf), limit, (alert) => [heardAt(alert), alert.id])
    },
  }
}

const alertOf = ({ lat, lon, received_at, clock_doubt, evidence: { status = 'confirmed', ...evidence }, ...row }: AlertRow): Alert => ({
  ...row,
  status,
  evidence,
  place: lat === null || lon === null ? null : { lat, lon },
  receivedAt: received_at,
  clockDoubt: clock_doubt,
})
