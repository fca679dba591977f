// Sums over the tables of trips, of the ledger and of anomalies, in memory.
import { anomalyKinds } from '../../model/anomaly.ts'
import { anomaliesModel, newestMax } from '../../read-models/anomalies/anomalies.ts'
import { ledgerModel, ledgerCounts, type LedgerEntry, type LedgerTotals } from '../../read-models/ledger/ledger.ts'
import { sumTrips, type TripSum } from '../../read-models/trips/trip-sums.ts'
import { tripsModel } from '../../read-models/trips/trips.ts'
import type { AnomalyStore, LedgerStore, TripStore } from '../storage.ts'
import { compareKeys, pageInMemory, type Order } from './memory-page.ts'
import { filtersOf, openMemoryTable, orderOf } from './memory-table.ts'

const byVehicle: Order<TripSum> = {
  list: 'trip sums',
  shape: ['s'],
  descending: false,
  keyOf: ({ vehicle }) => [vehicle],
}

export function openMemoryTrips(guard: () => void): TripStore {
  const table = openMemoryTable(guard, tripsModel)
  const holds = filtersOf(tripsModel)
  return {
    ...table,
    async sums(reach, filter, page) {
      guard()
      const asked = table.reached(reach).filter((trip) => holds(trip, filter))
      const sums = Array.from(
        Map.groupBy(asked, ({ vehicle }) => vehicle),
        ([vehicle, trips]) => sumTrips(vehicle, trips),
      )
      return pageInMemory(sums, byVehicle, page)
    },
  }
}

export function openMemoryLedger(guard: () => void): LedgerStore {
  const table = openMemoryTable(guard, ledgerModel)
  return {
    ...table,
    async totals(reach) {
      guard()
      const sums = new Map<string, LedgerTotals>()
      for (const entry of table.reached(reach)) sums.set(entry.stream, addTotals(sums.get(entry.stream), entry))
      return [...sums.values()].sort((a, b) => compareKeys([a.stream], [b.stream]))
    },
  }
}

export function openMemoryAnomalies(guard: () => void): AnomalyStore {
  const table = openMemoryTable(guard, anomaliesModel)
  const order = orderOf(anomaliesModel)
  return {
    ...table,
    async sums(reach) {
      guard()
      const byKind = Map.groupBy(table.reached(reach), ({ kind }) => kind)
      return anomalyKinds.flatMap((kind) => {
        const rows = byKind.get(kind)
        if (rows === undefined) return []
        const newest = pageInMemory(rows, order, { limit: newestMax }).rows
        return [
          {
            kind,
            vehicles: rows.length,
            count: rows.reduce((sum, { count }) => sum + count, 0),
            newest: newest.map(({ vehicle, count, lastReceivedAt }) => ({ vehicle, count, lastReceivedAt })),
          },
        ]
      })
    },
  }
}

const counts = Object.keys(ledgerCounts.properties) as (keyof typeof ledgerCounts.properties)[]

const addTotals = (sum: LedgerTotals | undefined, entry: LedgerEntry): LedgerTotals =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the counts are all that is summed
  ({
    stream: entry.stream,
    ...Object.fromEntries(counts.map((name) => [name, addKnown(sum?.[name], entry[name])])),
  }) as LedgerTotals

const addKnown = (sum: number | null | undefined, count: number | null): number | null =>
  count === null ? (sum ?? null) : (sum ?? 0) + count
