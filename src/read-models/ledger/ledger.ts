// The ledger: the count of one car's messages in one uplink stream, over all boots.
// sent = stored + refused + missing, and received = stored + duplicate + refused.
import { Type } from 'typebox'
import { defineReadModel, type ModelRow, type RowOf } from '../read-model.ts'
import { count, instant, nullable, vehicleId } from '../schema-parts.ts'

export type LedgerEntry = ModelRow<typeof ledgerModel>

/** Sums over entries of a stream. Those that may be null are sums of what is known, null when it is
 *  known of no entry. */
export type LedgerTotals = { readonly stream: string } & RowOf<typeof ledgerCounts>

export const ledgerCounts = Type.Object({
  // By the car's own counting: highest seq + 1, summed over boots, without what was jumped over;
  // those under a number that another message has; and refused messages that cannot be read beyond
  // those that would be missing.
  sent: count('By the cars’ own counting.'),
  received: count('Records in the log, duplicates and refused ones included.'),
  stored: count('Distinct messages, those under one number among them.'),
  duplicate: count(),
  // Distinct messages that came when their car had already spoken of a time later by more than the
  // lateness bound: stored, but too late to change a trip.
  late: count(),
  // Distinct ones where boot and seq can be read; each that cannot be read counts.
  refused: count(),
  missing: count(),
  clock: nullable(
    count(
      'Distinct messages whose instant is marked, as it is ahead of its receipt, or was put aside; null where it is not known.',
    ),
  ),
  reused: nullable(
    count('Messages under a number of their boot that another message has; null where it is not known.'),
  ),
  jumps: nullable(
    count('Numbers further above all others of their boot than a unit can have counted; null where it is not known.'),
  ),
})

export const ledgerShape = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    stream: Type.String(),
    ...ledgerCounts.properties,
    lastAt: instant(
      'The newest instant, by the car’s clock; of a message without one that can be used, as of a dead letter, its receipt.',
    ),
    lastReceivedAt: nullable(instant('The newest receipt, by our clock; null where it is not known.')),
  },
  { $id: 'LedgerEntry' },
)

const troubledMeans =
  'Only entries with something missing, refused, late or duplicate, with a wrong clock, or with numbers used twice or jumped over.'

export const ledgerModel = defineReadModel({
  name: 'ledger',
  topic: 'ledger',
  shape: ledgerShape,
  keys: {
    troubled: {
      of: ({ missing, refused, late, duplicate, clock, reused, jumps }) =>
        missing + refused + late + duplicate + (clock ?? 0) + (reused ?? 0) + (jumps ?? 0) > 0,
      // As in the partial index.
      sql: 'missing + refused + late + duplicate + coalesce(clock, 0) + coalesce(reused, 0) + coalesce(jumps, 0) > 0',
    },
  },
  order: { by: ['vehicle', 'stream'], newestFirst: false },
  filters: {
    vehicle: { on: 'vehicle', is: '=', query: vehicleId },
    troubled: { on: 'troubled', is: '=', query: Type.Boolean({ description: troubledMeans }) },
  },
  wanted: 'figure',
  routes: {
    path: '/ledger',
    tag: 'system',
    needs: 'quality:read',
    list: {
      operationId: 'listLedger',
      summary: 'What each vehicle sent and what became of it, by vehicle and stream',
      page: 'A page of the ledger',
    },
  },
})
