// Sums of trips by vehicle. A trip counts where its list has it, at `listedAt`, so that of spans
// which adjoin each trip is in one. A figure that some trips do not know is the sum of those that
// know it, with their number; none knows it: null, never 0.
//
// Doubles added in another order may give another sum. So each trip's figure is first made whole
// thousandths of its unit, `floor(figure × 1000 + 0.5)` in IEEE 754, and these are added as whole
// numbers: every store, and whoever adds up the list by that rule, has the same sum to its last
// digit.
import { Type } from 'typebox'
import type { RowOf } from '../read-model.ts'
import { count, nullable, vehicleId } from '../schema-parts.ts'
import type { Trip } from './trips.ts'

export type TripSum = RowOf<typeof tripSumShape>

/** A figure of this size or more, in whatever unit, is that of no trip and counts as not known;
 *  below it thousandths are whole numbers that a double holds. */
export const tripFigureMax = 1e12

const figure = (description: string) =>
  Type.Object(
    {
      sum: nullable(
        Type.Number({
          description: 'Of the trips that know it, each rounded to thousandths; null where none does, never 0.',
        }),
      ),
      known: count('How many of the trips know it.'),
    },
    { description },
  )

const figures = {
  distanceM: figure('Metres. Silences whose way nobody knows are no part of it: bridgedM knows of how many trips.'),
  bridgedM: figure('What of the distance was driven in silences of more than 300 s.'),
  bridgedMs: figure('How long these silences were.'),
  unheardM: figure('Metres driven just before or after what was heard of a trip; no part of the distance.'),
  durationMs: figure('Milliseconds.'),
  idleMs: figure('Engine on, not moving.'),
  fuelL: figure('Litres.'),
  energyKwh: figure('Out of the battery; less than 0 where more came back.'),
}

export const tripSumShape = Type.Object(
  {
    vehicle: vehicleId,
    trips: count('Trips that start in the time asked for, as the list has them.'),
    open: count('Those of them that may still grow.'),
    samples: count(),
    ...figures,
  },
  { $id: 'TripSum', description: 'Sums over trips of one vehicle.' },
)

type Figure = keyof typeof figures
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by the names of the same object
export const tripFigures = Object.keys(figures) as readonly Figure[]

/** Sums of trips of a vehicle. */
export const sumTrips = (vehicle: string, trips: readonly Trip[]): TripSum =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by the names of the same object
  ({
    vehicle,
    trips: trips.length,
    open: trips.filter(({ status }) => status === 'open').length,
    samples: trips.reduce((sum, { samples }) => sum + samples, 0),
    ...Object.fromEntries(tripFigures.map((name) => [name, sumFigure(trips.map((trip) => trip[name]))])),
  }) as TripSum

function sumFigure(values: readonly (number | null)[]): TripSum[Figure] {
  const known = values.filter((value) => value !== null).filter((value) => Math.abs(value) < tripFigureMax)
  if (known.length === 0) return { sum: null, known: 0 }
  const thousandths = known.reduce((sum, value) => sum + BigInt(Math.floor(value * 1000 + 0.5)), 0n)
  return { sum: Number(thousandths) / 1000, known: known.length }
}
