// Alerts in words.
import type { Alert } from '../../../src/api/contract.ts'

const titles: Readonly<Record<Alert['kind'], string>> = { crash: 'Crash' }

export const alertTitle = ({ kind }: Pick<Alert, 'kind'>): string => titles[kind]

/** `peakG` as `Peak g`: how a name in the evidence reads. */
export function evidenceName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function evidenceValue(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 2 }) : value
}
