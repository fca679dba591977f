// Trips: the list, one, and its track, as columns and as GPX.
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Trip } from '../../model/read-models.ts'
import { answers, signedIn } from '../answers.ts'
import type { Listing, TrackColumns } from '../contract.ts'
import { gpxOf } from '../gpx.ts'
import { listing } from '../listing.ts'
import { problem } from '../problem.ts'
import { vehicleId } from '../schema-parts.ts'
import { listingOf, named, pageQuery, query, queryInstant, rowId, trackSchema, tripSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { readTrack, readWholeTrack } from './read-track.ts'
import { given, tenantOf, type RouteParts } from './route-parts.ts'

const params = Type.Object({ id: rowId })
const tags = ['trips']
const gpxMediaType = 'application/gpx+xml'

export function registerTripRoutes(server: Server, { storage, cursors }: RouteParts): void {
  server.get(
    '/trips',
    {
      config: { paced: true },
      schema: {
        tags,
        operationId: 'listTrips',
        summary: 'Trips, newest start first; one whose clock is ahead stands where it was last heard',
        querystring: query({
          vehicle: Type.Optional(vehicleId),
          from: queryInstant('Trips that start at or after this; where the clock is ahead, that were last heard then.'),
          to: queryInstant('Trips that start, or were last heard, before this.'),
          ...pageQuery,
        }),
        response: answers({ status: 200, description: 'A page of trips', schema: listingOf(tripSchema) }, ['invalid-cursor', ...signedIn]),
      },
    },
    async (request): Promise<Listing<Trip>> => {
      const tenant = tenantOf(request)
      const { vehicle, from, to } = request.query
      const filter = given({ vehicle, from, to })
      return listing(
        cursors,
        ['trips', tenant],
        request.query,
        (page) => storage.trips.list(tenant, filter, page),
        (trip) => trip,
      )
    },
  )

  const tripOf = async (id: string, tenant: string): Promise<Trip> => {
    const trip = await storage.trips.get(tenant, id)
    if (trip === undefined)
      throw problem(
        'not-found',
        'There is no trip of that id. Late data may have moved its start, which gives it another: the list of trips has it.',
      )
    return trip
  }

  server.get(
    '/trips/:id',
    {
      schema: {
        tags,
        operationId: 'getTrip',
        summary: 'One trip',
        params,
        response: answers({ status: 200, description: 'The trip', schema: named(tripSchema) }, ['not-found', ...signedIn]),
      },
    },
    (request): Promise<Trip> => tripOf(request.params.id, tenantOf(request)),
  )

  server.get(
    '/trips/:id/track',
    {
      config: { paced: true },
      schema: {
        tags,
        operationId: 'getTripTrack',
        summary: 'Where the vehicle was during a trip and how fast',
        params,
        querystring: query({ from: queryInstant('Go on from here when the answer before was truncated.') }),
        response: answers({ status: 200, description: 'The track', schema: named(trackSchema) }, ['not-found', ...signedIn]),
      },
    },
    async (request): Promise<TrackColumns> => {
      const { tenant, vehicle, startAt, endAt } = await tripOf(request.params.id, tenantOf(request))
      return readTrack(storage.tracks, { tenant, vehicle }, Math.max(startAt, request.query.from ?? startAt), endAt)
    },
  )

  server.get(
    '/trips/:id/track.gpx',
    {
      config: { paced: true },
      schema: {
        tags,
        operationId: 'getTripGpx',
        summary: 'The track of a trip as GPX 1.1, whole; a silence of more than a minute, or a stretch without places, parts its segments',
        params,
        response: answers({ status: 200, description: 'The file', schema: Type.String(), mediaType: gpxMediaType }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request, reply) => {
      const { id, tenant, vehicle, startAt, endAt } = await tripOf(request.params.id, tenantOf(request))
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
