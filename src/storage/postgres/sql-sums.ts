// Sums over the tables of trips, of the ledger and of anomalies, each by one statement.
import { anomalyKinds } from '../../model/anomaly.ts'
import { anomaliesModel, newestMax, type AnomalySum } from '../../read-models/anomalies/anomalies.ts'
import { ledgerModel, ledgerCounts, type LedgerTotals } from '../../read-models/ledger/ledger.ts'
import { tripFigureMax, tripFigures, type TripSum } from '../../read-models/trips/trip-sums.ts'
import { tripsModel } from '../../read-models/trips/trips.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import type { AnomalyStore, LedgerStore, TripStore } from '../storage.ts'
import { columnName } from './columns.ts'
import { conditionsOf, openSqlTable } from './sql-table.ts'
import type { Reports, Sql } from './sql.ts'

/** Thousandths are added as `bigint`, whose sum is exact whatever the order. */
function figureText(name: string): string {
  const column = columnName(name)
  const isKnown = `abs(${column}) < ${tripFigureMax}::double precision`
  const thousandths = `case when ${isKnown} then floor(${column} * 1000 + 0.5)::bigint end`
  return `json_build_object('sum', sum(${thousandths})::double precision / 1000, 'known', count(*) filter (where ${isKnown})) as "${name}"`
}

const tripSums = `select vehicle, count(*) as trips, count(*) filter (where status = 'open') as open,
  sum(samples)::bigint as samples, ${tripFigures.map(figureText).join(', ')} from trips`
const tripSumsList = 'trip sums'

export const openSqlTrips = (sql: Sql, reports: Reports): TripStore => ({
  ...openSqlTable(sql, tripsModel, reports),
  async sums(reach, filter, page) {
    const limit = pageLimit(page.limit)
    const conditions = conditionsOf(tripsModel, reach, filter)
    if (page.after !== undefined) conditions.add('vehicle > ?', ...decodeCursor(tripSumsList, ['s'], page.after))
    const rows = await reports.query<TripSum>(
      `${tripSums} ${conditions.where} group by vehicle order by vehicle limit ${limit + 1}`,
      conditions.params,
      reach.tenant,
    )
    return pageOf(tripSumsList, rows, limit, ({ vehicle }) => [vehicle])
  },
})

const counts = Object.keys(ledgerCounts.properties)
const totals = `select stream, ${counts.map((name) => `sum(${name})::bigint as ${name}`).join(', ')} from ledger`

export const openSqlLedger = (sql: Sql, reports: Reports): LedgerStore => ({
  ...openSqlTable(sql, ledgerModel, reports),
  totals(reach) {
    const { where, params } = conditionsOf(ledgerModel, reach, {})
    return reports.query<LedgerTotals>(`${totals} ${where} group by stream order by stream`, params, reach.tenant)
  },
})

const sumsText = (where: string): string => `select sums.kind, vehicles, sums.count, newest.vehicles_of_it as newest
  from (select kind, count(*) as vehicles, sum(count)::bigint as count from anomalies ${where} group by kind) as sums
  cross join lateral (
    select jsonb_agg(jsonb_build_object('vehicle', vehicle, 'count', count, 'lastReceivedAt', last_received_at)) as vehicles_of_it
    from (select vehicle, count, last_received_at from anomalies ${where} and kind = sums.kind
          order by last_received_at desc, vehicle desc limit ${newestMax}) as of_kind
  ) as newest`

export const openSqlAnomalies = (sql: Sql, reports: Reports): AnomalyStore => ({
  ...openSqlTable(sql, anomaliesModel, reports),
  async sums(reach) {
    const { where, params } = conditionsOf(anomaliesModel, reach, {})
    const rows = await reports.query<AnomalySum>(sumsText(where), params, reach.tenant)
    return rows.toSorted((one, other) => anomalyKinds.indexOf(one.kind) - anomalyKinds.indexOf(other.kind))
  },
})
