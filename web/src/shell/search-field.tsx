// The search field of a list: a form of class `filters` is around it.
import { Icon } from './icons.tsx'

export type SearchFieldProps = {
  readonly label: string
  readonly placeholder: string
  /** Characters at most. */
  readonly maxLength: number
  readonly value: string
  readonly onChange: (text: string) => void
}

export function SearchField({ label, placeholder, maxLength, value, onChange }: SearchFieldProps) {
  return (
    <label className="search">
      <Icon name="search" />
      <span className="for-readers">{label}</span>
      <input
        type="search"
        maxLength={maxLength}
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  )
}
