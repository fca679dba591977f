// How one signal's value reads. A missing value is said, never shown as zero.
import type { VehicleSignal } from '../../../src/api/contract.ts'
import { formatNumber, unitSymbol } from './units.ts'

export type ShownValue =
  | { readonly kind: 'value'; readonly text: string; readonly unit: string }
  /** The car said it has no value. */
  | { readonly kind: 'unavailable' }
  /** The value that came was refused; the reason code and what it means. */
  | { readonly kind: 'invalid'; readonly reason: string }

const reasons: Readonly<Record<string, string>> = {
  range: 'outside its range',
  type: 'not of its type',
  'not-allowed': 'not one of its allowed values',
  'too-long': 'longer than the limit',
  'not-a-number': 'not a number',
  'not-available': 'its code for no value',
  form: 'in no form of a value',
  unspecified: 'the car gives no reason',
}

/** In words where the reason is one of ours, as it came otherwise. */
export const invalidReason = (reason: string): string => reasons[reason] ?? reason

export function showSignal({ path, unit, value }: Pick<VehicleSignal, 'path' | 'unit' | 'value'>): ShownValue {
  if (value === null) return { kind: 'unavailable' }
  if (typeof value === 'number') return { kind: 'value', text: formatNumber(value, unit, path), unit: unitSymbol(unit) }
  if (typeof value === 'boolean') return { kind: 'value', text: value ? 'Yes' : 'No', unit: '' }
  if (typeof value === 'string') return { kind: 'value', text: value === '' ? '(empty)' : value, unit: '' }
  if ('invalid' in value) {
    const came = value.value === undefined ? '' : ` (${String(value.value)})`
    return { kind: 'invalid', reason: `${invalidReason(value.invalid)}${came}` }
  }
  return { kind: 'value', text: value.length === 0 ? 'None' : value.join(', '), unit: '' }
}
