// All vehicles: searched and filtered by the server, loaded as one scrolls, with live values. It
// does all that the map does.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { vehiclesQuery, type VehicleQuery } from '../api/queries.ts'
import { formatCount } from '../format/units.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { VehicleTable } from './vehicle-table.tsx'
import { SearchField } from '../shell/search-field.tsx'

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
  const filtered = search !== '' || powertrain !== '' || state !== ''

  return (
    <div className="page full">
      <PageHeader
        title="Vehicles"
        note={
          total === undefined ? undefined : (
            <span role="status">{`${formatCount(total)} ${filtered ? 'match' : 'known'}`}</span>
          )
        }
      />
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField
          label="Search by vehicle id"
          placeholder="Search by vehicle id"
          maxLength={63}
          value={search}
          onChange={(text) => change({ search: text })}
        />
        <label className="select-label">
          <span className="for-readers">State</span>
          <select value={state} onChange={(event) => change({ state: event.target.value as VehicleQuery['state'] })}>
            <option value="">Any state</option>
            <option value="moving">Moving</option>
            <option value="parked">Parked</option>
            <option value="silent">Silent</option>
          </select>
        </label>
        <label className="select-label">
          <span className="for-readers">Powertrain</span>
          <select
            value={powertrain}
            onChange={(event) => change({ powertrain: event.target.value as VehicleQuery['powertrain'] })}
          >
            <option value="">Any powertrain</option>
            <option value="COMBUSTION">Combustion</option>
            <option value="HYBRID">Hybrid</option>
            <option value="ELECTRIC">Electric</option>
          </select>
        </label>
        <label className="select-label">
          <span className="for-readers">Order</span>
          <select value={sort} onChange={(event) => change({ sort: event.target.value as VehicleQuery['sort'] })}>
            <option value="">By vehicle id</option>
            <option value="receivedAt">Last heard first</option>
          </select>
        </label>
        {filtered ? (
          <button
            type="button"
            className="button small"
            onClick={() => change({ search: '', powertrain: '', state: '' })}
          >
            Clear
          </button>
        ) : null}
      </form>
      {data !== undefined ? <Outdated error={error} /> : null}
      {isPending ? (
        <Loading what="the vehicles" />
      ) : data === undefined ? (
        <Failed what="vehicles" error={error} retry={() => void refetch()} />
      ) : rows.length === 0 ? (
        filtered ? (
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
