import { listedSignals, type Twin, type TwinPatch, type TwinValue } from '../../model/twin.ts'
import type { SampleClock, SignalValue } from '../../model/message.ts'
import type { DoubtReason } from '../../model/value-doubt.ts'
import { parseVehicleKey } from '../../model/vehicle-id.ts'
import { foldCase } from '../../base/fold-case.ts'
import { mergeTwin, twinCoordinate, twinPowertrain, twinSpeedKmh } from '../../model/merge-twin.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import type { Reach } from '../reach.ts'
import type { TwinStore, VehicleFilter } from '../twin-store.ts'
import { rowsOfLists, overLists, type ColumnValues } from './column-lists.ts'
import { openConditions, type Conditions } from './sql-conditions.ts'
import { addNear, placeColumns } from './sql-near.ts'
import { openSqlProjection, overRows } from './sql-projection.ts'
import { addReach } from './sql-reach.ts'
import type { Sql } from './sql.ts'
import { mendedText, storableJson } from './storable-json.ts'

/** Null: a signal that is gone, until the row is folded. */
type StoredSignals = Readonly<Record<string, StoredValue | null>>
/** Values that are not there at the end are left out. */
type StoredValue = readonly [
  value: SignalValue,
  at: number,
  clockDoubt?: 'ahead' | null,
  doubt?: DoubtReason | null,
  clock?: SampleClock,
]
type TwinRow = Omit<Twin, 'receivedAt' | 'carClock' | 'signals'> & {
  readonly received_at: number | null
  readonly car_clock: Twin['carClock']
  readonly signals: StoredSignals
}

const list = 'vehicles'
const listHeard = 'vehicles-heard'
const facts = 'tenant, vehicle, at, received_at, car_clock'
const columns = `${facts}, signals || recent || listed as signals`
/** Of a row of a list: what is beside the table is not read. */
const listedColumns = `${facts}, listed as signals`
/** Vehicles of which it is not known when they were heard come last. */
const heardAt = 'coalesce(received_at, -1)'

/** Where `recent` would grow beyond this, it is folded into `signals`. It keeps a row well under a
 *  page. */
const recentBytesMax = 3000

const given = {
  tenant: 'text',
  vehicle: 'text',
  at: 'bigint',
  received_at: 'bigint',
  car_clock: 'jsonb',
  powertrain: 'text',
  speed_kmh: 'float8',
  place_lat: 'float8',
  place_lon: 'float8',
  listed: 'jsonb',
  signals: 'jsonb',
} as const
/** Every vehicle that was heard has a row in the registry. */
const registered = { tenant: 'text', vehicle: 'text' } as const
const registerText = `insert into vehicle_registry (tenant, vehicle, search)
  select x.tenant, x.vehicle, upper(x.vehicle) from (${rowsOfLists(registered)}) as x
    where not exists (select from twins t where t.tenant = x.tenant and t.vehicle = x.vehicle)
  on conflict do nothing`
const folds = `pg_column_size(t.recent) + pg_column_size(x.signals) > ${recentBytesMax}`

const mergeText = `merge into twins as t using (${rowsOfLists(given)}) as x on t.tenant = x.tenant and t.vehicle = x.vehicle
  when matched then update set
    at = x.at, received_at = greatest(t.received_at, x.received_at), car_clock = x.car_clock,
    powertrain = case when jsonb_exists(x.listed, 'Vehicle.Powertrain.Type') then x.powertrain else t.powertrain end,
    speed_kmh = case when jsonb_exists(x.listed, 'Vehicle.Speed') then x.speed_kmh else t.speed_kmh end,
    place_lat = case when jsonb_exists(x.listed, 'Vehicle.CurrentLocation.Latitude') then x.place_lat else t.place_lat end,
    place_lon = case when jsonb_exists(x.listed, 'Vehicle.CurrentLocation.Longitude') then x.place_lon else t.place_lon end,
    listed = t.listed || x.listed,
    signals = case when ${folds} then jsonb_strip_nulls(t.signals || t.recent || x.signals) else t.signals end,
    recent = case when ${folds} then '{}'::jsonb else t.recent || x.signals end
  when not matched then insert (tenant, vehicle, at, received_at, car_clock, powertrain, speed_kmh, place_lat, place_lon, listed, signals, recent)
    values (x.tenant, x.vehicle, x.at, x.received_at, x.car_clock, x.powertrain, x.speed_kmh, x.place_lat, x.place_lon, x.listed,
      jsonb_strip_nulls(x.signals), '{}'::jsonb)`

export function openSqlTwins(sql: Sql): TwinStore {
  return {
    ...openSqlProjection<TwinPatch>(sql, {
      sink: 'twins',
      merge: mergeTwin,
      statements: (puts, deletes) => [
        ...overRows(
          `delete from twins using json_to_recordset($1::json) as gone (tenant text, vehicle text)
           where twins.tenant = gone.tenant and twins.vehicle = gone.vehicle`,
          deletes.map(parseVehicleKey).flatMap((ref) => (ref.ok ? [ref.value] : [])),
        ),
        ...overLists(
          registerText,
          registered,
          puts.map(({ row }) => row),
        ),
        ...overLists(
          mergeText,
          given,
          puts.map(({ row }) => rowOf(row)),
        ),
      ],
    }),
    async get({ tenant, vehicle }) {
      const [row] = await sql.query<TwinRow>(
        `select ${columns} from twins where tenant = $1 and vehicle = $2`,
        [tenant, vehicle],
        tenant,
      )
      return row === undefined ? undefined : twinOf(row)
    },
    async list(reach, filter, page) {
      const limit = pageLimit(page.limit)
      const conditions = matching(reach, filter)
      if (page.after !== undefined) conditions.add('vehicle > ?', ...decodeCursor(list, ['s'], page.after))
      const rows = await sql.query<TwinRow>(
        `select ${listedColumns} from twins ${conditions.where} order by vehicle limit ${limit + 1}`,
        conditions.params,
        reach.tenant,
      )
      return pageOf(list, rows.map(twinOf), limit, (twin) => [twin.vehicle])
    },
    async listHeard(reach, filter, page) {
      const limit = pageLimit(page.limit)
      const conditions = matching(reach, filter)
      if (page.after !== undefined)
        conditions.add(`(${heardAt}, vehicle) < (?, ?)`, ...decodeCursor(listHeard, ['n', 's'], page.after))
      const rows = await sql.query<TwinRow>(
        `select ${listedColumns} from twins ${conditions.where} order by ${heardAt} desc, vehicle desc limit ${limit + 1}`,
        conditions.params,
        reach.tenant,
      )
      return pageOf(listHeard, rows.map(twinOf), limit, (twin) => [twin.receivedAt ?? -1, twin.vehicle])
    },
    async count(reach, filter) {
      const { where, params } = matching(reach, filter)
      const [row] = await sql.query<{ readonly count: number }>(
        `select count(*) as count from twins ${where}`,
        params,
        reach.tenant,
      )
      return row?.count ?? 0
    },
    async countHeard(since) {
      const text = 'select count(*) as count from twins where received_at >= $1'
      const [row] = await sql.query<{ readonly count: number }>(text, [Math.ceil(since)])
      return row?.count ?? 0
    },
  }
}

function matching(reach: Reach, filter: VehicleFilter): Conditions {
  const { search, powertrain, moving, heardSince, silentSince, near } = filter
  const conditions = openConditions()
  addReach(conditions, reach)
  conditions
    .add(
      `exists (select from vehicle_registry r
        where r.tenant = twins.tenant and r.vehicle = twins.vehicle and strpos(r.search, ?) > 0)`,
      search === undefined ? undefined : foldCase(search),
    )
    .add('powertrain = ?', powertrain)
    .add('received_at >= ?', heardSince)
    .add('(received_at is null or received_at < ?)', silentSince)
  if (moving !== undefined) conditions.add(moving ? 'speed_kmh > 0' : 'speed_kmh > 0 is not true')
  addNear(conditions, near, [placeColumns('place')])
  return conditions
}

function rowOf(patch: TwinPatch): ColumnValues<typeof given> {
  const { tenant, vehicle, at, receivedAt, carClock } = patch
  const powertrain = twinPowertrain(patch)
  return {
    tenant,
    vehicle,
    at,
    received_at: receivedAt,
    car_clock: carClock && storableJson(carClock),
    powertrain: powertrain && mendedText(powertrain),
    speed_kmh: twinSpeedKmh(patch),
    place_lat: twinCoordinate(patch, 'Latitude'),
    place_lon: twinCoordinate(patch, 'Longitude'),
    ...storedSignals(patch),
  }
}

const isListed: ReadonlySet<string> = new Set(listedSignals)

/** Signals that lists show stand apart from all others. */
function storedSignals({ signals: said, gone = [] }: TwinPatch): Record<'listed' | 'signals', string> {
  const listed: Record<string, StoredValue | null> = {}
  const signals: Record<string, StoredValue | null> = {}
  for (const path in said) (isListed.has(path) ? listed : signals)[path] = storedOf(said[path]!)
  for (const path of gone) signals[path] = null
  return { listed: storableJson(listed), signals: storableJson(signals) }
}

function storedOf({ value, at, clock, clockDoubt, doubt }: TwinValue): StoredValue {
  if (clock !== undefined) return [value, at, clockDoubt ?? null, doubt ?? null, clock]
  if (doubt !== undefined) return [value, at, clockDoubt ?? null, doubt]
  return clockDoubt === undefined ? [value, at] : [value, at, clockDoubt]
}

function twinOf({ received_at, car_clock, signals, ...row }: TwinRow): Twin {
  const values: Record<string, TwinValue> = {}
  for (const [path, stored] of Object.entries(signals)) {
    if (stored === null) continue
    const [value, at, clockDoubt, doubt, clock] = stored
    values[path] = {
      value,
      at,
      ...(clock !== undefined && { clock }),
      ...(clockDoubt === 'ahead' && { clockDoubt }),
      ...(typeof doubt === 'string' && { doubt }),
    }
  }
  return { ...row, receivedAt: received_at, carClock: car_clock, signals: values }
}
