// Sums over the tables of the ledger and of anomalies.
import { anomalyKinds } from '../../model/anomaly.ts'
import { anomaliesModel, newestMax, type AnomalySum } from '../../read-models/anomalies/anomalies.ts'
import { ledgerModel, ledgerCounts, type LedgerTotals } from '../../read-models/ledger/ledger.ts'
import type { AnomalyStore, LedgerStore } from '../storage.ts'
import { openSqlTable } from './sql-table.ts'
import type { Reports, Sql } from './sql.ts'

const counts = Object.keys(ledgerCounts.properties)
const totalsText = `select stream, ${counts.map((name) => `sum(${name})::bigint as ${name}`).join(', ')}
  from ledger where tenant = $1 group by stream order by stream`

export const openSqlLedger = (sql: Sql, reports: Reports): LedgerStore => ({
  ...openSqlTable(sql, ledgerModel, reports),
  totals: (tenant) => reports.query<LedgerTotals>(totalsText, [tenant]),
})

const sumsText = `select sums.kind, vehicles, sums.count, newest.vehicles_of_it as newest
  from (select kind, count(*) as vehicles, sum(count)::bigint as count from anomalies where tenant = $1 group by kind) as sums
  cross join lateral (
    select jsonb_agg(jsonb_build_object('vehicle', vehicle, 'count', count, 'lastReceivedAt', last_received_at)) as vehicles_of_it
    from (select vehicle, count, last_received_at from anomalies where tenant = $1 and kind = sums.kind
          order by last_received_at desc, vehicle desc limit ${newestMax}) as of_kind
  ) as newest`

export const openSqlAnomalies = (sql: Sql, reports: Reports): AnomalyStore => ({
  ...openSqlTable(sql, anomaliesModel, reports),
  async sums(tenant) {
    const rows = await reports.query<AnomalySum>(sumsText, [tenant])
    return rows.toSorted((one, other) => anomalyKinds.indexOf(one.kind) - anomalyKinds.indexOf(other.kind))
  },
})
