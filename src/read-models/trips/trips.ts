// Trips: from one start of a vehicle to its end, as the job of that name derives them.
import { Type } from 'typebox'
import { aheadSchema, clockSchema } from '../clock-schemas.ts'
import { clockDoubtOfToday } from '../rows-before.ts'
import { defineReadModel, type ModelFilter, type ModelRow } from '../read-model.ts'
import { count, instant, nullable, place, askedInstant, share, vehicleId } from '../schema-parts.ts'

export type Trip = ModelRow<typeof tripsModel>
export type TripFilter = ModelFilter<typeof tripsModel>

/** Where the list has a trip: at its start, though no later than it was last heard, so that a
 *  vehicle whose clock is ahead by a month does not hold the top of the list for a month. It never
 *  changes while a trip goes on, so pages neither repeat nor hide it. */
export const listedAt = ({
  startAt,
  receivedAt,
}: {
  readonly startAt: number
  readonly receivedAt: number | null
}): number => Math.min(startAt, receivedAt ?? startAt)

export const tripShape = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    // Derived from vehicle and start; a correction that moves the start deletes the old id.
    id: Type.String(),
    startAt: instant('By the car’s clock, or the one that `clock` names.'),
    endAt: instant('By the same clock.'),
    // An open trip may still grow; an ended one changes only by late data.
    status: Type.Enum(['open', 'ended']),
    endedBy: nullable(Type.Enum(['ignition', 'silence'])),
    start: nullable(place),
    end: nullable(place),
    distanceM: Type.Number(),
    bridgedM: nullable(
      Type.Number({
        description:
          'What of it was driven in silences of more than 300 s, by the odometer or the straight line; null where nobody knows how far, which then is no part of distanceM.',
      }),
    ),
    bridgedMs: nullable(Type.Number({ description: 'How long these silences were; null where it was not noted.' })),
    unheardM: nullable(
      Type.Number({
        description:
          'Metres driven just before the first sample or just after the last, in a silence that the trip began or ended in, by the odometer; no part of the distance. Null where it is not known.',
      }),
    ),
    durationMs: Type.Number(),
    idleMs: nullable(
      Type.Number({
        description: 'Engine on, not moving; null where speeds were told for less than 90 % of the trip.',
      }),
    ),
    maxSpeedKmh: nullable(Type.Number({ description: 'Of the speeds told; null where there was none.' })),
    speedCovered: nullable(
      share('The share of the trip between speeds told at most 15 s apart, which idleMs and maxSpeedKmh are known of.'),
    ),
    fuelL: nullable(
      Type.Number({
        description: 'Null where it is not known, never 0: too little was read, or nothing but the same.',
      }),
    ),
    fuelFrom: nullable(
      Type.Enum(['counter', 'rate', 'tank'], {
        description: 'What fuelL is known from: the engine’s counter, the integral of its rate, the level of the tank.',
      }),
    ),
    fuelCovered: nullable(share('The share of the trip that was read for fuelL.')),
    energyKwh: nullable(
      Type.Number({
        description: 'Out of the battery; less than 0 where more came back. Null where it is not known, as with fuel.',
      }),
    ),
    energyFrom: nullable(
      Type.Enum(['counter', 'power', 'charge'], {
        description:
          'What energyKwh is known from: the battery’s counter, the integral of its power, its state of charge and capacity.',
      }),
    ),
    energyCovered: nullable(share('The share of the trip that was read for energyKwh.')),
    energyDoubt: nullable(
      Type.Enum(['against-charge'], {
        description: 'Why energy that was read is not told: it went the other way than the state of charge.',
      }),
    ),
    samples: count(),
    // Instants that were not looked at, for there were more than 6,000 in a minute.
    thinned: nullable(count()),
    receivedAt: nullable(instant('The newest receipt of its samples, by our clock; null where it is not known.')),
    clock: nullable(
      clockSchema('Whose clock its times are of, by the sample that says least; null where the car measured all.'),
    ),
    clockDoubt: nullable(aheadSchema('An instant of it is ahead of its receipt: the clock is wrong.')),
  },
  { $id: 'Trip' },
)

export const tripsModel = defineReadModel({
  name: 'trips',
  topic: 'trip',
  shape: tripShape,
  keys: { listedAt: { of: listedAt, sql: 'listed_at' } },
  order: { by: ['listedAt', 'id'], newestFirst: true },
  near: { on: ['start', 'end'], description: 'Trips that begin or end there.' },
  agesBy: 'listedAt',
  happened: { first: 'listedAt', last: 'endAt' },
  places: ['start', 'end'],
  filters: {
    vehicle: { on: 'vehicle', is: '=', query: vehicleId },
    from: {
      on: 'listedAt',
      is: '>=',
      query: askedInstant('Trips that start at or after this; where the clock is ahead, that were last heard then.'),
    },
    to: { on: 'listedAt', is: '<', query: askedInstant('Trips that start, or were last heard, before this.') },
  },
  ofToday: clockDoubtOfToday,
  wanted: 'row',
  routes: {
    path: '/trips',
    tag: 'trips',
    needs: 'trips:read',
    list: {
      operationId: 'listTrips',
      summary: 'Trips, newest start first; one whose clock is ahead stands where it was last heard',
      page: 'A page of trips',
    },
    one: {
      operationId: 'getTrip',
      summary: 'One trip',
      answer: 'The trip',
      notFound:
        'There is no trip of that id. Late data may have moved its start, which gives it another: the list of trips has it.',
    },
  },
})
