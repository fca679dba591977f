// All vehicles: searched and filtered by the server, loaded as one scrolls, with live values. It
// does all that the map does.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { vehiclesQuery, type VehicleQuery } from '../api/queries.ts'
import { formatCount } from '../format/units.ts'
import { ImportButton } from '../registry/import-dialog.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { VehicleFilters } from './vehicle-filters.tsx'
import { VehicleTable } from './vehicle-table.tsx'

function readFilter(search: string): VehicleQuery {
  const query = new URLSearchParams(search)
  const one = <Value extends string>(name: string, allowed: readonly Value[]): Value | '' =>
    allowed.find((value) => value === query.get(name)) ?? ''
  return {
    search: query.get('search') ?? '',
    powertrain: one('powertrain', ['COMBUSTION', 'HYBRID', 'ELECTRIC']),
    state: one('state', ['moving', 'parked', 'silent']),
    sort: one('sort', ['receivedAt']),
  }
}

export default function VehiclesPage() {
  const [, navigate] = useLocation()
  const filter = readFilter(useSearch())
  const { search, powertrain, state, sort } = filter
  const deferred = useDeferredValue(search)
  const asked = useMemo(
    () => ({ search: deferred.trim(), powertrain, state, sort }),
    [deferred, powertrain, state, sort],
  )
  const { data, error, isPending, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery({
      ...vehiclesQuery(asked),
      refetchOnWindowFocus: false,
    })
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data])
  const total = data?.pages[0]?.total

  const change = (patch: Partial<VehicleQuery>): void => {
    const query = new URLSearchParams(Object.entries({ ...filter, ...patch }).filter(([, value]) => value !== ''))
    navigate(query.size === 0 ? '/vehicles' : `/vehicles?${query}`, { replace: true })
  }
  const isFiltered = search !== '' || powertrain !== '' || state !== ''

  return (
    <div className="page full">
      <PageHeader
        title="Vehicles"
        note={
          total === undefined ? undefined : (
            <span role="status">{`${formatCount(total)} ${isFiltered ? 'match' : 'known'}`}</span>
          )
        }
      >
        <ImportButton />
      </PageHeader>
      <VehicleFilters filter={filter} isFiltered={isFiltered} change={change} />
      {data !== undefined ? <Outdated error={error} /> : null}
      {isPending ? (
        <Loading what="the vehicles" />
      ) : data === undefined ? (
        <Failed what="vehicles" error={error} retry={() => void refetch()} />
      ) : rows.length === 0 ? (
        isFiltered ? (
          <Empty title="No vehicle matches">Try a shorter part of the id, or clear the filters.</Empty>
        ) : (
          <Empty title="No vehicle has been heard yet">
            As soon as a car publishes its first message it is listed here.
          </Empty>
        )
      ) : (
        <VehicleTable
          rows={rows}
          total={total ?? rows.length}
          faded={isPlaceholderData}
          loadMore={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
          }}
        />
      )}
    </div>
  )
}
