// The track of a trip, as columns and as GPX.
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { tripsModel, type Trip } from '../../read-models/trips/trips.ts'
import { answers, signedIn } from '../answers.ts'
import type { TrackColumns } from '../contract.ts'
import { gpxOf } from '../gpx.ts'
import { named, query, queryInstant, rowId, trackSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { readTrack, readWholeTrack } from './read-track.ts'
import { calledBy, findRow, type RouteParts } from './route-parts.ts'

const params = Type.Object({ id: rowId })
const tags = ['trips']
const gpxMediaType = 'application/gpx+xml'

export function registerTripRoutes(server: Server, { storage, audit, rights }: RouteParts): void {
  const disclosed = (request: FastifyRequest, { vehicle }: Trip): Promise<void> =>
    audit.seldom(request, { action: 'disclose-place', target: { kind: 'vehicle', id: vehicle } })
  /** A trip whose places are seen, and so all of its track. */
  const tripOf = (request: FastifyRequest, id: string): Promise<Trip> =>
    findRow(storage.trips, tripsModel, rights.reach(calledBy(request), ['trips:read', 'places:read']), id)

  server.get(
    '/trips/:id/track',
    {
      config: { paced: true, needs: 'places:read' },
      schema: {
        tags,
        operationId: 'getTripTrack',
        summary: 'Where the vehicle was during a trip and how fast',
        params,
        querystring: query({ from: queryInstant('Go on from here when the answer before was truncated.') }),
        response: answers({ status: 200, description: 'The track', schema: named(trackSchema) }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<TrackColumns> => {
      const trip = await tripOf(request, request.params.id)
      await disclosed(request, trip)
      const { tenant, vehicle, startAt, endAt } = trip
      return readTrack(storage.tracks, { tenant, vehicle }, Math.max(startAt, request.query.from ?? startAt), endAt)
    },
  )

  server.get(
    '/trips/:id/track.gpx',
    {
      config: { paced: true, needs: 'places:read' },
      schema: {
        tags,
        operationId: 'getTripGpx',
        summary:
          'The track of a trip as GPX 1.1, whole; a silence of more than a minute, or a stretch without places, parts its segments',
        params,
        response: answers({ status: 200, description: 'The file', schema: Type.String(), mediaType: gpxMediaType }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request, reply) => {
      const trip = await tripOf(request, request.params.id)
      await disclosed(request, trip)
      const { id, tenant, vehicle, startAt, endAt } = trip
      const pieces = gpxOf(
        `${vehicle} ${new Date(startAt).toISOString()}`,
        readWholeTrack(storage.tracks, { tenant, vehicle }, startAt, endAt),
      )
      return reply
        .type(`${gpxMediaType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="${id.replaceAll(/[^\w.-]/g, '_')}.gpx"`)
        .send(Readable.from(pieces))
    },
  )
}
