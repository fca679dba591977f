// Tracks: where and how fast a vehicle went, one row a minute of driving, columns of equal length
// that are ordered by time, as steps (model/track-steps.ts).
import { Type } from 'typebox'
import { stepsOfPoints, type TrackPoints } from '../../model/track-steps.ts'
import { defineReadModel, type ModelFilter, type ModelRow } from '../read-model.ts'
import { instant, nullable, askedInstant, vehicleId } from '../schema-parts.ts'

export type Track = ModelRow<typeof tracksModel>
export type TrackFilter = ModelFilter<typeof tracksModel>

/** How long the stretch of a row is; `minuteAt` is a multiple of it. */
export const trackMinuteMs = 60_000

/** Of a step: more than any value has, and far from what a number holds exactly. */
const stepMax = 2 ** 48
const step = Type.Integer({ minimum: -stepMax, maximum: stepMax })

export const tracksModel = defineReadModel({
  name: 'tracks',
  topic: 'track',
  shape: Type.Object({
    tenant: Type.String(),
    vehicle: vehicleId,
    minuteAt: instant('The minute.'),
    atSteps: Type.Array(step),
    latSteps: Type.Array(nullable(step)),
    lonSteps: Type.Array(nullable(step)),
    speedSteps: Type.Array(nullable(step)),
  }),
  keys: {},
  order: { by: ['minuteAt', 'vehicle'], newestFirst: false },
  agesBy: 'minuteAt',
  filters: {
    vehicle: { on: 'vehicle', is: '=', query: vehicleId },
    from: { on: 'minuteAt', is: '>=', query: askedInstant('Minutes that begin then or later.') },
    to: { on: 'minuteAt', is: '<=', query: askedInstant('Minutes that begin then or earlier.') },
  },
  ofToday: trackOfToday,
  wanted: 'figure',
})

/** Before, the values themselves were told. */
function trackOfToday(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { at, lat, lon, speedKmh, ...rest } = row
  if (![at, lat, lon, speedKmh].every(Array.isArray)) return row
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of what is no number the check of the row makes an end
  return { ...rest, ...stepsOfPoints(rest['minuteAt'] as number, { at, lat, lon, speedKmh } as unknown as TrackPoints) }
}
