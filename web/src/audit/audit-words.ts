// Entries of the audit in words.
import type { AuditRow } from '../../../src/api/contract.ts'

export const actionWords: Readonly<Record<AuditRow['action'], string>> = {
  'set-up': 'made the first administrator',
  'sign-in': 'signed in',
  'sign-out': 'signed out',
  access: 'asked for',
  make: 'made',
  change: 'changed',
  remove: 'removed',
  invite: 'invited',
  reset: 'reset',
  provision: 'gave credentials to',
  revoke: 'revoked',
  end: 'ended',
  share: 'shared',
  import: 'imported',
  export: 'exported',
  replay: 'sent again',
  forget: 'erased',
  'disclose-place': 'saw places of',
  'disclose-vin': 'saw the VIN of',
  prune: 'removed old entries of',
}

export const resultWords: Readonly<Record<AuditRow['result'], string>> = {
  done: 'Done',
  refused: 'Refused',
  failed: 'Failed',
}

/** Actions of whoever is the target: that would only be said twice. */
const ofOneself: ReadonlySet<AuditRow['action']> = new Set(['set-up', 'sign-in', 'sign-out'])

/** All but who did it, such as "changed vehicle car-1". */
export const deedOf = ({ action, target }: Pick<AuditRow, 'action' | 'target'>): string =>
  ofOneself.has(action) ? actionWords[action] : `${actionWords[action]} ${target.kind} ${target.id}`

export type FactChange = { readonly field: string; readonly before: string | null; readonly after: string | null }

/** Fields before and after, each once, in order of their names; null: there was none. */
export function changesOf({ before, after }: Pick<AuditRow, 'before' | 'after'>): readonly FactChange[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].toSorted()
  return fields.map((field) => ({ field, before: textOf(before?.[field]), after: textOf(after?.[field]) }))
}

type Fact = NonNullable<AuditRow['before']>[string]
function textOf(value: Fact | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? value.join(', ') : String(value)
}
