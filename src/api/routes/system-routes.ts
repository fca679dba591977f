// How the system is doing: the system page's figures, and the ledger entry by entry.
import { Type } from 'typebox'
import type { LedgerEntry } from '../../model/read-models.ts'
import { answers, signedIn } from '../answers.ts'
import type { SystemParts } from '../api-options.ts'
import type { Listing, Percentiles, SystemState } from '../contract.ts'
import { listing } from '../listing.ts'
import { ledgerEntrySchema, listingOf, named, pageQuery, query, systemSchema, vehicleId } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { given, tenantOf, type RouteParts } from './route-parts.ts'

type SystemSources = {
  readonly system: () => Promise<SystemParts>
  readonly damage?: () => Promise<SystemState['damaged']>
}

const minuteMs = 60_000

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
        summary: 'Rates, lag, latencies, ends of connections, reason codes and the sums of the ledger',
        response: answers({ status: 200, description: 'The system', schema: named(systemSchema) }, [...signedIn]),
      },
    },
    async (request): Promise<SystemState> => {
      const tenant = tenantOf(request)
      const [{ connected, latencyMs, ...parts }, known, heardLastMinute, ledger, damaged] = await Promise.all([
        system(),
        storage.twins.count(tenant, {}),
        storage.twins.count(tenant, { heardSince: clock.now() - minuteMs }),
        storage.ledger.totals(tenant),
        damage(),
      ])
      return {
        ...parts,
        vehicles: { known, heardLastMinute, connected },
        latencyMs: { ...latencyMs, live: liveLatencyMs() },
        ledger,
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
          troubled: Type.Optional(Type.Boolean({ description: 'Only entries with something missing, refused, late or duplicate.' })),
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
}
