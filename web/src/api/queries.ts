// Queries of the pages to the API, each with its key. Lists come in pages; `next` of one is `after`
// of the following.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  Alert,
  ClientSessionDetail,
  ClientSessionListing,
  ListedRow,
  Listing,
  RawMessage,
  ReadModelName,
  SignalSeries,
  SystemState,
  TrackColumns,
  Trip,
  VehicleDetail,
  VehicleListing,
} from '../../../src/api/contract.ts'
import { getJson } from './client.ts'
import { sessionPath } from './session-path.ts'

const pageRows = 100
/** Parts of one trip's track that are fetched; a day at one sample a second is well within. */
const trackPartsMax = 20

export type VehicleQuery = {
  readonly search: string
  readonly powertrain: '' | 'COMBUSTION' | 'HYBRID' | 'ELECTRIC'
  readonly state: '' | 'moving' | 'parked' | 'silent'
  readonly sort: '' | 'receivedAt'
}

function paged<Row>(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
  limit = pageRows,
) {
  return infiniteQueryOptions({
    queryKey: [path, query, limit] as const,
    queryFn: ({ pageParam, signal }) => getJson<Listing<Row>>(path, { ...query, limit, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Listing<Row>) => page.next,
    placeholderData: keepPreviousData,
  })
}

/** The list of a read model, whose route has its name, page by page. */
export const listQuery = <Name extends ReadModelName>(
  name: Name,
  filter: Readonly<Record<string, string | number | boolean | undefined>>,
) => paged<ListedRow<Name>>(`/${name}`, filter)

export const vehiclesQuery = (filter: VehicleQuery) =>
  infiniteQueryOptions({
    queryKey: ['/vehicles', filter] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<VehicleListing>('/vehicles', { ...filter, limit: pageRows, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: VehicleListing) => page.next,
    placeholderData: keepPreviousData,
  })

const vehiclePath = (vehicle: string): string => `/vehicles/${encodeURIComponent(vehicle)}`

export const vehicleQuery = (vehicle: string) =>
  queryOptions({
    queryKey: ['/vehicle', vehicle],
    queryFn: ({ signal }) => getJson<VehicleDetail>(vehiclePath(vehicle), {}, signal),
    refetchInterval: 2000,
  })

/** The last `windowMs` of a vehicle's way up to `to`, the newest instant it measured as far as is
 *  known: it is moved on with each fetch. */
export const vehicleTrackQuery = (vehicle: string, windowMs: number, to: number) =>
  queryOptions({
    queryKey: ['/vehicle', vehicle, 'track', windowMs],
    queryFn: ({ signal }) =>
      getJson<TrackColumns>(`${vehiclePath(vehicle)}/track`, { from: to - windowMs, to: to + 60_000 }, signal),
    refetchInterval: 15_000,
  })

/** The last `spanMs` of a signal up to `to`, as of the track. A long time is much to read, and is
 *  asked for less often. */
export const seriesQuery = (vehicle: string, path: string, spanMs: number, to: number) =>
  queryOptions({
    queryKey: ['/vehicle', vehicle, 'series', path, spanMs],
    queryFn: ({ signal }) =>
      // The newest instant of a car whose clock was never set may be 0, and none before it may be
      // asked for.
      getJson<SignalSeries>(
        `${vehiclePath(vehicle)}/signals/${encodeURIComponent(path)}/series`,
        { from: Math.max(0, to - spanMs), to },
        signal,
      ),
    refetchInterval: spanMs <= 3_600_000 ? 15_000 : 300_000,
  })

export const messagesQuery = (vehicle: string, stream: string) =>
  paged<RawMessage>(`${vehiclePath(vehicle)}/messages`, { stream }, 25)
export const tripsQuery = (filter: { readonly vehicle?: string; readonly from?: number; readonly to?: number }) =>
  listQuery('trips', filter)
export const alertsQuery = (filter: { readonly vehicle?: string; readonly kind?: string }) =>
  listQuery('alerts', filter)
export const ledgerQuery = (filter: { readonly vehicle?: string; readonly troubled?: boolean }) =>
  listQuery('ledger', filter)
export const anomaliesQuery = (filter: { readonly vehicle: string }) => listQuery('anomalies', filter)

export const tripQuery = (id: string) =>
  queryOptions({
    queryKey: ['/trip', id],
    queryFn: ({ signal }) => getJson<Trip>(`/trips/${encodeURIComponent(id)}`, {}, signal),
  })

export const tripTrackQuery = (id: string) =>
  queryOptions({
    queryKey: ['/trip', id, 'track'],
    queryFn: ({ signal }) => wholeTripTrack(id, signal),
  })

/** A long trip's track comes in several answers: each goes on where the one before ended. */
async function wholeTripTrack(id: string, signal: AbortSignal): Promise<TrackColumns> {
  const path = `/trips/${encodeURIComponent(id)}/track`
  let track = await getJson<TrackColumns>(path, {}, signal)
  for (let part = 1; track.truncated && part < trackPartsMax; part++) {
    const more = await getJson<TrackColumns>(path, { from: (track.at.at(-1) ?? 0) + 1 }, signal)
    track = {
      at: [...track.at, ...more.at],
      lat: [...track.lat, ...more.lat],
      lon: [...track.lon, ...more.lon],
      speedKmh: [...track.speedKmh, ...more.speedKmh],
      truncated: more.truncated && more.at.length > 0,
    }
  }
  return track
}

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ['/alert', id],
    queryFn: ({ signal }) => getJson<Alert>(`/alerts/${encodeURIComponent(id)}`, {}, signal),
  })

export type SessionFilter = { readonly search: string; readonly state: '' | 'connected' | 'away' }

/** Pages that are renewed often; each costs the gateway a look at all sessions. */
const fewPages = 3

export const sessionsQuery = (filter: SessionFilter) =>
  infiniteQueryOptions({
    queryKey: ['/sessions', filter] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<ClientSessionListing>('/sessions', { ...filter, limit: pageRows, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: ClientSessionListing) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) <= fewPages ? 5000 : 30_000),
  })

export const sessionQuery = (clientId: string) =>
  queryOptions({
    queryKey: ['/sessions', 'one', clientId],
    queryFn: ({ signal }) => getJson<ClientSessionDetail>(sessionPath(clientId), {}, signal),
    refetchInterval: ({ state: { error } }) => (error === null ? 2000 : 5000),
  })

/** The session of a vehicle, null when it has none. Not asked for again where it cannot be told. */
export const vehicleSessionQuery = (vehicle: string) =>
  queryOptions({
    queryKey: ['/sessions', 'of', vehicle],
    queryFn: async ({ signal }) =>
      (await getJson<ClientSessionListing>('/sessions', { vehicle, limit: 1 }, signal)).rows[0] ?? null,
    retry: false,
    refetchInterval: ({ state: { error } }) => (error === null ? 5000 : false),
  })

export const systemQuery = queryOptions({
  queryKey: ['/system'],
  queryFn: ({ signal }) => getJson<SystemState>('/system', {}, signal),
  refetchInterval: 2000,
})
