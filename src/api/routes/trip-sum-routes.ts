// Sums of trips by vehicle: a fleet's month, or the consumption of a vehicle's day.
import { Type } from 'typebox'
import { tripSumShape } from '../../read-models/trips/trip-sums.ts'
import { tripsModel } from '../../read-models/trips/trips.ts'
import { answers, signedIn } from '../answers.ts'
import type { Listing, TripSum } from '../contract.ts'
import { listing } from '../listing.ts'
import { listingOf, pageQuery, query } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { calledBy, given, type RouteParts } from './route-parts.ts'

const { vehicle, from, to } = tripsModel.filters

export function registerTripSumRoutes(server: Server, { storage, cursors, rights }: RouteParts): void {
  server.get(
    '/trips/sums',
    {
      config: { paced: true, needs: 'trips:read' },
      schema: {
        tags: ['trips'],
        operationId: 'sumTrips',
        summary: 'Sums of trips by vehicle, those of the list for the same time',
        querystring: query({
          vehicle: Type.Optional(vehicle.query),
          from: Type.Optional(from.query),
          to: Type.Optional(to.query),
          ...pageQuery,
        }),
        response: answers({ status: 200, description: 'A page of sums', schema: listingOf(tripSumShape) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    (request): Promise<Listing<TripSum>> => {
      const reach = rights.reach(calledBy(request), 'trips:read')
      const { limit, after, ...asked } = request.query
      const filter = given(asked)
      return listing(
        cursors,
        ['trip sums', reach.tenant],
        { ...given({ limit, after }), ...filter },
        (page) => storage.trips.sums(reach, filter, page),
        (sum) => sum,
      )
    },
  )
}
