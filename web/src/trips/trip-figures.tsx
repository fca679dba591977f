// A trip in figures.
import type { ReactNode } from 'react'
import type { Trip } from '../../../src/api/contract.ts'
import { formatDuration } from '../format/time.ts'
import { formatCount, formatDistance, formatEnergy, formatFuel, formatSpeed, none } from '../format/units.ts'
import { Instant } from '../shell/instant.tsx'
import { averageSpeedKmh, consumption } from './trip-words.ts'
import { Figure } from '../shell/figure.tsx'

export function TripFigures({ trip }: { readonly trip: Trip }) {
  const average = averageSpeedKmh(trip)
  return (
    <dl className="figures" data-testid="trip-figures">
      <Figure name="Distance">{formatDistance(trip.distanceM)}</Figure>
      <Figure name="Duration">{formatDuration(trip.durationMs)}</Figure>
      <Figure name="Idle">{formatDuration(trip.idleMs)}</Figure>
      <Figure name="Average speed">{average === null ? none : formatSpeed(average)}</Figure>
      <Figure name="Top speed">{formatSpeed(trip.maxSpeedKmh)}</Figure>
      {trip.fuelL === null ? null : (
        <Figure name="Fuel">{withRate(formatFuel(trip.fuelL), consumption(trip.fuelL, trip.distanceM), 'L/100 km')}</Figure>
      )}
      {trip.energyKwh === null ? null : (
        <Figure name="Energy">{withRate(formatEnergy(trip.energyKwh), consumption(trip.energyKwh, trip.distanceM), 'kWh/100 km')}</Figure>
      )}
      {trip.fuelL === null && trip.energyKwh === null ? <Figure name="Fuel or energy">{none}</Figure> : null}
      <Figure name="Start">
        <Instant at={trip.startAt} />
      </Figure>
      <Figure name={trip.status === 'open' ? 'Last sample' : 'End'}>
        <Instant at={trip.endAt} />
      </Figure>
      <Figure name="Last heard of it">{trip.receivedAt === null ? 'not known' : <Instant at={trip.receivedAt} />}</Figure>
      <Figure name="Samples">{formatCount(trip.samples)}</Figure>
    </dl>
  )
}

const withRate = (text: string, rate: number | null, unit: string): ReactNode =>
  rate === null ? (
    text
  ) : (
    <>
      {text} <span className="figure-note">{`${rate.toFixed(1)} ${unit}`}</span>
    </>
  )
