// A vehicle as JSON Schema, in the list and alone; the compiler holds each against the contract
// (schemas.ts).
import { Type } from 'typebox'
import { vehicleKinds } from '../model/vehicle-kind.ts'
import { carClockSchema } from '../read-models/clock-schemas.ts'
import { instant, nullable, place, vehicleId } from '../read-models/schema-parts.ts'
import { vehicleSignalSchema } from './signal-schema.ts'

const powertrain = Type.Enum(['COMBUSTION', 'HYBRID', 'ELECTRIC'])
const vehicleTimes = {
  at: instant(
    'The newest instant told, by the car’s clock where no signal says another: of those not ahead of their receipt, if there is one.',
  ),
  receivedAt: nullable(instant('When the vehicle was last heard, by our clock; null where it is not known.')),
  carClock: nullable(carClockSchema),
}
const vehicleFacts = {
  kind: nullable(
    Type.Enum([...vehicleKinds], {
      description:
        'By ROADSTREAM_VEHICLES, as are model and version; null where nothing is said of it: jobs then take it for a car.',
    }),
  ),
  model: nullable(Type.String()),
  version: nullable(Type.String({ description: 'Of the model.' })),
}
export const vehicleRowSchema = Type.Object(
  {
    vehicle: vehicleId,
    name: nullable(Type.String({ description: 'As people call it, by the registry; null where nobody said.' })),
    plate: nullable(Type.String({ description: 'By the registry; null where nobody said.' })),
    ...vehicleFacts,
    powertrain: nullable(powertrain),
    ...vehicleTimes,
    speedKmh: nullable(
      Type.Number({
        description:
          'Null as well where it is doubted, or its instant is ahead of its receipt: it is not the speed of now.',
      }),
    ),
    place: nullable(place),
    energyPercent: nullable(Type.Number({ description: 'Fuel or charge, whichever the car has.' })),
  },
  { $id: 'VehicleRow' },
)

export const vehicleDetailSchema = Type.Object(
  {
    vehicle: vehicleId,
    ...vehicleFacts,
    ...vehicleTimes,
    signals: Type.Array(vehicleSignalSchema),
  },
  { $id: 'VehicleDetail' },
)

export const queryPowertrain = Type.Optional(powertrain)
