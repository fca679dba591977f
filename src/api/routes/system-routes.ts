// How the system is doing: the system page's figures, the ledger entry by entry, and what vehicles send that cannot be right.
import { Type } from 'typebox'
import type { Anomaly } from '../../model/anomaly.ts'
import type { LedgerEntry } from '../../model/read-models.ts'
import { answers, signedIn } from '../answers.ts'
import type { SystemParts } from '../api-options.ts'
import type { Listing, Percentiles, SystemState } from '../contract.ts'
import { anomalyKind, anomalySchema } from '../anomaly-schemas.ts'
import { listing } from '../listing.ts'
import { vehicleId } from '../schema-parts.ts'
import { ledgerEntrySchema, listingOf, named, pageQuery, query, systemSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { given, tenantOf, type RouteParts } from './route-parts.ts'

type SystemSources = {
  readonly system: () => Promise<SystemParts>
  readonly damage?: () => Promise<SystemState['damaged']>
}

const minuteMs = 60_000

const troubledMeans =
  'Only entries with something missing, refused, late or duplicate, with a wrong clock, or with numbers used twice or jumped over.'

export function registerSystemRoutes(
  server: Server,
  { storage, cursors, clock }: RouteParts,
  { system, damage = async () => null }: SystemSources,
  liveLatencyMs: () => Percentiles | null,
): void {
  server.get(
    '/system',
    {
      schema: {
        tags: ['system'],
        operationId: 'getSystem',
        summary: 'Rates, lag, latencies, ends of connections, reason codes, the sums of the ledger and of anomalies',
        response: answers({ status: 200, description: 'The system', schema: named(systemSchema) }, [...signedIn]),
      },
    },
    async (request): Promise<SystemState> => {
      const tenant = tenantOf(request)
      const [{ connected, latencyMs, ...parts }, known, heardLastMinute, ledger, anomalies, damaged] = await Promise.all([
        system(),
        storage.twins.count(tenant, {}),
        storage.twins.count(tenant, { heardSince: clock.now() - minuteMs }),
        storage.ledger.totals(tenant),
        storage.anomalies.sums(tenant),
        damage(),
      ])
      return {
        ...parts,
        vehicles: { known, heardLastMinute, connected },
        latencyMs: { ...latencyMs, live: liveLatencyMs() },
        ledger,
        anomalies,
        damaged,
      }
    },
  )

  server.get(
    '/ledger',
    {
      config: { paced: true },
      schema: {
        tags: ['system'],
        operationId: 'listLedger',
        summary: 'What each vehicle sent and what became of it, by vehicle and stream',
        querystring: query({
          vehicle: Type.Optional(vehicleId),
          troubled: Type.Optional(Type.Boolean({ description: troubledMeans })),
          ...pageQuery,
        }),
        response: answers({ status: 200, description: 'A page of the ledger', schema: listingOf(ledgerEntrySchema) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<Listing<LedgerEntry>> => {
      const tenant = tenantOf(request)
      const { vehicle, troubled } = request.query
      const filter = given({ vehicle, troubled })
      return listing(
        cursors,
        ['ledger', tenant],
        request.query,
        (page) => storage.ledger.list(tenant, filter, page),
        (entry) => entry,
      )
    },
  )

  server.get(
    '/anomalies',
    {
      config: { paced: true },
      schema: {
        tags: ['system'],
        operationId: 'listAnomalies',
        summary: 'What vehicles send that cannot be right, by vehicle and kind, last heard first',
        querystring: query({ vehicle: Type.Optional(vehicleId), kind: Type.Optional(anomalyKind), ...pageQuery }),
        response: answers({ status: 200, description: 'A page of anomalies', schema: listingOf(anomalySchema) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<Listing<Anomaly>> => {
      const tenant = tenantOf(request)
      const { vehicle, kind } = request.query
      const filter = given({ vehicle, kind })
      return listing(
        cursors,
        ['anomalies', tenant],
        request.query,
        (page) => storage.anomalies.list(tenant, filter, page),
        (anomaly) => anomaly,
      )
    },
  )
}
