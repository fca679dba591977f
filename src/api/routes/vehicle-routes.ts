// Vehicles: the list, one with all its values, its track and its raw messages.
import { Type } from 'typebox'
import type { Catalogue } from '../../model/catalogue.ts'
import type { ListedSignal, Twin } from '../../model/twin.ts'
import { noFields } from '../../model/registry.ts'
import { saysWhere } from '../../model/place-signals.ts'
import type { VehicleFacts } from '../../model/vehicle-kind.ts'
import { vehicleKey } from '../../model/vehicle-id.ts'
import type { Permission } from '../../rights/permissions.ts'
import type { PageRequest } from '../../storage/page.ts'
import { parseCircle } from '../../model/circle.ts'
import { twinPlace, twinSpeedKmh } from '../../model/merge-twin.ts'
import type { VehicleFilter } from '../../storage/twin-store.ts'
import { answers, signedIn } from '../answers.ts'
import type {
  Listing,
  RawMessage,
  TrackColumns,
  VehicleDetail,
  VehicleListing,
  VehicleRow,
  VehicleSignal,
} from '../contract.ts'
import { listing } from '../listing.ts'
import { askedCircle, vehicleId } from '../../read-models/schema-parts.ts'
import {
  listingOf,
  named,
  pageQuery,
  query,
  queryInstant,
  queryStream,
  rawMessageSchema,
  trackSchema,
} from '../schemas.ts'
import { isAlways } from '../rights.ts'
import type { Server } from '../server-types.ts'
import { queryPowertrain, vehicleDetailSchema, vehicleRowSchema } from '../vehicle-schemas.ts'
import { readSeenTrack } from './read-track.ts'
import {
  calledBy,
  findTwin,
  given,
  lastSeen,
  placesSeenBy,
  seenSpans,
  tenantOf,
  type RouteParts,
} from './route-parts.ts'

/** A vehicle not heard for this long, by our clock, is silent; the trips job takes the same time
 *  for the end of a trip. */
const silenceMs = 300_000
const trackUsualMs = 3_600_000

const params = Type.Object({ vehicle: vehicleId })
const tags = ['vehicles']

export function registerVehicleRoutes(server: Server, parts: RouteParts): void {
  registerList(server, parts)
  registerOne(server, parts)
  registerTrack(server, parts)
  registerMessages(server, parts)
}

function registerList(server: Server, parts: RouteParts): void {
  const { storage, cursors, rights, clock, vehicles } = parts
  server.get(
    '/vehicles',
    {
      config: { paced: true, needs: 'vehicles:read', hasPlaces: true },
      schema: {
        tags,
        operationId: 'listVehicles',
        summary: 'Vehicles, with where they were last, how they are and when they were heard',
        querystring: query({
          search: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 63,
              description: 'A part of the vehicle id, or of its name, plate or a tag, in any case.',
            }),
          ),
          powertrain: queryPowertrain,
          state: Type.Optional(
            Type.Enum(['moving', 'parked', 'silent'], {
              description: `Silent: not heard for ${silenceMs / 1000} s, by our clock; the others were, whatever instants they measured at.`,
            }),
          ),
          near: Type.Optional(askedCircle('Vehicles whose last known place lies within.')),
          sort: Type.Optional(
            Type.Enum(['vehicle', 'receivedAt'], {
              default: 'vehicle',
              description:
                'By vehicle id, or last heard first; a vehicle that is heard while pages are read may then be passed over.',
            }),
          ),
          ...pageQuery,
        }),
        response: answers(
          {
            status: 200,
            description: 'A page of vehicles',
            schema: listingOf(vehicleRowSchema, { total: Type.Integer({ description: 'All that match the filter.' }) }),
          },
          ['invalid-cursor', ...signedIn],
        ),
      },
    },
    async (request): Promise<VehicleListing> => {
      const { state, search, powertrain, near, sort } = request.query
      const caller = calledBy(request)
      // Who asks for what lies somewhere must see where it lies.
      if (near !== undefined) rights.demand(caller, 'places:read')
      const reach = rights.reachNow(caller, near === undefined ? 'vehicles:read' : ['vehicles:read', 'places:read'])
      const seen = placesSeenBy(parts, request, placedRow)
      const filter: VehicleFilter = {
        ...given({ search, powertrain }),
        ...(near !== undefined && { near: parseCircle(near) }),
        ...stateFilter(state, clock.now()),
      }
      const pageOf = (page: PageRequest) =>
        sort === 'receivedAt' ? storage.twins.listHeard(reach, filter, page) : storage.twins.list(reach, filter, page)
      const [page, total] = await Promise.all([
        listing(cursors, ['vehicles', reach.tenant], request.query, pageOf, (twin) =>
          seen(vehicleRow(twin, vehicles.of(vehicleKey(twin)))),
        ),
        storage.twins.count(reach, filter),
      ])
      return { ...page, rows: await withNames(storage, reach.tenant, page.rows), total }
    },
  )
}

function registerOne(server: Server, { storage, rights, catalogue, catalogueOf, vehicles }: RouteParts): void {
  const order: SignalOrder = new Map(catalogue.signals.map(({ path }, index) => [path, index]))

  server.get(
    '/vehicles/:vehicle',
    {
      config: { needs: 'vehicles:read', hasPlaces: true },
      schema: {
        tags,
        operationId: 'getVehicle',
        summary: 'The last known value of every signal of a vehicle, with its age',
        params,
        response: answers({ status: 200, description: 'The vehicle', schema: named(vehicleDetailSchema) }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<VehicleDetail> => {
      const caller = calledBy(request)
      const seesNow = (needed: Permission): boolean => rights.sees(rights.sight(caller, needed), request.params.vehicle)
      const twin = await findTwin(
        storage,
        seesNow('vehicles:read') ? { tenant: caller.tenant, vehicle: request.params.vehicle } : undefined,
      )
      const { vehicle, at, receivedAt, carClock, signals } = twin
      const key = vehicleKey(twin)
      return {
        vehicle,
        ...vehicles.of(key),
        at,
        receivedAt,
        carClock,
        signals: signalsOf(signals, catalogueOf(key), order).filter(
          ({ path }) => !saysWhere(path) || seesNow('places:read'),
        ),
      }
    },
  )
}

function registerTrack(server: Server, parts: RouteParts): void {
  const { storage } = parts
  server.get(
    '/vehicles/:vehicle/track',
    {
      config: { paced: true, needs: 'places:read', hasPlaces: true },
      schema: {
        tags,
        operationId: 'getVehicleTrack',
        summary: 'Where a vehicle was and how fast',
        params,
        querystring: query({
          from: queryInstant('First instant; an hour before "to" when absent.'),
          to: queryInstant('Last instant; the newest the vehicle measured when absent.'),
        }),
        response: answers({ status: 200, description: 'The track', schema: named(trackSchema) }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<TrackColumns> => {
      const tenant = tenantOf(request)
      const { vehicle } = request.params
      const spans = seenSpans(parts, request, 'places:read', vehicle)
      const twin = await findTwin(storage, { tenant, vehicle })
      const { to = lastSeen(spans, twin.at), from = to - trackUsualMs } = request.query
      return readSeenTrack(storage.tracks, { tenant, vehicle }, from, to, spans)
    },
  )
}

function registerMessages(server: Server, { storage, cursors, rights }: RouteParts): void {
  server.get(
    '/vehicles/:vehicle/messages',
    {
      config: { paced: true, needs: 'messages:read', hasPlaces: true },
      schema: {
        tags,
        operationId: 'listVehicleMessages',
        summary: 'What a vehicle sent, as it came, newest first; kept for a limited time',
        params,
        querystring: query({ stream: queryStream, ...pageQuery }),
        response: answers({ status: 200, description: 'A page of messages', schema: listingOf(rawMessageSchema) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<Listing<RawMessage>> => {
      const tenant = tenantOf(request)
      const { vehicle } = request.params
      // A vehicle that was never heard has no messages either.
      const spans = rights.spans(calledBy(request), 'messages:read', vehicle)
      const filter = { ...given({ stream: request.query.stream }), ...(!isAlways(spans) && { receivedIn: spans }) }
      return listing(
        cursors,
        ['messages', tenant, vehicle],
        request.query,
        (page) => storage.messages.list({ tenant, vehicle }, filter, page),
        ({ id, stream, at, receivedAt, body }) => ({ id, stream, at, receivedAt, body }),
      )
    },
  )
}

/** The place of a path in the catalogue. */
type SignalOrder = ReadonlyMap<string, number>

/** In the order of the catalogue; signals that it has not come last, by their paths. */
function signalsOf(signals: Twin['signals'], taken: Catalogue, order: SignalOrder): VehicleSignal[] {
  const placeOf = (path: string): number => order.get(path) ?? order.size
  return Object.entries(signals)
    .map(([path, value]) => {
      const known = taken.find(path)
      return {
        path,
        ...value,
        unit: known?.unit ?? null,
        group: known?.group ?? 'Other',
        ...given({ description: known?.description }),
      }
    })
    .sort((one, other) => placeOf(one.path) - placeOf(other.path) || (one.path < other.path ? -1 : 1))
}

/** Rows with what people call the vehicles. */
async function withNames(
  { registry }: Pick<RouteParts['storage'], 'registry'>,
  tenant: string,
  rows: readonly Unnamed[],
): Promise<readonly VehicleRow[]> {
  const entries = await registry.entries(
    tenant,
    rows.map(({ vehicle }) => vehicle),
  )
  const known = new Map(entries.map((entry) => [entry.vehicle, entry]))
  return rows.map(({ vehicle, ...row }) => {
    const { name, plate } = known.get(vehicle) ?? noFields
    return { vehicle, name, plate, ...row }
  })
}

type Unnamed = Omit<VehicleRow, 'name' | 'plate'>

/** Rows of vehicles tell of now. */
const placedRow = { places: ['place'], keys: {}, shape: vehicleRowSchema }

function stateFilter(state: 'moving' | 'parked' | 'silent' | undefined, now: number): VehicleFilter {
  if (state === undefined) return {}
  return state === 'silent'
    ? { silentSince: now - silenceMs }
    : { moving: state === 'moving', heardSince: now - silenceMs }
}

export function vehicleRow(twin: Twin, facts: VehicleFacts): Unnamed {
  const { vehicle, at, receivedAt, carClock, signals } = twin
  const text = (path: ListedSignal): unknown => signals[path]?.value
  const number = (path: ListedSignal): number | null => {
    const value = text(path)
    return typeof value === 'number' ? value : null
  }
  const powertrain = text('Vehicle.Powertrain.Type')
  return {
    vehicle,
    ...facts,
    powertrain: powertrain === 'COMBUSTION' || powertrain === 'HYBRID' || powertrain === 'ELECTRIC' ? powertrain : null,
    at,
    receivedAt,
    carClock,
    speedKmh: twinSpeedKmh(twin),
    place: twinPlace(twin),
    energyPercent:
      number('Vehicle.Powertrain.FuelSystem.RelativeLevel') ??
      number('Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed') ??
      number('Vehicle.Powertrain.TractionBattery.StateOfCharge.Current'),
  }
}
