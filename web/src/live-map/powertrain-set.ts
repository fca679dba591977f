// The vehicles of one powertrain, for the map's filter: positions do not say it, the list does.
// Asked for once, page by page.
import { queryOptions } from '@tanstack/react-query'
import type { VehicleListing } from '../../../src/api/contract.ts'
import { getJson } from '../api/client.ts'
import type { Powertrain } from './map-filter.ts'

/** 100,000 vehicles at this page size. */
const pagesMax = 200
const pageRows = 500

export const powertrainSetQuery = (powertrain: Powertrain | 'all') =>
  queryOptions({
    queryKey: ['/vehicles', 'powertrain-set', powertrain],
    enabled: powertrain !== 'all',
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }): Promise<ReadonlySet<string>> => {
      const found = new Set<string>()
      let after: string | undefined
      for (let page = 0; page < pagesMax; page++) {
        const listing: VehicleListing = await getJson('/vehicles', { powertrain, limit: pageRows, after }, signal)
        for (const { vehicle } of listing.rows) found.add(vehicle)
        after = listing.next
        if (after === undefined) break
      }
      return found
    },
  })
