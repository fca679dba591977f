// Facts of the car picked out on the map, from the feed and from its twin. A car without a position
// is not in the feed: the twin alone speaks for it. Half a position is none.
import type { Place, VehicleDetail } from '../../../src/api/contract.ts'
import type { CarNow } from '../live/car-columns.ts'
import { latOfMercator, lonOfMercator } from '../map/mercator.ts'
import { measuredAt, numberSignal, placeNow, speedNow } from '../twin/twin-words.ts'

export type CarFacts = {
  /** When it was last heard, by our clock; null = not known, undefined until asked. */
  readonly receivedAt: number | null | undefined
  /** The newest instant it measured, by its own clock. */
  readonly at: number | undefined
  readonly speedKmh: number | null
  /** Degrees clockwise from north. */
  readonly heading: number | null
  readonly place: Place | null
}

export function carFacts(car: CarNow | undefined, twin: VehicleDetail | undefined): CarFacts {
  if (car !== undefined)
    return {
      receivedAt: car.receivedAt,
      at: measuredAt(car, twin),
      speedKmh: car.speedKmh,
      heading: car.heading,
      place: { lat: latOfMercator(car.y), lon: lonOfMercator(car.x) },
    }
  const signals = twin?.signals ?? []
  return {
    receivedAt: twin?.receivedAt,
    at: twin?.at,
    speedKmh: speedNow(signals),
    heading: numberSignal(signals, 'Vehicle.CurrentLocation.Heading'),
    place: placeNow(signals),
  }
}
