// Links as JSON Schema; the compiler holds each against the contract (schemas.test.ts).
import { Type } from 'typebox'
import { askedInstant, closed, instant, nullable, place, vehicleId } from '../../read-models/schema-parts.ts'
import { shareLimits } from './share-limits.ts'

const share = {
  id: Type.String(),
  vehicle: vehicleId,
  withTrip: Type.Boolean({ description: 'Whether the trip it is on is told as well.' }),
  from: instant('What happened before is not told.'),
  until: instant('It ends then.'),
  madeAt: instant(''),
  madeBy: Type.String({ description: 'The name of who made it.' }),
  usedAt: nullable(instant('When somebody last looked, to a minute; null where nobody did.')),
}

export const shareSchema = Type.Object(share, { $id: 'Share' })
export const madeShareSchema = Type.Object(
  {
    ...share,
    token: Type.String({
      description: 'Told this once. The link is /share#token; programs send it as "authorization: Bearer …".',
    }),
  },
  { $id: 'MadeShare' },
)
export const shareRequestSchema = Type.Object(
  {
    until: askedInstant(`When the link ends: in ${shareLimits.lifeMsMax / 86_400_000} days at the latest.`),
    withTrip: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether the trip it is on is told as well, from its start.' }),
    ),
  },
  { ...closed, $id: 'ShareRequest' },
)
export const sharedVehicleSchema = Type.Object(
  {
    vehicle: vehicleId,
    from: share.from,
    until: share.until,
    powertrain: nullable(Type.Enum(['COMBUSTION', 'HYBRID', 'ELECTRIC'])),
    at: nullable(instant('When it last measured something, by its own clock.')),
    receivedAt: nullable(instant('When it was last heard, by our clock.')),
    speedKmh: nullable(Type.Number()),
    place: nullable(place),
    energyPercent: nullable(Type.Number({ description: 'Fuel or charge, whichever it has.' })),
    trip: nullable(
      Type.Object(
        { startAt: instant(''), distanceM: Type.Number() },
        {
          description: 'The trip it is on; null where it is on none, or that is not told.',
        },
      ),
    ),
  },
  { $id: 'SharedVehicle' },
)
