import type { CarState } from '../live/car-columns.ts'

const names: Readonly<Record<CarState, string>> = { moving: 'Moving', parked: 'Parked', silent: 'Silent' }

/** What a car does, by word and by the shape it has on the map. */
export function StateBadge({ state }: { readonly state: CarState }) {
  return (
    <span className={`badge ${state}`}>
      <span className={`key ${state}`} aria-hidden="true" />
      {names[state]}
    </span>
  )
}
