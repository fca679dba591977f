// Alerts in words.
import type { Alert } from '../../../src/api/contract.ts'

const titles: Readonly<Record<Alert['kind'], string>> = { crash: 'Crash' }

export const alertTitle = ({ kind }: Pick<Alert, 'kind'>): string => titles[kind]

/** Ends of names that are units, as everywhere in this project. */
const units: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/Kmh$/, ' km/h'],
  [/Ms2$/, ' m/s²'],
  [/Ms$/, ' ms'],
  [/Percent$/, ' %'],
]

const knownNames: Readonly<Record<string, string>> = {
  airbag: 'Airbag deployed',
  pulseMs2: 'Strongest pulse',
  speedBeforeKmh: 'Speed before',
  stoodStill: 'Stood still after it',
}

/** `speedBeforeKmh` as `Speed before`: how a name in the evidence reads. */
export function evidenceName(name: string): string {
  const known = knownNames[name]
  if (known !== undefined) return known
  const ending = units.find(([ending]) => ending.test(name))
  const words = (ending === undefined ? name : name.replace(ending[0], ''))
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** `46.2 km/h`: a value of the evidence with the unit its name ends in. */
export function evidenceValue(name: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (typeof value === 'string') return value
  const unit = units.find(([ending]) => ending.test(name))?.[1] ?? ''
  return `${value.toLocaleString('en', { maximumFractionDigits: 1 })}${unit}`
}
