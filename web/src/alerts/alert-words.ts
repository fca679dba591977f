// Alerts in words.
import type { Alert } from '../../../src/api/contract.ts'

const titles: Readonly<Record<Alert['kind'], Readonly<Record<Alert['status'], string>>>> = {
  crash: { possible: 'Possible crash', confirmed: 'Crash', withdrawn: 'Crash withdrawn' },
}

export const alertTitle = ({ kind, status }: Pick<Alert, 'kind' | 'status'>): string => titles[kind][status]

/** The meaning of the status for who reads it. */
export const statusMeaning: Readonly<Record<Alert['status'], string>> = {
  possible: 'Possible: told at once, by what is known so far. It is confirmed or withdrawn here when more is known.',
  confirmed: 'Confirmed: an airbag, or more than one thing that speaks for it.',
  withdrawn: 'Withdrawn: the car drove on.',
}

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
  deltaVKmh: 'Change of velocity',
  speedLostKmh: 'Speed lost within a second',
  speedBeforeKmh: 'Speed before',
  stoodStill: 'Stood still after it',
  wentSilent: 'The unit fell silent',
  speedWentSilent: 'No speed was told after it',
  skidded: 'Skidded',
  hazardLights: 'Hazard lights came on',
  beltOpened: 'Belt opened',
  droveOn: 'Drove on after it',
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
