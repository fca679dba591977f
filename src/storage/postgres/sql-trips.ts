import type { Place, Trip } from '../../model/read-models.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import { listedAt, type TripStore } from '../trip-store.ts'
import { openConditions } from './sql-conditions.ts'
import { deleteById, openSqlProjection, overRows, upsertText } from './sql-projection.ts'
import type { Sql } from './sql.ts'

const columns = {
  id: 'text',
  tenant: 'text',
  vehicle: 'text',
  start_at: 'bigint',
  end_at: 'bigint',
  status: 'text',
  ended_by: 'text',
  start_lat: 'double precision',
  start_lon: 'double precision',
  end_lat: 'double precision',
  end_lon: 'double precision',
  distance_m: 'double precision',
  bridged_m: 'double precision',
  bridged_ms: 'double precision',
  unheard_m: 'double precision',
  duration_ms: 'double precision',
  idle_ms: 'double precision',
  max_speed_kmh: 'double precision',
  speed_covered: 'double precision',
  fuel_l: 'double precision',
  fuel_from: 'text',
  fuel_covered: 'double precision',
  energy_kwh: 'double precision',
  energy_from: 'text',
  energy_covered: 'double precision',
  energy_doubt: 'text',
  samples: 'bigint',
  thinned: 'bigint',
  received_at: 'bigint',
  clock: 'text',
  clock_doubt: 'text',
}
const names = Object.keys(columns).join(', ')
const upsert = upsertText('trips', columns)
const list = 'trips'

type TripRow = Pick<Trip, 'id' | 'tenant' | 'vehicle' | 'status' | 'samples' | 'thinned' | 'clock'> & {
  readonly clock_doubt: Trip['clockDoubt']
  readonly start_at: number
  readonly end_at: number
  readonly ended_by: Trip['endedBy']
  readonly start_lat: number | null
  readonly start_lon: number | null
  readonly end_lat: number | null
  readonly end_lon: number | null
  readonly distance_m: number
  readonly bridged_m: number | null
  readonly bridged_ms: number | null
  readonly unheard_m: number | null
  readonly duration_ms: number
  readonly idle_ms: number | null
  readonly max_speed_kmh: number | null
  readonly speed_covered: number | null
  readonly fuel_l: number | null
  readonly fuel_from: Trip['fuelFrom']
  readonly fuel_covered: number | null
  readonly energy_kwh: number | null
  readonly energy_from: Trip['energyFrom']
  readonly energy_covered: number | null
  readonly energy_doubt: Trip['energyDoubt']
  readonly received_at: number | null
}

export function openSqlTrips(sql: Sql): TripStore {
  return {
    ...openSqlProjection<Trip>(sql, {
      sink: 'trips',
      statements: (puts, deletes) => [
        ...deleteById('trips', deletes),
        ...overRows(
          upsert,
          puts.map(({ id, row }) => ({ ...rowOf(row), id })),
        ),
      ],
    }),
    async get(tenant, id) {
      const [row] = await sql.query<TripRow>(`select ${names} from trips where id = $1 and tenant = $2`, [id, tenant])
      return row === undefined ? undefined : tripOf(row)
    },
    async list(tenant, { vehicle, from, to }, page) {
      const limit = pageLimit(page.limit)
      const conditions = openConditions()
        .add('tenant = ?', tenant)
        .add('vehicle = ?', vehicle)
        .add('listed_at >= ?', from)
        .add('listed_at < ?', to)
      if (page.after !== undefined) conditions.add('(listed_at, id) < (?, ?)', ...decodeCursor(list, ['n', 's'], page.after))
      const rows = await sql.query<TripRow>(
        `select ${names} from trips ${conditions.where} order by listed_at desc, id desc limit ${limit + 1}`,
        conditions.params,
      )
      return pageOf(list, rows.map(tripOf), limit, (trip) => [listedAt(trip), trip.id])
    },
  }
}

const rowOf = (trip: Trip): TripRow => ({
  id: trip.id,
  tenant: trip.tenant,
  vehicle: trip.vehicle,
  start_at: trip.startAt,
  end_at: trip.endAt,
  status: trip.status,
  ended_by: trip.endedBy,
  start_lat: trip.start?.lat ?? null,
  start_lon: trip.start?.lon ?? null,
  end_lat: trip.end?.lat ?? null,
  end_lon: trip.end?.lon ?? null,
  distance_m: trip.distanceM,
  bridged_m: trip.bridgedM,
  bridged_ms: trip.bridgedMs,
  unheard_m: trip.unheardM,
  duration_ms: trip.durationMs,
  idle_ms: trip.idleMs,
  max_speed_kmh: trip.maxSpeedKmh,
  speed_covered: trip.speedCovered,
  fuel_l: trip.fuelL,
  fuel_from: trip.fuelFrom,
  fuel_covered: trip.fuelCovered,
  energy_kwh: trip.energyKwh,
  energy_from: trip.energyFrom,
  energy_covered: trip.energyCovered,
  energy_doubt: trip.energyDoubt,
  samples: trip.samples,
  thinned: trip.thinned,
  received_at: trip.receivedAt,
  clock: trip.clock,
  clock_doubt: trip.clockDoubt,
})

const placeOf = (lat: number | null, lon: number | null): Place | null => (lat === null || lon === null ? null : { lat, lon })

const tripOf = (row: TripRow): Trip => ({
  id: row.id,
  tenant: row.tenant,
  vehicle: row.vehicle,
  startAt: row.start_at,
  endAt: row.end_at,
  status: row.status,
  endedBy: row.ended_by,
  start: placeOf(row.start_lat, row.start_lon),
  end: placeOf(row.end_lat, row.end_lon),
  distanceM: row.distance_m,
  bridgedM: row.bridged_m,
  bridgedMs: row.bridged_ms,
  unheardM: row.unheard_m,
  durationMs: row.duration_ms,
  idleMs: row.idle_ms,
  maxSpeedKmh: row.max_speed_kmh,
  speedCovered: row.speed_covered,
  fuelL: row.fuel_l,
  fuelFrom: row.fuel_from,
  fuelCovered: row.fuel_covered,
  energyKwh: row.energy_kwh,
  energyFrom: row.energy_from,
  energyCovered: row.energy_covered,
  energyDoubt: row.energy_doubt,
  samples: row.samples,
  thinned: row.thinned,
  receivedAt: row.received_at,
  clock: row.clock,
  clockDoubt: row.clock_doubt,
})
