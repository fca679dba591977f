// The vehicles as a table of which only the visible rows exist. Positions, speeds and ages are
// those of the live feed where it has them.
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table'
import { Link } from 'wouter'
import type { VehicleRow } from '../../../src/api/contract.ts'
import { formatPercent, formatSpeed } from '../format/units.ts'
import { heardAgo, staleAfterMs } from '../live/car-columns.ts'
import { useLive } from '../live/live-context.tsx'
import { locatePath } from '../live-map/map-filter.ts'
import { Icon } from '../shell/icons.tsx'
import { Age, Heard } from '../shell/instant.tsx'
import { useNow } from '../shell/now.ts'
import { VirtualTable } from '../shell/virtual-table.tsx'
import { ClockBadge } from '../twin/clock-badge.tsx'
import { newestOf, powertrainName, type Newest } from '../twin/twin-words.ts'
import { EnergyBar } from './energy-bar.tsx'
import { StateBadge } from './state-badge.tsx'

const features = tableFeatures({})
const helper = createColumnHelper<typeof features, VehicleRow>()

type LiveRow = Newest & { readonly ageMs: number }

/** A row as the feed knows it now; the list's own values where the feed has none. */
function useLiveRow(row: VehicleRow): LiveRow {
  const live = useLive()
  const nowAt = useNow()
  const car = live.now(row.vehicle)
  const newest = newestOf(car, row)
  return { ...newest, ageMs: heardAgo(newest.receivedAt, nowAt) }
}

function LiveState({ row }: { readonly row: VehicleRow }) {
  const { ageMs, speedKmh } = useLiveRow(row)
  return (
    <>
      <StateBadge ageMs={ageMs} speedKmh={speedKmh} /> <ClockBadge clock={row.carClock} />
    </>
  )
}

function LiveSpeed({ row }: { readonly row: VehicleRow }) {
  const { ageMs, speedKmh } = useLiveRow(row)
  return <span className={ageMs > staleAfterMs ? 'stale' : undefined}>{formatSpeed(speedKmh)}</span>
}

const LiveHeard = ({ row }: { readonly row: VehicleRow }) => <Heard receivedAt={useLiveRow(row).receivedAt} />

/** On a phone it is only shown where it says something else than when the car was heard. */
function LiveMeasured({ row }: { readonly row: VehicleRow }) {
  const { at, receivedAt } = useLiveRow(row)
  const isApart = receivedAt === null || Math.abs(receivedAt - at) > staleAfterMs
  return (
    <span className={isApart ? 'apart' : undefined}>
      <Age at={at} />
    </span>
  )
}

function Locate({ row: { vehicle, place } }: { readonly row: VehicleRow }) {
  if (place === null) return <span className="help">no position</span>
  return (
    <span className="row-actions">
      <Link
        href={locatePath(vehicle)}
        className="icon-button"
        aria-label={`Show ${vehicle} on the map`}
        title="Show on the map"
      >
        <Icon name="map" />
      </Link>
      <Link
        href={locatePath(vehicle, true)}
        className="icon-button"
        aria-label={`Follow ${vehicle} on the map`}
        title="Follow on the map"
      >
        <Icon name="locate" />
      </Link>
    </span>
  )
}

/** A vehicle by what people call it, where they call it something, and its id beside. */
function Vehicle({ row: { vehicle, name, plate } }: { readonly row: VehicleRow }) {
  const called = [name, plate].filter((part) => part !== null).join(' · ')
  return (
    <>
      <Link href={`/vehicles/${encodeURIComponent(vehicle)}`} className="mono row-link">
        {vehicle}
      </Link>
      {called === '' ? null : <span className="help called"> {called}</span>}
    </>
  )
}

const columns = helper.columns([
  helper.accessor('vehicle', {
    header: 'Vehicle',
    cell: ({ row: { original } }) => <Vehicle row={original} />,
  }),
  helper.display({ id: 'state', header: 'State', cell: ({ row }) => <LiveState row={row.original} /> }),
  helper.display({ id: 'speed', header: 'Speed', cell: ({ row }) => <LiveSpeed row={row.original} /> }),
  helper.accessor('powertrain', { header: 'Powertrain', cell: ({ getValue }) => powertrainName(getValue()) }),
  helper.accessor('energyPercent', {
    header: 'Fuel or charge',
    cell: ({ getValue }) => <EnergyBar percent={getValue()} text={formatPercent(getValue())} />,
  }),
  helper.display({ id: 'heard', header: 'Last heard', cell: ({ row }) => <LiveHeard row={row.original} /> }),
  helper.display({ id: 'measured', header: 'Measured', cell: ({ row }) => <LiveMeasured row={row.original} /> }),
  helper.display({ id: 'locate', header: 'Map', cell: ({ row }) => <Locate row={row.original} /> }),
])

type Props = {
  readonly rows: readonly VehicleRow[]
  readonly total: number
  readonly faded: boolean
  readonly loadMore: () => void
}

export function VehicleTable({ rows, total, faded, loadMore }: Props) {
  const table = useTable({ features, columns, data: rows, getRowId: (row) => row.vehicle })
  return (
    <VirtualTable
      label="Vehicles"
      className={faded ? 'vehicles-table faded' : 'vehicles-table'}
      total={total}
      head={(table.getHeaderGroups()[0]?.headers ?? []).map((header) => ({
        id: header.column.id,
        content: <table.FlexRender header={header} />,
      }))}
      rows={table.getRowModel().rows.map((row) => ({
        id: row.id,
        cells: () =>
          row.getAllCells().map((cell) => ({ id: cell.column.id, content: <table.FlexRender cell={cell} /> })),
      }))}
      loadMore={loadMore}
    />
  )
}
