// Links to a vehicle, for somebody without an account: made, listed and ended by people who may,
// and looked at by whoever has one.
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { vehicleId } from '../../read-models/schema-parts.ts'
import { listedAt, type Trip } from '../../read-models/trips/trips.ts'
import type { ShareLink, ShareStore } from '../../storage/share-store.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { Listing, MadeShare, SharedVehicle, ShareInfo, TrackColumns } from '../contract.ts'
import { listing } from '../listing.ts'
import { problem } from '../problem.ts'
import { readTrack } from '../routes/read-track.ts'
import { calledBy, findTwin, personCalling, type RouteParts } from '../routes/route-parts.ts'
import { vehicleRow } from '../routes/vehicle-routes.ts'
import { listingOf, named, pageQuery, query, queryInstant, rowId, trackSchema } from '../schemas.ts'
import type { LinkCaller, PersonCaller, Server } from '../server-types.ts'
import { mayShare, type ShareAccess } from './share-access.ts'
import { shareLimits } from './share-limits.ts'
import { madeShareSchema, sharedVehicleSchema, shareRequestSchema, shareSchema } from './share-schemas.ts'
import { newShareToken } from './share-token.ts'
import { wholeReach } from '../../storage/reach.ts'

export type ShareParts = RouteParts & {
  readonly shares: ShareStore
  readonly access: ShareAccess
  /** A link was ended: what hangs on it should end too. */
  readonly ended: () => void
}

const tags = ['shares']
const params = Type.Object({ vehicle: vehicleId })
const shareParams = Type.Object({ vehicle: vehicleId, share: rowId })

export function registerShareRoutes(server: Server, parts: ShareParts): void {
  registerMade(server, parts)
  registerMaking(server, parts)
  registerShared(server, parts)
}

/** Throws `not-found`, as of a vehicle that there is not, unless the caller may share it. */
function demandVehicle({ rights }: ShareParts, caller: PersonCaller, vehicle: string): void {
  if (!mayShare(rights, caller, vehicle))
    throw problem('not-found', 'There is no vehicle of that id that you may share.')
}

function registerMade(server: Server, parts: ShareParts): void {
  const { shares, access, audit, cursors, ended } = parts
  server.get(
    '/vehicles/:vehicle/shares',
    {
      config: { paced: true, needs: 'shares:make' },
      schema: {
        tags,
        operationId: 'listShares',
        summary: 'Links to a vehicle, newest first: who made them, until when they are, and when they were last used',
        params,
        querystring: query(pageQuery),
        response: answers({ status: 200, description: 'A page of links', schema: listingOf(shareSchema) }, [
          'not-found',
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    (request): Promise<Listing<ShareInfo>> => {
      const caller = personCalling(request)
      const { vehicle } = request.params
      demandVehicle(parts, caller, vehicle)
      const { tenant } = caller
      return listing(
        cursors,
        ['shares', tenant, vehicle],
        request.query,
        (page) => shares.list(tenant, vehicle, page),
        shareInfo,
      )
    },
  )

  server.delete(
    '/vehicles/:vehicle/shares/:share',
    {
      config: { needs: 'shares:make' },
      schema: {
        tags,
        operationId: 'endShare',
        summary: 'Ends a link at once, with what is open by it; anybody who may share the vehicle can',
        params: shareParams,
        response: answers({ status: 204, description: 'Ended' }, ['not-found', ...signedIn]),
      },
    },
    async (request, reply) => {
      const caller = personCalling(request)
      const { vehicle, share } = request.params
      demandVehicle(parts, caller, vehicle)
      await audit.change(
        request,
        { action: 'end', target: { kind: 'link', id: share }, before: { vehicle } },
        async () => {
          if ((await shares.remove(caller.tenant, vehicle, share)) === undefined)
            throw problem('not-found', 'There is no such link to the vehicle. Its list of links has those there are.')
        },
      )
      access.end(share)
      ended()
      return reply.status(204).send()
    },
  )
}

function registerMaking(server: Server, parts: ShareParts): void {
  const { shares, storage, audit, clock } = parts
  server.post(
    '/vehicles/:vehicle/shares',
    {
      config: { needs: 'shares:make' },
      schema: {
        tags,
        operationId: 'makeShare',
        summary: 'Makes a link that shows where a vehicle is until an instant, to whoever has it',
        params,
        body: shareRequestSchema,
        response: answers({ status: 201, description: 'Made', schema: named(madeShareSchema) }, [
          'not-found',
          'too-many-links',
          ...signedIn,
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<MadeShare> => {
      const caller = personCalling(request)
      const { tenant } = caller
      const { vehicle } = request.params
      demandVehicle(parts, caller, vehicle)
      await findTwin(storage, { tenant, vehicle })
      const now = clock.now()
      const { until, withTrip = false } = request.body
      demandUntil(until, now)
      await shares.removeEnded(now - shareLimits.keptMs)
      const there = await shares.list(tenant, vehicle, { limit: shareLimits.ofVehicleMax })
      if (there.rows.filter((each) => each.until > now).length >= shareLimits.ofVehicleMax)
        throw problem(
          'too-many-links',
          `There are ${shareLimits.ofVehicleMax} links to this vehicle: end one that nobody needs any more.`,
        )
      const { token, hash } = newShareToken()
      const share: ShareLink = {
        id: `share-${randomBytes(8).toString('hex')}`,
        tenant,
        vehicle,
        withTrip,
        from: withTrip ? await tripBeganAt(parts, caller, vehicle, now) : now,
        until,
        madeAt: now,
        makerId: caller.id,
        madeBy: caller.name,
        usedAt: null,
      }
      const { id, from } = share
      await audit.change(
        request,
        { action: 'share', target: { kind: 'vehicle', id: vehicle }, after: { link: id, withTrip, from, until } },
        () => shares.add(share, hash),
      )
      reply.status(201)
      return { ...shareInfo(share), token }
    },
  )
}

function demandUntil(until: number, now: number): void {
  if (until > now && until <= now + shareLimits.lifeMsMax) return
  const message = `A link ends at an instant to come, in ${shareLimits.lifeMsMax / 86_400_000} days at the latest.`
  throw problem('invalid-request', message, { errors: [{ field: 'until', message }] })
}

/** The start of the trip that the vehicle is on, so far as the maker sees it; now when there is
 *  none. */
async function tripBeganAt({ storage, rights }: ShareParts, maker: PersonCaller, vehicle: string, now: number) {
  const trip = await openTrip(storage, maker.tenant, vehicle)
  if (trip === undefined) return now
  const from = Math.min(now, listedAt(trip))
  return rights.sees(rights.sight(maker, 'trips:read'), vehicle, { from, to: now }) ? from : now
}

async function openTrip(storage: RouteParts['storage'], tenant: string, vehicle: string): Promise<Trip | undefined> {
  const [trip] = (await storage.trips.list(wholeReach(tenant), { vehicle }, { limit: 1 })).rows
  return trip?.status === 'open' ? trip : undefined
}

function registerShared(server: Server, parts: ShareParts): void {
  const { storage, vehicles, rights, audit } = parts
  const tripOf = async (caller: LinkCaller): Promise<Trip | undefined> => {
    const { tenant, vehicle, from } = caller.share
    if (!rights.may(caller, 'trips:read')) return undefined
    const trip = await openTrip(storage, tenant, vehicle)
    return trip !== undefined && listedAt(trip) >= from ? trip : undefined
  }

  server.get(
    '/share',
    {
      config: { paced: true, needs: 'vehicles:read', forLinks: true, hasPlaces: true },
      schema: {
        tags,
        operationId: 'getShared',
        summary: 'The vehicle that a link shows, for who has the link',
        response: answers({ status: 200, description: 'The vehicle', schema: named(sharedVehicleSchema) }, [
          'share-ended',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<SharedVehicle> => {
      const caller = linkOf(calledBy(request))
      const { tenant, vehicle, from, until } = caller.share
      const twin = await storage.twins.get({ tenant, vehicle })
      const nothing = { powertrain: null, at: null, receivedAt: null, speedKmh: null, place: null, energyPercent: null }
      const { powertrain, at, receivedAt, speedKmh, place, energyPercent } =
        twin === undefined ? nothing : vehicleRow(twin, vehicles.of(`${tenant}/${vehicle}`))
      const trip = await tripOf(caller)
      return {
        vehicle,
        from,
        until,
        powertrain,
        at,
        receivedAt,
        speedKmh,
        place,
        energyPercent,
        trip: trip === undefined ? null : { startAt: trip.startAt, distanceM: trip.distanceM },
      }
    },
  )

  server.get(
    '/share/track',
    {
      config: { paced: true, needs: 'trips:read', forLinks: true },
      schema: {
        tags,
        operationId: 'getSharedTrack',
        summary: 'The way of the trip that a link shows, so far; nothing where the vehicle is on none',
        querystring: query({ from: queryInstant('Go on from here.') }),
        response: answers({ status: 200, description: 'The track', schema: named(trackSchema) }, [
          'share-ended',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<TrackColumns> => {
      const caller = linkOf(calledBy(request))
      const trip = await tripOf(caller)
      if (trip === undefined) return { at: [], lat: [], lon: [], speedKmh: [], truncated: false }
      const { tenant, vehicle } = caller.share
      await audit.seldom(request, { action: 'disclose-place', target: { kind: 'vehicle', id: vehicle } })
      const from = Math.max(trip.startAt, request.query.from ?? trip.startAt)
      return readTrack(storage.tracks, { tenant, vehicle }, from, trip.endAt)
    },
  )
}

const shareInfo = ({ id, vehicle, withTrip, from, until, madeAt, madeBy, usedAt }: ShareLink): ShareInfo => ({
  id,
  vehicle,
  withTrip,
  from,
  until,
  madeAt,
  madeBy,
  usedAt,
})

function linkOf(caller: ReturnType<typeof calledBy>): LinkCaller {
  if (caller.kind === 'link') return caller
  throw problem('not-allowed', 'This is for who has a link. Open the link, or look at the vehicle itself.')
}
