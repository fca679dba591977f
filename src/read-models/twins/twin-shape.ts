// The shape of what a job tells of a twin: times, the clock, and the signals that changed. Its
// store merges it, so it is no read model of the common kind.
import { Type } from 'typebox'
import { carClockSchema } from '../clock-schemas.ts'
import { instant, nullable, vehicleId } from '../schema-parts.ts'

export const twinShape = Type.Object({
  tenant: Type.String(),
  vehicle: vehicleId,
  at: instant('The newest instant told that is not marked.'),
  receivedAt: nullable(instant('The newest receipt of its messages.')),
  carClock: nullable(carClockSchema),
  // By path; the values are what the job made of them, and too many to look at one by one.
  signals: Type.Object({}),
  gone: Type.Optional(Type.Array(Type.String())),
})
