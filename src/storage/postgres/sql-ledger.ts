import type { LedgerEntry } from '../../model/read-models.ts'
import type { LedgerStore, LedgerTotals } from '../ledger-store.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import { openConditions } from './sql-conditions.ts'
import { deleteById, openSqlProjection, overRows, upsertText } from './sql-projection.ts'
import type { Sql } from './sql.ts'

const counts = ['sent', 'received', 'stored', 'duplicate', 'late', 'refused', 'missing', 'clock', 'reused', 'jumps'] as const
const upsert = upsertText('ledger', {
  id: 'text',
  tenant: 'text',
  vehicle: 'text',
  stream: 'text',
  ...Object.fromEntries(counts.map((name) => [name, 'bigint'])),
  last_at: 'bigint',
  last_received_at: 'bigint',
})
const names = `tenant, vehicle, stream, ${counts.join(', ')}, last_at, last_received_at`
// As in the partial index.
const troubledText = 'missing + refused + late + duplicate + coalesce(clock, 0) + coalesce(reused, 0) + coalesce(jumps, 0) > 0'
const list = 'ledger'

type LedgerRow = Omit<LedgerEntry, 'lastAt' | 'lastReceivedAt'> & {
  readonly last_at: number
  readonly last_received_at: number | null
}

export function openSqlLedger(sql: Sql): LedgerStore {
  return {
    ...openSqlProjection<LedgerEntry>(sql, {
      sink: 'ledger',
      statements: (puts, deletes) => [
        ...deleteById('ledger', deletes),
        ...overRows(
          upsert,
          puts.map(({ id, row: { lastAt, lastReceivedAt, ...row } }) => ({
            ...row,
            id,
            last_at: lastAt,
            last_received_at: lastReceivedAt,
          })),
        ),
      ],
    }),
    async list(tenant, { vehicle, troubled }, page) {
      const limit = pageLimit(page.limit)
      const conditions = openConditions().add('tenant = ?', tenant).add('vehicle = ?', vehicle)
      if (troubled !== undefined) conditions.add(troubled ? troubledText : `not (${troubledText})`)
      if (page.after !== undefined) conditions.add('(vehicle, stream) > (?, ?)', ...decodeCursor(list, ['s', 's'], page.after))
      const rows = await sql.query<LedgerRow>(
        `select ${names} from ledger ${conditions.where} order by vehicle, stream limit ${limit + 1}`,
        conditions.params,
      )
      return pageOf(list, rows.map(entryOf), limit, (entry) => [entry.vehicle, entry.stream])
    },
    totals: (tenant) =>
      sql.query<LedgerTotals>(
        `select stream, ${counts.map((name) => `sum(${name})::bigint as ${name}`).join(', ')}
         from ledger where tenant = $1 group by stream order by stream`,
        [tenant],
      ),
  }
}

const entryOf = ({ last_at, last_received_at, ...row }: LedgerRow): LedgerEntry => ({
  ...row,
  lastAt: last_at,
  lastReceivedAt: last_received_at,
})
