// The place of a vehicle in its row, from the last known values: null where one of the two was
// never told, or is doubted.
import type { Migration } from '../migrate.ts'

const coordinate = (path: string): string =>
  `case when jsonb_typeof(known -> '${path}' -> 0) = 'number' and known -> '${path}' ->> 3 is null
        then (known -> '${path}' ->> 0)::double precision end`

export const places: Migration = {
  version: 12,
  name: 'places',
  statements: [
    `alter table twins add column place_lat double precision, add column place_lon double precision`,
    `update twins as t
        set place_lat = ${coordinate('Vehicle.CurrentLocation.Latitude')},
            place_lon = ${coordinate('Vehicle.CurrentLocation.Longitude')}
       from (select tenant, vehicle, signals || recent as known from twins) as x
      where x.tenant = t.tenant and x.vehicle = t.vehicle`,
  ],
}
