// One signal of a vehicle over time.
import { Type } from 'typebox'
import { vehicleKey } from '../../model/vehicle-id.ts'
import { answers, signedIn } from '../answers.ts'
import type { SignalSeries } from '../contract.ts'
import { problem, tooMany } from '../problem.ts'
import { vehicleId } from '../../read-models/schema-parts.ts'
import { named, query, queryInstant } from '../schemas.ts'
import { signalPath, signalSeriesSchema } from '../series-schema.ts'
import { readSeries } from '../series/read-series.ts'
import { createTurns } from '../series/turns.ts'
import type { Server } from '../server-types.ts'
import { saysWhere } from '../../model/place-signals.ts'
import { findTwin, lastSeen, seenSpans, tenantOf, type RouteParts } from './route-parts.ts'

/** Signals that tell where a vehicle is. */
const placeSignals = 'Vehicle.CurrentLocation.'
const usualMs = 3_600_000
/** A week, and the hour by which a summer ends. */
const spanMaxMs = 7 * 86_400_000 + usualMs

const params = Type.Object({ vehicle: vehicleId, path: signalPath })

/** Names both, as either may be the one that is meant otherwise; one that was not given stands for
 *  what it is then. */
const wrongWayRound = (from: number, to: number): Error =>
  problem('invalid-request', `"from" (${from}) lies after "to" (${to}). Give both, the earlier as "from".`, {
    errors: [
      { field: 'from', message: 'It lies after "to".' },
      { field: 'to', message: 'It lies before "from"; when absent it is the newest instant the vehicle measured.' },
    ],
  })

export function registerSeriesRoutes(server: Server, parts: RouteParts): void {
  const { storage, audit, catalogueOf, clockAheadMs } = parts
  // Each holds the database up for seconds, a page at a time.
  const turns = createTurns({
    atOnce: 2,
    waiting: 16,
    busy: () =>
      tooMany(
        'Too many series of signals are being read. Come back when they are done, and ask for a shorter time.',
        2000,
      ),
  })
  server.get(
    '/vehicles/:vehicle/signals/:path/series',
    {
      config: { paced: true, needs: 'vehicles:read' },
      schema: {
        tags: ['vehicles'],
        operationId: 'getSignalSeries',
        summary: 'What a vehicle said of a signal over time, as numbers; as far back as messages are kept',
        params,
        querystring: query({
          from: queryInstant(
            'First instant, not after "to"; an hour before "to" when absent, and at most a week and an hour before it.',
          ),
          to: queryInstant('Last instant; the newest the vehicle measured when absent.'),
        }),
        response: answers({ status: 200, description: 'The series', schema: named(signalSeriesSchema) }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<SignalSeries> => {
      const { vehicle, path } = request.params
      const needed = saysWhere(path) ? (['vehicles:read', 'places:read'] as const) : ('vehicles:read' as const)
      const spans = seenSpans(parts, request, needed, vehicle)
      const twin = await findTwin(storage, { tenant: tenantOf(request), vehicle })
      const { to = lastSeen(spans, twin.at), from = Math.max(0, to - usualMs) } = request.query
      if (from > to) throw wrongWayRound(from, to)
      if (to - from > spanMaxMs)
        throw problem('invalid-request', 'Ask for a shorter time: at most a week and an hour at once.', {
          errors: [{ field: 'from', message: `It is more than ${spanMaxMs} ms before "to".` }],
        })
      if (path.startsWith(placeSignals))
        await audit.seldom(request, { action: 'disclose-place', target: { kind: 'vehicle', id: vehicle } })
      const rules = { catalogue: catalogueOf(vehicleKey(twin)), clockAheadMs }
      return turns.take(() =>
        readSeries(storage.messages, twin, { path, from, to, spans }, rules, () => request.raw.socket.destroyed),
      )
    },
  )
}
