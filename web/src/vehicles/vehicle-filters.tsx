// The form above the vehicles: which are listed, and in what order.
import type { VehicleQuery } from '../api/queries.ts'
import { SearchField } from '../shell/search-field.tsx'

const states = { '': 'Any state', moving: 'Moving', parked: 'Parked', silent: 'Silent' } as const
const powertrains = {
  '': 'Any powertrain',
  COMBUSTION: 'Combustion',
  HYBRID: 'Hybrid',
  ELECTRIC: 'Electric',
} as const
const orders = { '': 'By vehicle id', receivedAt: 'Last heard first' } as const

type Props = {
  readonly filter: VehicleQuery
  /** Whether the filter leaves any vehicle out. */
  readonly isFiltered: boolean
  readonly change: (patch: Partial<VehicleQuery>) => void
}

export function VehicleFilters({ filter, isFiltered, change }: Props) {
  const { search, state, powertrain, sort } = filter
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <SearchField
        label="Search by id, name, plate or tag"
        placeholder="Search by id, name or plate"
        maxLength={63}
        value={search}
        onChange={(text) => change({ search: text })}
      />
      <Choice label="State" names={states} value={state} onChange={(chosen) => change({ state: chosen })} />
      <Choice
        label="Powertrain"
        names={powertrains}
        value={powertrain}
        onChange={(chosen) => change({ powertrain: chosen })}
      />
      <Choice label="Order" names={orders} value={sort} onChange={(chosen) => change({ sort: chosen })} />
      {isFiltered ? (
        <button
          type="button"
          className="button small"
          onClick={() => change({ search: '', powertrain: '', state: '' })}
        >
          Clear
        </button>
      ) : null}
    </form>
  )
}

type ChoiceProps<Value extends string> = {
  readonly label: string
  /** Names of the values as people read them, in the order they are offered. */
  readonly names: Readonly<Record<Value, string>>
  readonly value: Value
  readonly onChange: (value: Value) => void
}

function Choice<Value extends string>({ label, names, value, onChange }: ChoiceProps<Value>) {
  return (
    <label className="select-label">
      <span className="for-readers">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {Object.entries<string>(names).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
