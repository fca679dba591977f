// A vehicle as JSON Schema, in the list and alone; the compiler holds each against the contract (schemas.ts).
import { Type } from 'typebox'
import { clockStates } from '../model/car-clock.ts'
import { vehicleKinds } from '../model/vehicle-kind.ts'
import { instant, nullable, place, vehicleId } from './schema-parts.ts'
import { vehicleSignalSchema } from './signal-schema.ts'

const powertrain = Type.Enum(['COMBUSTION', 'HYBRID', 'ELECTRIC'])
const carClock = Type.Object(
  {
    boot: Type.String({ description: 'The boot of the unit heard last.' }),
    offsetMs: Type.Integer({
      description:
        'The greatest difference of measured instant and receipt in this boot. Below 0: the clock is behind, or the messages waited.',
    }),
    state: Type.Enum([...clockStates], {
      description:
        'ahead: instants are further after their receipt than ROADSTREAM_CLOCK_AHEAD. behind: by more than any buffer explains. jumps: lone instants far from those around them were put aside.',
    }),
  },
  { description: 'What the car’s clock is off by.' },
)
const vehicleTimes = {
  at: instant('The newest instant measured, by the car’s clock: of those that are not ahead of their receipt, if there is one.'),
  receivedAt: nullable(instant('When the vehicle was last heard, by our clock; null where it is not known.')),
  clock: nullable(carClock),
}
const vehicleFacts = {
  kind: nullable(
    Type.Enum([...vehicleKinds], {
      description: 'By ROADSTREAM_VEHICLES, as are model and version; null where nothing is said of it: jobs then take it for a car.',
    }),
  ),
  model: nullable(Type.String()),
  version: nullable(Type.String({ description: 'Of the model.' })),
}
export const vehicleRowSchema = Type.Object(
  {
    vehicle: vehicleId,
    ...vehicleFacts,
    powertrain: nullable(powertrain),
    ...vehicleTimes,
    speedKmh: nullable(
      Type.Number({ description: 'Null as well where it is doubted, or its instant is ahead of its receipt: it is not the speed of now.' }),
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
