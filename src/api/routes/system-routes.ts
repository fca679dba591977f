// How the system is doing: the figures of the system page.
import { wholeReach } from '../../storage/reach.ts'
import { answers, signedIn } from '../answers.ts'
import type { SystemParts } from '../api-options.ts'
import type { Percentiles, SystemState } from '../contract.ts'
import { named, systemSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { tenantOf, type RouteParts } from './route-parts.ts'

type SystemSources = {
  readonly system: () => Promise<SystemParts>
  readonly damage?: () => Promise<SystemState['damaged']>
  readonly room?: () => Promise<SystemState['room']>
}

const minuteMs = 60_000

export function registerSystemRoutes(
  server: Server,
  { storage, clock }: RouteParts,
  { system, damage = async () => null, room = async () => null }: SystemSources,
  liveLatencyMs: () => Percentiles | null,
): void {
  server.get(
    '/system',
    {
      config: { needs: 'system:read', whole: true },
      schema: {
        tags: ['system'],
        operationId: 'getSystem',
        summary:
          'Rates, lag, latencies, ends of connections, reason codes, the sums of the ledger and of anomalies, what is stored and what a day adds',
        response: answers({ status: 200, description: 'The system', schema: named(systemSchema) }, [...signedIn]),
      },
    },
    async (request): Promise<SystemState> => {
      const all = wholeReach(tenantOf(request))
      const [{ connected, latencyMs, ...parts }, known, heardLastMinute, ledger, anomalies, damaged, stored] =
        await Promise.all([
          system(),
          storage.twins.count(all, {}),
          storage.twins.count(all, { heardSince: clock.now() - minuteMs }),
          storage.ledger.totals(all),
          storage.anomalies.sums(all),
          damage(),
          room(),
        ])
      return {
        ...parts,
        vehicles: { known, heardLastMinute, connected },
        latencyMs: { ...latencyMs, live: liveLatencyMs() },
        ledger,
        anomalies,
        damaged,
        room: stored,
      }
    },
  )
}
