// Queries of links, and what a link shows.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Listing, SharedVehicle, ShareInfo, TrackColumns } from '../../../src/api/contract.ts'
import { getByToken, getJson } from '../api/client.ts'

export const sharesPath = (vehicle: string): string => `/vehicles/${encodeURIComponent(vehicle)}/shares`

export const sharesQuery = (vehicle: string) =>
  infiniteQueryOptions({
    queryKey: ['/shares', vehicle],
    queryFn: ({ pageParam, signal }) =>
      getJson<Listing<ShareInfo>>(sharesPath(vehicle), { limit: 100, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Listing<ShareInfo>) => page.next,
  })

export const sharedQuery = (token: string) =>
  queryOptions({
    queryKey: ['/share', token],
    queryFn: ({ signal }) => getByToken<SharedVehicle>(token, '/share', signal),
    refetchInterval: 5000,
  })

/** A trip's way so far. */
export const sharedTrackQuery = (token: string) =>
  queryOptions({
    queryKey: ['/share/track', token],
    queryFn: ({ signal }) => getByToken<TrackColumns>(token, '/share/track', signal),
    refetchInterval: 20_000,
  })
