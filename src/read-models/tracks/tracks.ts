// Tracks: where and how fast a vehicle went, one row a minute of driving, columns of equal length
// that are ordered by time. Null where the sample had no value.
import { Type } from 'typebox'
import { defineReadModel, type ModelFilter, type ModelRow } from '../read-model.ts'
import { instant, nullable, askedInstant, vehicleId } from '../schema-parts.ts'

export type Track = ModelRow<typeof tracksModel>
export type TrackFilter = ModelFilter<typeof tracksModel>

/** How long the stretch of a row is; `minuteAt` is a multiple of it. */
export const trackMinuteMs = 60_000

const column = Type.Array(nullable(Type.Number()))

export const tracksModel = defineReadModel({
  name: 'tracks',
  topic: 'track',
  shape: Type.Object({
    tenant: Type.String(),
    vehicle: vehicleId,
    minuteAt: instant('The minute.'),
    at: Type.Array(Type.Integer()),
    // Degrees, WGS 84.
    lat: column,
    lon: column,
    speedKmh: column,
  }),
  keys: {},
  order: { by: ['minuteAt', 'vehicle'], newestFirst: false },
  agesBy: 'minuteAt',
  filters: {
    vehicle: { on: 'vehicle', is: '=', query: vehicleId },
    from: { on: 'minuteAt', is: '>=', query: askedInstant('Minutes that begin then or later.') },
    to: { on: 'minuteAt', is: '<=', query: askedInstant('Minutes that begin then or earlier.') },
  },
  wanted: 'figure',
})
