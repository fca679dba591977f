// A trip in figures.
import type { ReactNode } from 'react'
import type { Trip } from '../../../src/api/contract.ts'
import { formatDuration } from '../format/time.ts'
import { formatCount, formatDistance, formatEnergy, formatFuel, formatSpeed, none } from '../format/units.ts'
import { Instant } from '../shell/instant.tsx'
import {
  averageSpeedKmh,
  bridgedWords,
  consumption,
  durationOr,
  sourceWords,
  speedWords,
  thinnedWords,
  unheardWords,
} from './trip-words.ts'
import { Figure } from '../shell/figure.tsx'

export function TripFigures({ trip }: { readonly trip: Trip }) {
  const average = averageSpeedKmh(trip)
  return (
    <dl className="figures" data-testid="trip-figures">
      <Figure name="Distance">
        {withNotes(formatDistance(trip.distanceM), [bridgedWords(trip), unheardWords(trip.unheardM)])}
      </Figure>
      <Figure name="Duration">{formatDuration(trip.durationMs)}</Figure>
      <Figure name="Idle">{durationOr(trip.idleMs)}</Figure>
      <Figure name="Average speed">{average === null ? none : formatSpeed(average)}</Figure>
      <Figure name="Top speed">{withNotes(formatSpeed(trip.maxSpeedKmh), [speedWords(trip.speedCovered)])}</Figure>
      {trip.fuelL === null ? null : (
        <Figure name="Fuel">
          {withNotes(formatFuel(trip.fuelL), [
            rateOf(trip.fuelL, trip.distanceM, 'L/100 km'),
            sourceWords(trip.fuelFrom, trip.fuelCovered),
          ])}
        </Figure>
      )}
      {trip.energyKwh === null ? null : (
        <Figure name="Energy">
          {withNotes(formatEnergy(trip.energyKwh), [
            rateOf(trip.energyKwh, trip.distanceM, 'kWh/100 km'),
            sourceWords(trip.energyFrom, trip.energyCovered),
          ])}
        </Figure>
      )}
      {trip.energyDoubt === null ? null : (
        <Figure name="Energy">{withNotes(none, ['its power and its state of charge contradict each other'])}</Figure>
      )}
      {trip.fuelL === null && trip.energyKwh === null && trip.energyDoubt === null ? (
        <Figure name="Fuel or energy">{none}</Figure>
      ) : null}
      <Figure name="Start">
        <Instant at={trip.startAt} />
      </Figure>
      <Figure name={trip.status === 'open' ? 'Last sample' : 'End'}>
        <Instant at={trip.endAt} />
      </Figure>
      <Figure name="Last heard of it">
        {trip.receivedAt === null ? 'not known' : <Instant at={trip.receivedAt} />}
      </Figure>
      <Figure name="Samples">{withNotes(formatCount(trip.samples), [thinnedWords(trip.thinned)])}</Figure>
    </dl>
  )
}

function rateOf(used: number, distanceM: number, unit: string): string {
  const rate = consumption(used, distanceM)
  return rate === null ? '' : `${rate.toFixed(1)} ${unit}`
}

function withNotes(text: string, notes: readonly string[]): ReactNode {
  const said = notes.filter((note) => note !== '').join(', ')
  return said === '' ? (
    text
  ) : (
    <>
      {text} <span className="figure-note">{said}</span>
    </>
  )
}
