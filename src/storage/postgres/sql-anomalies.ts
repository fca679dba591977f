import { anomalyKinds, type Anomaly, type AnomalyKind } from '../../model/anomaly.ts'
import { newestMax, type AnomalousVehicle, type AnomalyStore } from '../anomaly-store.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import { openConditions } from './sql-conditions.ts'
import { deleteById, openSqlProjection, overRows, upsertText } from './sql-projection.ts'
import type { Sql } from './sql.ts'

const columns = { id: 'text', tenant: 'text', vehicle: 'text', kind: 'text', count: 'bigint', parts: 'jsonb', last_received_at: 'bigint' }
const upsert = upsertText('anomalies', columns)
const names = 'tenant, vehicle, kind, count, parts, last_received_at'
const list = 'anomalies'

type AnomalyRow = Omit<Anomaly, 'lastReceivedAt'> & { readonly last_received_at: number }
type SumRow = {
  readonly kind: AnomalyKind
  readonly vehicles: number
  readonly count: number
  readonly newest: readonly AnomalousVehicle[]
}

export function openSqlAnomalies(sql: Sql): AnomalyStore {
  return {
    ...openSqlProjection<Anomaly>(sql, {
      sink: 'anomalies',
      statements: (puts, deletes) => [
        ...deleteById('anomalies', deletes),
        ...overRows(
          upsert,
          puts.map(({ id, row: { lastReceivedAt, ...row } }) => ({ ...row, id, last_received_at: lastReceivedAt })),
        ),
      ],
    }),
    async list(tenant, { vehicle, kind }, page) {
      const limit = pageLimit(page.limit)
      const conditions = openConditions().add('tenant = ?', tenant).add('vehicle = ?', vehicle).add('kind = ?', kind)
      if (page.after !== undefined)
        conditions.add('(last_received_at, vehicle, kind) < (?, ?, ?)', ...decodeCursor(list, ['n', 's', 's'], page.after))
      const rows = await sql.query<AnomalyRow>(
        `select ${names} from anomalies ${conditions.where} order by last_received_at desc, vehicle desc, kind desc limit ${limit + 1}`,
        conditions.params,
      )
      return pageOf(list, rows.map(anomalyOf), limit, (anomaly) => [anomaly.lastReceivedAt, anomaly.vehicle, anomaly.kind])
    },
    async sums(tenant) {
      const rows = await sql.query<SumRow>(
        `select sums.kind, vehicles, sums.count, newest.vehicles_of_it as newest
         from (select kind, count(*) as vehicles, sum(count)::bigint as count from anomalies where tenant = $1 group by kind) as sums
         cross join lateral (
           select jsonb_agg(jsonb_build_object('vehicle', vehicle, 'count', count, 'lastReceivedAt', last_received_at)) as vehicles_of_it
           from (select vehicle, count, last_received_at from anomalies where tenant = $1 and kind = sums.kind
                 order by last_received_at desc, vehicle desc limit ${newestMax}) as of_kind
         ) as newest`,
        [tenant],
      )
      return rows.toSorted((one, other) => anomalyKinds.indexOf(one.kind) - anomalyKinds.indexOf(other.kind))
    },
  }
}

const anomalyOf = ({ last_received_at, ...row }: AnomalyRow): Anomaly => ({ ...row, lastReceivedAt: last_received_at })
