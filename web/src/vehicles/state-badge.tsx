import { carState, type CarState } from '../live/car-columns.ts'

const names: Readonly<Record<CarState, string>> = { moving: 'Moving', parked: 'Parked', silent: 'Silent' }

type Props = { readonly ageMs: number; readonly speedKmh: number | null }

/** The state of a car, by word and by the shape it has on the map. A car that is heard and whose
 *  speed is not known counts as parked, but is not said to be. `ageMs`: since it was last heard. */
export function StateBadge({ ageMs, speedKmh }: Props) {
  const state = carState(ageMs, speedKmh)
  return (
    <span className={`badge ${state}`}>
      <span className={`key ${state}`} aria-hidden="true" />
      {state === 'parked' && speedKmh === null ? 'Heard' : names[state]}
    </span>
  )
}
