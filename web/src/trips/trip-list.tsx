// Trips as a table, in the order of the API, loaded as one scrolls.
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'wouter'
import type { Listing, Trip } from '../../../src/api/contract.ts'
import { formatDuration } from '../format/time.ts'
import { formatDistance, formatEnergy, formatFuel, formatSpeed, none } from '../format/units.ts'
import { Instant } from '../shell/instant.tsx'
import { Empty, Failed, Loading } from '../shell/page-states.tsx'
import { VirtualTable } from '../shell/virtual-table.tsx'
import { MarkBadge, WhoseClock } from '../twin/clock-badge.tsx'
import { averageSpeedKmh, durationOr, tripState } from './trip-words.ts'

const features = tableFeatures({})
const helper = createColumnHelper<typeof features, Trip>()

const started = helper.accessor('startAt', {
  header: 'Start',
  cell: ({ row: { original: trip } }) => (
    <Link href={`/trips/${encodeURIComponent(trip.id)}`} className="row-link">
      <span className="for-readers">Trip of {trip.vehicle} at </span>
      <Instant at={trip.startAt} />
    </Link>
  ),
})
const ofVehicle = helper.accessor('vehicle', {
  header: 'Vehicle',
  cell: ({ getValue }) => (
    <Link href={`/vehicles/${encodeURIComponent(getValue())}`} className="mono">
      {getValue()}
    </Link>
  ),
})
const figures = helper.columns([
  helper.accessor('distanceM', { header: 'Distance', cell: ({ getValue }) => formatDistance(getValue()) }),
  helper.accessor('durationMs', { header: 'Duration', cell: ({ getValue }) => formatDuration(getValue()) }),
  helper.accessor('idleMs', { header: 'Idle', cell: ({ getValue }) => durationOr(getValue()) }),
  helper.display({ id: 'average', header: 'Average', cell: ({ row }) => formatSpeed(averageSpeedKmh(row.original)) }),
  helper.accessor('maxSpeedKmh', { header: 'Top', cell: ({ getValue }) => formatSpeed(getValue()) }),
  helper.display({
    id: 'used',
    header: 'Used',
    cell: ({ row: { original: trip } }) =>
      [
        trip.fuelL === null ? null : formatFuel(trip.fuelL),
        trip.energyKwh === null ? null : formatEnergy(trip.energyKwh),
      ]
        .filter((part) => part !== null)
        .join(', ') || none,
  }),
  helper.accessor('status', {
    header: 'State',
    cell: ({ row: { original: trip } }) => (
      <>
        <span className={trip.status === 'open' ? 'badge moving' : 'help'}>{tripState(trip)}</span>{' '}
        <MarkBadge clockDoubt={trip.clockDoubt} /> <WhoseClock clock={trip.clock} />
      </>
    ),
  }),
])
const withVehicleColumns = helper.columns([started, ofVehicle, ...figures])
const ownColumns = helper.columns([started, ...figures])

type Props = { readonly query: UseInfiniteQueryResult<InfiniteData<Listing<Trip>>>; readonly withVehicle?: boolean }

export function TripList({ query, withVehicle = true }: Props) {
  const { data, error, isPending, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data])
  const table = useTable({
    features,
    columns: withVehicle ? withVehicleColumns : ownColumns,
    data: rows,
    getRowId: (row) => row.id,
  })
  if (isPending) return <Loading what="the trips" />
  if (data === undefined) return <Failed what="trips" error={error} retry={() => void refetch()} />
  if (rows.length === 0)
    return <Empty title="No trip">A trip begins when a car drives off, and appears here within seconds.</Empty>
  return (
    <VirtualTable
      label="Trips"
      className={`trips-table ${isPlaceholderData ? 'faded' : ''} ${withVehicle ? '' : 'embedded'}`}
      total={hasNextPage ? -2 : rows.length}
      head={(table.getHeaderGroups()[0]?.headers ?? []).map((header) => ({
        id: header.column.id,
        content: <table.FlexRender header={header} />,
      }))}
      rows={table.getRowModel().rows.map((row) => ({
        id: row.id,
        cells: () =>
          row.getAllCells().map((cell) => ({ id: cell.column.id, content: <table.FlexRender cell={cell} /> })),
      }))}
      loadMore={() => {
        if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
      }}
    />
  )
}
