// Signals that lists show, in a column of their own, so that a list reads no other signal of a
// vehicle. They are in `listed` alone. Twins that grew before they had a bound are cut to it: the
// first signals by name, as far as their texts fit in what a twin may have.
import type { Migration } from '../migrate.ts'

const listed = `array['Vehicle.Speed', 'Vehicle.CurrentLocation.Latitude', 'Vehicle.CurrentLocation.Longitude',
  'Vehicle.CurrentLocation.Heading', 'Vehicle.Powertrain.Type', 'Vehicle.Powertrain.FuelSystem.RelativeLevel',
  'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed', 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current']`
const bytesMax = 262_144

export const signalsOfLists: Migration = {
  version: 14,
  name: 'listed-signals',
  statements: [
    `alter table twins add column listed jsonb not null default '{}'`,
    `alter table twins alter listed set storage main`,
    `update twins as t
        set listed = coalesce((select jsonb_object_agg(key, value) from jsonb_each(known) where key = any (${listed})), '{}'),
            signals = known - ${listed},
            recent = '{}'
       from (select tenant, vehicle, signals || recent as known from twins) as x
      where x.tenant = t.tenant and x.vehicle = t.vehicle`,
    `update twins
        set signals = coalesce((select jsonb_object_agg(key, value) from
              (select key, value, sum(length(key) + length(value::text)) over (order by key collate "C") as fits
                 from jsonb_each(signals)) as each
              where fits <= ${bytesMax}), '{}')
      where pg_column_size(signals) > ${bytesMax}`,
  ],
}
