import type { LedgerEntry } from '../../model/read-models.ts'
import type { LedgerStore, LedgerTotals } from '../ledger-store.ts'
import { compareKeys, pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

const byVehicle: Order<LedgerEntry> = {
  list: 'ledger',
  shape: ['s', 's'],
  descending: false,
  keyOf: (entry) => [entry.vehicle, entry.stream],
}

const isTroubled = ({ missing, refused, late, duplicate, clock, reused, jumps }: LedgerEntry): boolean =>
  missing + refused + late + duplicate + (clock ?? 0) + (reused ?? 0) + (jumps ?? 0) > 0

export function openMemoryLedger(guard: () => void): LedgerStore {
  const projection = openMemoryProjection<LedgerEntry>(
    guard,
    (entry) => [
      entry.sent,
      entry.received,
      entry.stored,
      entry.lastAt,
      entry.clock ?? 0,
      entry.reused ?? 0,
      entry.jumps ?? 0,
      entry.lastReceivedAt ?? 0,
    ],
    (_, entry) => entry,
  )
  const ofTenant = (tenant: string): LedgerEntry[] => [...projection.rows.values()].filter((entry) => entry.tenant === tenant)
  return {
    ...projection,
    async list(tenant, { vehicle, troubled }, page) {
      guard()
      const rows = ofTenant(tenant).filter(
        (entry) => (vehicle === undefined || entry.vehicle === vehicle) && (troubled === undefined || isTroubled(entry) === troubled),
      )
      return pageInMemory(rows, byVehicle, page)
    },
    async totals(tenant) {
      guard()
      const sums = new Map<string, LedgerTotals>()
      for (const entry of ofTenant(tenant)) sums.set(entry.stream, addTotals(sums.get(entry.stream), entry))
      return [...sums.values()].sort((a, b) => compareKeys([a.stream], [b.stream]))
    },
  }
}

const addTotals = (sum: LedgerTotals | undefined, entry: LedgerEntry): LedgerTotals => ({
  stream: entry.stream,
  sent: (sum?.sent ?? 0) + entry.sent,
  received: (sum?.received ?? 0) + entry.received,
  stored: (sum?.stored ?? 0) + entry.stored,
  duplicate: (sum?.duplicate ?? 0) + entry.duplicate,
  late: (sum?.late ?? 0) + entry.late,
  refused: (sum?.refused ?? 0) + entry.refused,
  missing: (sum?.missing ?? 0) + entry.missing,
  clock: addKnown(sum?.clock, entry.clock),
  reused: addKnown(sum?.reused, entry.reused),
  jumps: addKnown(sum?.jumps, entry.jumps),
})

const addKnown = (sum: number | null | undefined, count: number | null): number | null =>
  count === null ? (sum ?? null) : (sum ?? 0) + count
